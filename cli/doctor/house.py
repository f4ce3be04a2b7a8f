"""Home Assistant: reachable, token, sensors, units, history, its clock."""

from cli.doctor.finding import Finding, Findings, fail, ok, warn
from cli.setup.sensors import alike, sensors_of
from services.collector.home_assistant import (
    HISTORY_LIMIT_BYTES,
    HomeAssistant,
    NotFound,
    Patience,
)
from services.collector.watch import NUMBER_HINT, SHOWN
from shared import clock
from shared.config import Config
from shared.errors import MonitorError
from shared.reading import POWER
from shared.sources import ingredients
from shared.units import allowed_units, canonical_unit, is_silent, parse_number

_PATIENCE = Patience(connect_s=5.0, read_s=10.0, answer_s=15.0)
_LARGEST_SKEW_S = 30.0
_LOOK_BACK_S = 900.0


def house(config: Config) -> Findings:
    """Ask it what the collector asks it, one after the other."""
    given = config.home_assistant
    with HomeAssistant(given.url, given.token, clock.now, _PATIENCE) as source:
        try:
            about = source.get("config")
        except MonitorError as error:
            yield fail(str(error), error.hint)
            return
        told = about if isinstance(about, dict) else {}
        yield ok(f"{source.shown_url} answers: version {told.get('version')}, the token is right")
        yield _zone(config, str(told.get("time_zone")))
        yield _skew(source)
        for metric, entity in given.entities.items():
            yield _entity(source, metric, entity)
        vital = ingredients(POWER, config.sources) & set(given.entities)
        for metric in sorted(vital):
            yield _history(source, given.entities[metric])


def _zone(config: Config, told: str) -> Finding:
    if told == config.timezone:
        return ok(f"its time zone is ours: {told}")
    return warn(
        f"its time zone is {told}, ours {config.timezone}: days begin at different times",
        f'set "timezone": "{told}" in the configuration, unless it is meant so',
    )


def _skew(source: HomeAssistant) -> Finding:
    skew = source.clock.skew_s
    if skew is None or abs(skew) <= _LARGEST_SKEW_S:
        return ok("its clock and ours agree")
    return warn(
        f"its clock and ours differ by {abs(skew):.0f} s", "let both follow network time (NTP)"
    )


def _entity(source: HomeAssistant, metric: str, entity: str) -> Finding:
    name = f"{metric}: {entity}"
    try:
        state = source.state(entity)
    except NotFound:
        return fail(f"{name} is not there", _instead(source, metric, entity))
    except MonitorError as error:
        return fail(f"{name}: {error}", error.hint)
    if parse_number(state.text) is None:
        hint = "is the device reachable?" if is_silent(state.text) else NUMBER_HINT
        return warn(f"{name} is {state.text[:SHOWN] or 'empty'!r}", hint)
    if canonical_unit(metric, state.unit) is None:
        return fail(
            f"{name} has the unit {(state.unit or 'none')[:SHOWN]!r}",
            f"give it one of {allowed_units(metric)} in Home Assistant",
        )
    return ok(f"{name} says {state.text} {state.unit or ''}".rstrip())


def _instead(source: HomeAssistant, metric: str, entity: str) -> str:
    """Say what to type for an entity that is gone: it may have another name now."""
    hint = f"correct home_assistant.entities.{metric}"
    try:
        sensors = sensors_of(source.get("states", HISTORY_LIMIT_BYTES))
    except MonitorError:
        return hint
    like = alike(sensors, metric, entity)
    return f"{hint}, to one of these perhaps: {', '.join(like)}" if like else hint


def _history(source: HomeAssistant, entity: str) -> Finding:
    now = clock.now()
    try:
        rows = source.history([entity], now - _LOOK_BACK_S, now)
    except MonitorError as error:
        return warn(f"its history can't be read: {error}", error.hint)
    if not rows.get(entity):
        return warn(
            f"its history of the last {_LOOK_BACK_S / 60:.0f} minutes has nothing of {entity}",
            "does the recorder leave it out? (recorder: exclude, in configuration.yaml)",
        )
    return ok(f"its history of {entity} can be read, which makes readings exact")
