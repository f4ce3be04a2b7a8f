"""What a person said about readings and days: durable, and stronger than anything that arrives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shared.bucket import Bucket, check_known, decode_bucket, encode_bucket
from shared.errors import BadInput
from shared.fields import flag, instant, number
from shared.reading import MAX_METRICS, METERS, POWER, Interval, Reading, Stats, check_name
from shared.times import Zone, iso_utc, parse_date


@dataclass(frozen=True, slots=True)
class ReadingCorrection:
    """Readings with first <= time < until (or time == first) are dropped or set to `values`."""

    made: float
    first: float
    until: float | None
    values: Mapping[str, float | None] | None  # None drops

    def selects(self, time: float) -> bool:
        """Say whether the reading of an instant is corrected."""
        return time == self.first if self.until is None else self.first <= time < self.until

    def overlaps(self, start: float, end: float) -> bool:
        """Say whether a reading with start <= time < end could be selected."""
        return self.first < end and (self.first >= start or (self.until or self.first) > start)

    def span(self) -> tuple[float, float]:
        """Return the instants between which selected readings lie, both included."""
        return self.first, self.first if self.until is None else self.until


@dataclass(frozen=True, slots=True)
class DayCorrection:
    """A daily bucket is dropped (None) or replaced, where only the day is left."""

    made: float
    day: date
    bucket: Bucket | None


Correction = ReadingCorrection | DayCorrection


def decode_correction(raw: Mapping[str, Any], made: float) -> Correction:
    """Make a correction of a request's arguments or a stored record; raises BadInput."""
    drop = flag(raw.get("drop"), "drop")
    if "date" in raw:
        if drop == ("bucket" in raw):
            raise BadInput('a day needs either "drop": true or "bucket"')
        bucket = (
            None if drop else replace(check_known(decode_bucket(raw["bucket"])), corrected=made)
        )
        return DayCorrection(made, parse_date(raw["date"]), bucket)
    if drop == ("set" in raw):
        raise BadInput('either "drop": true or "set": {"power": ...} is required')
    values = None if drop else _values(raw["set"])
    if "timestamp" in raw:
        return ReadingCorrection(made, instant(raw["timestamp"]), None, values)
    first, until = instant(raw.get("from"), "from"), instant(raw.get("to"), "to")
    if until <= first:
        raise BadInput("to: must be later than from")
    return ReadingCorrection(made, first, until, values)


def _values(raw: Any) -> dict[str, float | None]:
    if not isinstance(raw, dict) or not raw:
        raise BadInput('set: must name metrics, such as {"power": 0}')
    if len(raw) > MAX_METRICS:
        raise BadInput(f"set: at most {MAX_METRICS} metrics, got {len(raw)}")
    return {
        check_name(name): None if value is None else number(value, name)
        for name, value in raw.items()
    }


def encode_correction(correction: Correction, zone: Zone) -> dict[str, Any]:
    """Return the record of a correction, which `decode_correction` reads."""
    record: dict[str, Any] = {"made": iso_utc(correction.made)}
    if isinstance(correction, DayCorrection):
        record["date"] = correction.day.isoformat()
        if correction.bucket is None:
            return {**record, "drop": True}
        return {**record, "bucket": encode_bucket(correction.bucket, zone)}
    if correction.until is None:
        record["timestamp"] = iso_utc(correction.first)
    else:
        record["from"], record["to"] = iso_utc(correction.first), iso_utc(correction.until)
    if correction.values is None:
        return {**record, "drop": True}
    return {**record, "set": dict(correction.values)}


def corrected(reading: Reading, corrections: Iterable[ReadingCorrection]) -> Reading:
    """Return a reading as corrected, in the order in which the corrections were made.

    A dropped one has no values left but still claims its time, as unknown: otherwise what came
    before it would hold on, or history bring it back.
    """
    for correction in corrections:
        if correction.selects(reading.time):
            if correction.values is None:
                reading = _dropped(reading)
            else:
                reading = _set(reading, correction.values)
    return reading


def _dropped(reading: Reading) -> Reading:
    interval = reading.interval
    if interval:
        interval = Interval(interval.seconds, 0.0, None, None, {})
    return replace(reading, values={}, units={}, interval=interval, corrected=True)


def _set(reading: Reading, values: Mapping[str, float | None]) -> Reading:
    interval = reading.interval
    if interval:
        interval = _set_interval(interval, values)
    values = {**reading.values, **values}
    return replace(reading, values=values, interval=interval, corrected=True)


def _set_interval(interval: Interval, values: Mapping[str, float | None]) -> Interval:
    metrics = {name: stats for name, stats in interval.metrics.items() if name not in values}
    for name, value in values.items():
        if value is not None and name not in METERS:
            metrics[name] = Stats(value, value, value, 1.0)
    if POWER not in values:
        return interval._replace(metrics=metrics)
    power = values[POWER]
    if power is None:
        return Interval(interval.seconds, 0.0, None, None, metrics)
    kwh = power * interval.seconds / 3.6e6
    return Interval(interval.seconds, 1.0, max(kwh, 0.0), max(-kwh, 0.0), metrics)
