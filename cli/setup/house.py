"""The questions about Home Assistant: where it is, the token, the sensors."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from cli.setup.effects import Ask, Dialogue, EnterHouse, GreetHouse, ListStates, Say, Show
from cli.setup.sensors import Sensor, matching, others, sensors_of, suggestions, table
from cli.setup.talk import ask, attempt, tell, yes
from shared import option_checks as check
from shared.errors import BadInput, MonitorError
from shared.reading import POWER

_SHOWN = 12
_SCHEMES = ("http://", "https://")
_FOLLOWING = (
    ("energy", "A meter of what the house takes, in kWh, that only counts up (Enter: none)"),
    ("export", "A meter of what it gives away, in kWh, that only counts up (Enter: none)"),
)


def url(old: str) -> Dialogue[str]:
    """Ask where Home Assistant is, and see whether it answers there."""
    yield Say(
        "\nHome Assistant's address as in your browser, with the port: "
        "http://homeassistant.local:8123, or port 80 on new installations of Home Assistant OS."
    )
    again, typed = True, old
    while again:
        typed = yield from ask("Home Assistant's URL", _url, default=typed)
        _, again = yield from attempt(GreetHouse(typed), "the URL")
    return typed


def token(address: str, old: str) -> Dialogue[tuple[str, Mapping[str, Any]]]:
    """Ask for the token and try it; return it with what Home Assistant says of itself."""
    yield Say(
        "A long-lived access token lets the monitor read. In Home Assistant: click your name, at "
        "the bottom left; Security; Long-lived access tokens; Create token. It is shown once.\n"
        f"  {address}/profile/security"
    )
    again, typed, house = True, "", None
    while again:
        typed = yield from ask("Access token", check.token, default=old, secret=True)
        house, again = yield from attempt(EnterHouse(address, typed), "the token")
    if not isinstance(house, dict):
        return typed, {}
    yield Say(f"  Home Assistant {house.get('version')} lets us in.")
    return typed, house


def entities(
    address: str, secret: str, old: Mapping[str, str], elsewhere: Collection[str] = ()
) -> Dialogue[dict[str, str]]:
    """Let the sensors be chosen, `power` first; what was chosen before is the default.

    `elsewhere` are metrics that come from other sources: no sensor takes their names.
    """
    sensors = yield from _sensors(address, secret)
    yield Say("\nWhich sensor tells the power of the whole house?")
    chosen = {POWER: (yield from _choose(POWER, suggestions(sensors, POWER), old.get(POWER, "")))}
    for metric, question in _FOLLOWING:
        fitting = suggestions(sensors, metric)
        if (fitting or metric in old) and metric not in elsewhere:
            yield Say(f"\n{question}")
            entity = yield from _choose(metric, fitting, old.get(metric, ""), optional=True)
            chosen |= {metric: entity} if entity else {}
    kept = {name: entity for name, entity in old.items() if name not in {POWER, "energy", "export"}}
    if kept:
        yield Say("Kept beside it: " + ", ".join(f"{name}={one}" for name, one in kept.items()))
    more = yield from _more(sensors, {**chosen, **kept}, elsewhere)
    return more


def discovery(old: object) -> Dialogue[bool]:
    """Ask whether Home Assistant shows the monitor."""
    yield Say(
        "\nHome Assistant can show the monitor as a device: energy today, lifetime energy, state, "
        "buttons. It must use the same MQTT broker, or one with a bridge to it: "
        "docs/home-assistant.md."
    )
    wanted = yield from yes("Show the monitor in Home Assistant?", default=old is True)
    return wanted


def _sensors(address: str, secret: str) -> Dialogue[list[Sensor]]:
    try:
        states = yield ListStates(address, secret)
    except MonitorError as error:
        yield from tell(error)
        yield Say("  So the sensors' names have to be typed: sensor.house_power, for example.")
        return []
    return sensors_of(states)


def _choose(
    metric: str, sensors: Sequence[Sensor], old: str, *, optional: bool = False
) -> Dialogue[str]:
    """Ask for a number of the list, an entity's name, or a part of one to search for."""
    listed = list(sensors)
    default = old or ("" if optional or not listed else listed[0].entity)
    yield from _list(listed)
    while True:
        typed = (yield Ask(f"Sensor for {metric}" + " (- for none)" * optional, default)).strip()
        if optional and (typed == "-" or not (typed or default)):
            return ""
        text = typed or default
        if text.isdecimal() and 0 < int(text) <= len(listed):
            return listed[int(text) - 1].entity
        try:
            return str(check.entity_id(text))
        except BadInput:
            listed = matching(sensors, text) if text else listed
            yield Say("" if listed else f"  Nothing of {text[:40]!r} here; these are all:")
            listed = listed or list(sensors)
            yield from _list(listed)


def _list(sensors: Sequence[Sensor]) -> Dialogue[None]:
    if sensors:
        yield Show(table(sensors[:_SHOWN]))
    if len(sensors) > _SHOWN:
        yield Say(f"  ... and {len(sensors) - _SHOWN} more: type a part of the name to search")


def _more(
    sensors: Sequence[Sensor], chosen: Mapping[str, str], elsewhere: Collection[str]
) -> Dialogue[dict[str, str]]:
    """Take further sensors, each under a name of its own; none is needed."""
    taken = dict(chosen)
    listed = others(sensors, taken.values())
    if listed:
        yield Say("\nMore to keep beside it, such as the voltage? None of it is needed.")
    while listed:
        yield from _list(listed)
        typed = (yield Ask("Number of a further sensor (Enter: no more)")).strip()
        if not typed:
            break
        if not typed.isdecimal() or not 0 < int(typed) <= len(listed):
            listed = matching(listed, typed) or others(sensors, taken.values())
            continue
        sensor = listed[int(typed) - 1]
        used = {**dict.fromkeys(elsewhere, "a metric from elsewhere"), **taken}
        name = yield from ask("  to be called", _new_name(used), default=_name_for(sensor, used))
        taken[name] = sensor.entity
        listed = others(sensors, taken.values())
    return taken


def _name_for(sensor: Sensor, taken: Mapping[str, str]) -> str:
    short = sensor.device_class
    return short if short and short not in taken else sensor.entity.removeprefix("sensor.")


def _new_name(taken: Mapping[str, str]) -> Callable[[str], str]:
    def check_name(text: str) -> str:
        if text in taken:
            raise BadInput(f"{text} is {taken[text]} already, choose another name")
        return check.metric(text)

    return check_name


def _url(text: str) -> str:
    given = text if "://" in text or not text else f"http://{text}"
    if given.startswith(_SCHEMES) and given.rstrip("/").endswith("/lovelace"):
        given = given.rstrip("/").removesuffix("/lovelace")
    return check.url(given)
