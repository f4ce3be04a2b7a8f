"""Checks for single fields of what comes from outside; each raises BadInput naming the field."""

import math
from typing import Any

from shared.errors import BadInput
from shared.times import EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, parse_timestamp

LARGEST = 1e15  # past 2**53 neighbouring numbers are the same
_NUMBERS = (float, int)  # by class, because a bool is an int too
_SHOWN = 80  # a hostile name or value must not fill the log


def number(raw: Any, name: str) -> float:
    """Return a finite number; integers stay integers, so they are written as they came."""
    if raw.__class__ in _NUMBERS and -LARGEST <= raw <= LARGEST:
        return raw
    return bounded(raw, name, -LARGEST, LARGEST)


def bounded(raw: Any, name: str, low: float, high: float) -> float:
    """Return a number from `low` to `high`, which no infinity and no NaN is."""
    if raw.__class__ in _NUMBERS and low <= raw <= high:
        return raw
    if raw.__class__ not in _NUMBERS or not math.isfinite(raw):
        raise BadInput(f"{name[:_SHOWN]}: must be a finite number")
    raise BadInput(f"{name[:_SHOWN]}: must be from {low:g} to {high:g}, got {raw:g}")


def instant(raw: Any, name: str = "timestamp", *, earliest: float = EARLIEST_TIMESTAMP) -> float:
    """Return the seconds since 1970 UTC of an ISO 8601 text with an offset."""
    if not isinstance(raw, str):
        raise BadInput(f"{name}: an ISO 8601 time with its offset is required")
    time = parse_timestamp(raw, name)
    if not earliest <= time <= LATEST_TIMESTAMP:
        raise BadInput(f"{name}: {raw[:40]} is out of range")
    return time


def flag(raw: Any, name: str) -> bool:
    """Return true or false; absent is false."""
    if raw is None:
        return False
    if not isinstance(raw, bool):
        raise BadInput(f"{name}: must be true or false")
    return raw
