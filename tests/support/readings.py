"""Readings as they come over the wire."""

from typing import Any


def collected(
    timestamp: str, seconds: float, watts: float, *, below: float, above: float
) -> dict[str, Any]:
    """Return a reading with an interval of `seconds`: its mean `watts`, and W below and above."""
    return {
        "timestamp": timestamp,
        "power": watts,
        "interval": {
            "seconds": seconds,
            "coverage": 1.0,
            "energy_kwh": round(watts * seconds / 3.6e6, 6),
            "export_kwh": 0,
            "power": {"mean": watts, "min": watts - below, "max": watts + above},
        },
    }


def example(timestamp: str) -> dict[str, Any]:
    """Return a reading with all that one may have."""
    return {
        "timestamp": timestamp,
        "power": 412.5,
        "voltage": 231.4,
        "units": {"voltage": "V"},
        "interval": {
            "seconds": 600,
            "coverage": 1.0,
            "energy_kwh": 0.064683,
            "export_kwh": 0,
            "power": {"mean": 388.1, "min": 120.0, "max": 2210.0},
            "voltage": {"mean": 231.0, "min": 230.0, "max": 232.0},
        },
    }
