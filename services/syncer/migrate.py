"""Documents of a remote, of whatever age, as today's.

Another schema is one more entry in _STEPS: it takes the decoded object one number further.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson

from shared.bucket import named_day
from shared.documents import SCHEMA, Document, document_of
from shared.errors import BadInput, Permanent
from shared.fields import instant
from shared.reading import POWER, RESERVED
from shared.times import Zone

OLD = "the old system"  # in each text about its values: for a hint
_SINGLE_VALUES = f"single values of {OLD}, of which only mean, min and max were taken"
_SHOWN = 80
_USUAL_UNITS = {POWER: "W", "voltage": "V", "current": "A", "solar": "W", "daily_energy": "kWh"}
_KEYS = frozenset({"schema", "tier", "timezone", "last_update", "units", "currency", "data_points"})
_Raw = dict[str, Any]
_Number = int | float
# What Python raises where another hand wrote what no program of ours ever would.
_NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class NewerSchema(Permanent):
    """The document was written by a later version of this program: leave it alone."""


def read_document(content: bytes, tier: str, zone: Zone) -> Document:
    """Decode a remote document, migrated; raises BadInput when nobody can use it."""
    try:
        raw = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"not JSON: {error}") from None
    try:
        document = _migrated(raw, tier, zone)
        _require_days(document, zone)
    except _NONSENSE as error:
        raise BadInput(f"no document: {type(error).__name__}: {error}") from None
    return document


def beyond(content: bytes) -> str:
    """Say what a document that can be read has beyond what is taken of it, "" for nothing."""
    raw = orjson.loads(content)
    if isinstance(raw, list) or raw.get("schema", 0) == 0:
        return _SINGLE_VALUES
    unknown = sorted(raw.keys() - _KEYS)
    return f"nobody here knows {', '.join(unknown)[:_SHOWN]}" if unknown else ""


def _migrated(raw: Any, tier: str, zone: Zone) -> Document:
    if isinstance(raw, list):
        raw = {"data_points": raw}
    if not isinstance(raw, dict):
        raise BadInput("a document must be a JSON object")
    schema = raw.get("schema", 0)
    if not isinstance(schema, int):
        raise BadInput(f"schema: must be a number, not {str(schema)[:40]}")
    if schema > SCHEMA:
        raise NewerSchema(
            f"the remote {tier} has schema {schema}, this version knows {SCHEMA}",
            hint="update this program, then: power-monitor push",
        )
    while schema in _STEPS:
        raw = _STEPS[schema](raw, tier, zone)
        schema = raw["schema"]
    return document_of(raw, tier)


def _require_days(document: Document, zone: Zone) -> None:
    """Raise BadInput for what the aggregator refuses: two points of one day."""
    days = {named_day(zone, bucket) for bucket in document.buckets}
    if len(days) < len(document.buckets):
        raise BadInput("data_points: more than one point of a day")


def _from_bare_values(raw: _Raw, tier: str, zone: Zone) -> _Raw:
    """Take points of single values, before documents had a schema: a day's are one bucket.

    {"timestamp", "power", "voltage", ...}, {"timestamp", "power": {"value", "unit"}, ...}, and
    {"timestamp", "value", "unit"}, whose value is power. What a bucket knows beyond them (energy,
    coverage, samples) nobody wrote down: unknown.
    """
    points = raw.get("data_points")
    if not isinstance(points, list):
        raise BadInput("data_points: must be a list")
    timed = sorted(
        ((_time(point, zone), _values(point)) for point in points), key=lambda pair: pair[0]
    )
    days = groupby(timed, key=lambda pair: zone.day_of(pair[0]))
    units = raw.get("units")
    return {
        "schema": 1,
        "tier": tier,
        "timezone": zone.name,
        "last_update": raw["last_update"] if isinstance(raw.get("last_update"), str) else None,
        "units": units if isinstance(units, dict) else {POWER: "W"},
        "data_points": [
            _bucket([point for _, point in group], zone.iso(zone.day_start(day)))
            for day, group in days
        ],
    }


def _time(point: Any, zone: Zone) -> float:
    if not isinstance(point, dict):
        raise BadInput("a point must be a JSON object")
    text = point.get("timestamp")
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is None:
        start = zone.day_start(moment.date())
        return start + moment.hour * 3600.0 + moment.minute * 60.0 + moment.second
    return instant(text)


def _values(point: _Raw) -> dict[str, _Number]:
    """Return the numbers of a point; power in W, or raise BadInput."""
    if "value" in point and POWER not in point:
        point = {POWER: {"value": point["value"], "unit": point.get("unit")}}
    found: dict[str, _Number] = {}
    for name, given in point.items():
        if name in RESERVED:
            continue
        nested = given if isinstance(given, dict) else {"value": given}
        if "value" not in nested:
            raise BadInput("schema: missing, though the points are buckets")
        value, unit = nested["value"], nested.get("unit")
        if not _is_number(value):
            continue
        if unit not in (None, _USUAL_UNITS.get(name)):
            raise BadInput(f"{name[:40]}: a value of {OLD} in {str(unit)[:20]!r}")
        found[name] = value
    return found


def _bucket(points: list[dict[str, _Number]], timestamp: str) -> _Raw:
    bucket: _Raw = {"timestamp": timestamp}
    for name in sorted({name for point in points for name in point}):
        values = [point[name] for point in points if name in point]
        mean = sum(values) / len(values)
        bucket[name] = {"mean": mean, "min": min(values), "max": max(values)}
    return bucket


def _is_number(value: Any) -> bool:
    return isinstance(value, _Number) and not isinstance(value, bool)


_STEPS: Mapping[Any, Callable[[_Raw, str, Zone], _Raw]] = {0: _from_bare_values}
