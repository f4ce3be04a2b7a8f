"""Readings to measure with."""

from datetime import date

import orjson
from support.readings import collected

from shared.times import Zone

ZONE = Zone("Europe/Berlin")
DAY = date(2026, 11, 20)  # over: a reading later than the clock would be set aside
START = ZONE.day_start(DAY)


def payload(second: float, seconds: int, watts: float = 412.5, *, start: float = START) -> bytes:
    """Return a reading's message with an interval of `seconds`, at `second` after the start."""
    at = ZONE.iso(start + second)
    return orjson.dumps(collected(at, seconds, watts, below=10.5, above=210.5))
