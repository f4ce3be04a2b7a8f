"""From the points of a surveyed file to readings: samples hold, means become intervals."""

from collections.abc import Iterable, Iterator, Mapping

from cli.importing.cover import Span
from cli.importing.means import Finer, mean_end
from cli.importing.points import OLD_METER, Broken, Point
from cli.importing.survey import Rules, Survey, placed_points
from shared.reading import (
    HEARTBEAT_INTERVALS,
    MAX_HEARTBEAT_S,
    METERS,
    POWER,
    Interval,
    Reading,
    Stats,
)

# A mean ends this much before the time at which it is over, so that it never has the timestamp of
# a reading somebody took at that time: a timestamp identifies a reading.
_BEFORE_S = 1e-3
_USUAL_SPACING_S = 600.0


def readings_of(found: Survey, rules: Rules, finer: Finer) -> Iterator[Reading]:
    """Yield the readings of a file, in its order."""
    heartbeat = min(HEARTBEAT_INTERVALS * (found.spacing_s or _USUAL_SPACING_S), MAX_HEARTBEAT_S)
    for placed in placed_points(found, rules, _ignore):
        point = placed.point
        if point.own:
            yield point.own
        elif rules.is_outage(point):
            yield Reading(placed.time, {POWER: None}, heartbeat=heartbeat)
        elif found.means and placed.alone:
            end = mean_end(found.mean_spacing_s, placed.time, placed.following, rules.zone)
            spans = finer.left_of(placed.time, end, rules.zone)
            yield from _means(point, (span for span in spans if span[0] < rules.now))
        elif (metrics := _metrics(point, meter=found.meter.meter))[0]:
            values, units = metrics
            yield Reading(placed.time, values, units, heartbeat=heartbeat)


def _ignore(_broken: Broken) -> None:
    """Do nothing: the survey has told of it."""


def _means(point: Point, spans: Iterable[Span]) -> Iterator[Reading]:
    """Yield the mean for each stretch of time that is left to it."""
    values, units = _metrics(point, meter=False)
    known = {name: value for name, value in values.items() if value is not None}
    metrics = {
        name: Stats(value, value, value, 1.0) for name, value in known.items() if name not in METERS
    }
    watts = known.get(POWER)
    for start, end in spans:
        seconds = end - start - _BEFORE_S
        kwh = None if watts is None else watts * seconds / 3.6e6
        yield Reading(
            start + seconds,
            dict.fromkeys(values),
            units,
            Interval(
                seconds,
                0.0 if kwh is None else 1.0,
                None if kwh is None else max(kwh, 0.0),
                None if kwh is None else max(-kwh, 0.0),
                metrics,
            ),
        )


def _metrics(point: Point, *, meter: bool) -> tuple[Mapping[str, float | None], Mapping[str, str]]:
    """Return values and units; the old daily count is the meter `energy`, or left out."""
    if OLD_METER not in point.values:
        return point.values, point.units
    values = {name: value for name, value in point.values.items() if name != OLD_METER}
    units = {name: unit for name, unit in point.units.items() if name != OLD_METER}
    if meter:
        # A 0 is an unavailable sensor, or the first of a day: nothing is lost without it.
        values["energy"], units["energy"] = point.values[OLD_METER] or None, "kWh"
    return values, units
