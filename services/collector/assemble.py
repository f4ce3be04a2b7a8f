"""Readings made of current states and history: what was at an instant, and in the time before."""

from collections.abc import Mapping, Sequence

from services.collector.history import Steps, summarise
from services.collector.metrics import UNKNOWN, Metric, Observation
from services.collector.states import History, Row, State
from shared.reading import METERS, POWER, Interval
from shared.units import canonical_unit

Units = Mapping[str, str | None]  # metric -> unit as the sensor speaks it now
Holds = Mapping[str, float]  # metric -> how long a change may speak for, s
_SEEN_WITHIN_S = 60.0  # of its tick is a state, which may have to be asked for again


def observe_all(
    metrics: Sequence[Metric], states: Mapping[str, State | None]
) -> dict[str, Observation]:
    """Return what each metric's current state says; one without an entity is unknown."""
    return {metric.name: _observe(metric, states.get(metric.name)) for metric in metrics}


def make_steps(
    metrics: Sequence[Metric],
    history: History,
    units: Units,
    states: Mapping[str, State | None] | None = None,
) -> dict[str, Steps]:
    """Return each metric's step function; a metric without history has none.

    `states` add their own last change, which the recorder may not have written yet.
    """
    functions = {}
    for metric in metrics:
        rows = history.get(metric.entity)
        if not rows:
            continue
        changes = _changes(metric, rows, units.get(metric.name))
        state = states.get(metric.name) if states else None
        if state:
            changes += _own_change(metric, state, rows[-1])
        functions[metric.name] = Steps(changes)
    return functions


def spot_values(
    at: float,
    states: Mapping[str, State | None],
    observations: Mapping[str, Observation],
    steps: Mapping[str, Steps],
    holds: Holds,
) -> dict[str, float | None]:
    """Return the values at a tick: as just seen, or what was before a change after the tick.

    A clock that is behind makes ticks of a time long gone: what is seen now says nothing of it.
    """
    values: dict[str, float | None] = {}
    for name, observation in observations.items():
        state = states.get(name)
        values[name] = observation.value
        if not state or state.changed <= at:
            continue
        if name in steps:
            values[name] = steps[name].value_at(at, holds[name])
        elif state.changed > at + _SEEN_WITHIN_S:
            values[name] = None
    return values


def values_at(
    at: float, metrics: Sequence[Metric], steps: Mapping[str, Steps], hold: float
) -> dict[str, float | None]:
    """Return the values at a past instant, from history alone."""
    return {
        metric.name: steps[metric.name].value_at(at, hold) if metric.name in steps else None
        for metric in metrics
    }


def stored_units(metrics: Sequence[Metric], units: Units) -> dict[str, str]:
    """Return the unit each metric is published in; power is always W and not named."""
    found = {
        metric.name: canonical_unit(metric.name, units.get(metric.name))
        for metric in metrics
        if metric.name != POWER and metric.name in units
    }
    return {name: unit for name, unit in found.items() if unit is not None}


def make_interval(steps: Mapping[str, Steps], start: float, end: float, holds: Holds) -> Interval:
    """Return what the gauges did in `[start, end)`; meters take no part."""
    gauges = {name: function for name, function in steps.items() if name not in METERS}
    return summarise(gauges, start, end, holds)


def _observe(metric: Metric, state: State | None) -> Observation:
    return metric.observe(state.text, state.unit) if state else UNKNOWN


def _own_change(metric: Metric, state: State, newest: Row) -> list[tuple[float, float | None]]:
    """Return what a state tells of its own past; in another unit it is no older than that unit."""
    value = metric.observe(state.text, state.unit).value
    is_unwritten = state.changed > newest.at and state.unit == newest.unit
    return [(state.changed if is_unwritten else state.updated, value)]


def _changes(
    metric: Metric, rows: Sequence[Row], unit: str | None
) -> list[tuple[float, float | None]]:
    stored = canonical_unit(metric.name, unit)
    changes: list[tuple[float, float | None]] = []
    for row in rows:
        observation = metric.observe(row.text, row.unit if row.described else unit)
        # A gauge may have changed to another family altogether: volts are not percent.
        fits = stored is None or observation.unit == stored
        changes.append((row.at, observation.value if fits else None))
    return changes
