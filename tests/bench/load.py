"""Readings to measure with."""

from datetime import date

import orjson

from shared.times import Zone

ZONE = Zone("Europe/Berlin")
DAY = date(2026, 11, 20)  # over: a reading later than the clock would be set aside
START = ZONE.day_start(DAY)


def payload(second: float, seconds: int, watts: float = 412.5) -> bytes:
    """Return a reading's message with an interval of `seconds`, at `second` of the day."""
    return orjson.dumps(
        {
            "timestamp": ZONE.iso(START + second),
            "power": watts,
            "interval": {
                "seconds": seconds,
                "coverage": 1.0,
                "energy_kwh": round(watts * seconds / 3.6e6, 6),
                "export_kwh": 0,
                "power": {"mean": watts, "min": watts - 10.5, "max": watts + 210.5},
            },
        }
    )
