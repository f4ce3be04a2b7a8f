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


def _migrated(raw: Any, tier: str, zone: Zone) -> Document:
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
    """Take points of plain values, before documents had a schema: a day's are one bucket.

    What a bucket knows beyond them (energy, coverage, samples) nobody wrote down: unknown.
    """
    points = raw.get("data_points")
    if not isinstance(points, list):
        raise BadInput("data_points: must be a list")
    timed = sorted(((_time(point, zone), point) for point in points), key=lambda pair: pair[0])
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


def _bucket(points: list[_Raw], timestamp: str) -> _Raw:
    if any(isinstance(value, dict) for point in points for value in point.values()):
        raise BadInput("schema: missing, though the points are buckets")
    bucket: _Raw = {"timestamp": timestamp}
    names = {name for point in points for name in point if name not in RESERVED}
    for name in sorted(names):
        values = [point[name] for point in points if _is_number(point.get(name))]
        if values:
            mean = sum(values) / len(values)
            bucket[name] = {"mean": mean, "min": min(values), "max": max(values)}
    return bucket


def _is_number(value: Any) -> bool:
    return isinstance(value, _Number) and not isinstance(value, bool)


_STEPS: Mapping[Any, Callable[[_Raw, str, Zone], _Raw]] = {0: _from_bare_values}
