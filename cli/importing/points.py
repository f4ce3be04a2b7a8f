"""A point of an old file, in any of the forms that were ever written.

{"timestamp", "value", "unit"}                        one value: power
{"timestamp", "power", "voltage", "solar", ...}       metrics beside each other
{"timestamp", "power": {"value", "unit"}, ...}        metrics with their units
a reading of this monitor, as daily.json, the journal and `power-monitor export` have it
"""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from shared.errors import BadInput
from shared.reading import MAX_METRICS, POWER, RESERVED, Reading, check_name, decode_reading
from shared.units import allowed_units, convert, parse_number

MISSING = frozenset({"", "?", "-", "na", "n/a", "nan", "null", "none", "unavailable", "unknown"})
VOLTAGE = "voltage"
OLD_METER = "daily_energy"  # an energy sensor that began anew each day, if it was one
_USUAL_UNITS = {POWER: "W", VOLTAGE: "V", "solar": "W", "current": "A", OLD_METER: "kWh"}
_MILLISECONDS = 1e11  # a time in seconds since 1970 UTC is never so large
_LARGEST = 1e15
_MOST_DIGITS = 15

Moment = datetime | float  # local time without an offset, or seconds since 1970 UTC


class Point(NamedTuple):
    """Values at a moment; None is unknown. `own` is set when it is a reading of this monitor."""

    where: int  # byte offset or line, for messages
    moment: Moment
    values: Mapping[str, float | None]
    units: Mapping[str, str]
    own: Reading | None = None


class Broken(NamedTuple):
    """Something that is no point, where it is, and why."""

    where: int
    why: str


def decode_point(where: int, text: bytes) -> Point | Broken:
    """Make a point of a JSON object, or say what is wrong with it."""
    try:
        raw = _load(text)
        moment = decode_moment(raw.get("timestamp"))
        if "interval" in raw or "heartbeat" in raw:
            return _own(where, raw)
        values, units = _metrics(raw)
    except BadInput as error:
        return Broken(where, str(error))
    return Point(where, moment, values, units)


def decode_moment(raw: Any) -> Moment:
    """Return the moment of an ISO 8601 text, or of seconds or milliseconds since 1970 UTC."""
    if isinstance(raw, str):
        try:
            moment = datetime.fromisoformat(raw.strip())
        except ValueError:
            raise BadInput(f"timestamp: not an ISO 8601 time: {raw[:40]!r}") from None
        return moment if moment.tzinfo is None else moment.timestamp()
    if isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw):
        return raw / 1000 if raw >= _MILLISECONDS else float(raw)
    raise BadInput("timestamp: missing, or neither a text nor a number")


def quantity(name: str, value: float, unit: str | None) -> tuple[float, str]:
    """Return a value in the unit its metric is kept in, and that unit."""
    usual = _USUAL_UNITS.get(name, "")
    if unit is None or unit == usual:
        return value, usual
    found = convert(name, value, unit)
    if found is None:
        raise BadInput(f"{name}: unit {unit[:20]!r}, where one of {allowed_units(name)} is needed")
    return found.value, found.unit


def _load(text: bytes) -> dict[str, Any]:
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            # Which takes NaN, as Python's own writer gives it, and whole numbers of any length.
            raw = json.loads(text, parse_int=_whole)
        except (ValueError, RecursionError):
            raise BadInput("not JSON, perhaps damaged") from None
    if not isinstance(raw, dict):
        raise BadInput("not an object")
    return raw


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _metrics(raw: dict[str, Any]) -> tuple[dict[str, float | None], dict[str, str]]:
    if "value" in raw and POWER not in raw:
        raw = {POWER: {"value": raw["value"], "unit": raw.get("unit")}}
    values: dict[str, float | None] = {}
    units: dict[str, str] = {}
    named = raw.get("units")
    for name, given in raw.items():
        if name in RESERVED or (isinstance(given, dict) and not _is_nested(given)):
            continue
        value, unit = given, named.get(name) if isinstance(named, dict) else None
        if isinstance(given, dict):
            value, unit = given["value"], given.get("unit")
        if not isinstance(unit, str | None):
            raise BadInput(f"{name[:40]}: its unit must be a text")
        number = _number(name, value)
        if number is not None:
            values[name], units[name] = quantity(name, number, unit)
        elif _is_unknown(value):
            values[name] = None
    return _checked(values), units


def _is_nested(given: dict[str, Any]) -> bool:
    if "mean" in given:
        raise BadInput("it is an hour or a day of this monitor, not a reading")
    return "value" in given


def _checked(values: dict[str, float | None]) -> dict[str, float | None]:
    if not values:
        raise BadInput("no metric in it, such as power")
    if len(values) > MAX_METRICS:
        raise BadInput(f"at most {MAX_METRICS} metrics, got {len(values)}")
    for name in values:
        if name not in _USUAL_UNITS:
            check_name(name)
    return values


def _number(name: str, given: Any) -> float | None:
    """Return a finite number; None for what is unknown or no value of a metric at all."""
    if isinstance(given, str):
        given = parse_number(given)
    if given is None or isinstance(given, bool) or not isinstance(given, int | float):
        return None
    if not math.isfinite(given):
        return None
    if abs(given) > _LARGEST:
        raise BadInput(f"{name[:40]}: no sensor measures {given:g}")
    return given


def _is_unknown(value: Any) -> bool:
    """Say whether something stands for a value nobody knows; any other text is no metric's."""
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _own(where: int, raw: dict[str, Any]) -> Point:
    names = [name for name, value in raw.items() if isinstance(value, int | float | None)]
    own = decode_reading(raw, frozenset(names) - RESERVED, 0.0)
    return Point(where, own.time, own.values, own.units, own)
