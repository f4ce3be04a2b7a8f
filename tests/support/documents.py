"""The four files of a made-up house, for tests of the page: regular numbers that a test can name.

Power at hour h of day d is `100 + 10 * h + d % 7` W, so that no two buckets of a week are alike.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from shared.times import Zone, days_before
from support.readings import collected

BERLIN = "Europe/Berlin"
UNITS = {"power": "W", "voltage": "V"}
Document = dict[str, Any]
Change = Callable[[Document], Document | None]


def instant(text: str) -> float:
    """Return seconds since 1970 of a timestamp."""
    return datetime.fromisoformat(text).timestamp()


def keep(bucket: Document) -> Document:
    """Change nothing."""
    return bucket


def power_at(zone: Zone, at: float) -> float:
    """Return the house's power."""
    local = datetime.fromisoformat(zone.iso(at))
    return 100.0 + 10 * local.hour + local.toordinal() % 7


def bucket(zone: Zone, start: float, end: float, power: float) -> Document:
    """Return a wholly known bucket."""
    return {
        "timestamp": zone.iso(start),
        "power": {"mean": power, "min": power - 50, "max": power + 500},
        "voltage": {"mean": 230.5, "min": 228.0, "max": 233.0},
        "energy_kwh": round(power * (end - start) / 3.6e6, 6),
        "export_kwh": 0,
        "samples": 6,
        "coverage": 1.0,
    }


def daily(
    now: str, *, every: float = 600, change: Change = keep, zone_name: str = BERLIN
) -> Document:
    """Return daily.json as it is at `now`; `change` may alter or drop (None) each reading."""
    zone = Zone(zone_name)
    until = instant(now)
    day = zone.day_of(until)
    begin = zone.hour_edges(day)[0]
    points = list(_changed(_readings(zone, begin, until, every), change))
    told = [point["interval"] for point in points if "interval" in point]
    energy = sum(interval["energy_kwh"] or 0 for interval in told)
    known = sum(interval["coverage"] * interval["seconds"] for interval in told)
    today = bucket(zone, begin, until, 200.0) | {"energy_kwh": round(energy, 6)}
    today |= {"samples": len(points), "coverage": round(known / (until - begin), 6)}
    return _document("daily", zone_name, now, points) | {
        "date": day.isoformat(),
        "today": today if points else None,
    }


def _readings(zone: Zone, begin: float, until: float, every: float) -> Iterable[Document]:
    at = begin + every
    while at <= until:
        power = power_at(zone, at - every)
        reading = collected(zone.iso(at), every, power, below=50, above=500)
        reading["interval"]["voltage"] = {"mean": 230.5, "min": 228.0, "max": 233.0}
        yield reading | {"power": power + 5, "voltage": 231.0}
        at += every


def weekly(now: str, *, change: Change = keep, zone_name: str = BERLIN) -> Document:
    """Return weekly.json: the hours of the seven days before today."""
    zone = Zone(zone_name)
    hours = [
        (start, end)
        for day in days_before(zone.day_of(instant(now)), 7)
        for start, end in pairwise(zone.hour_edges(day))
    ]
    made = (bucket(zone, start, end, power_at(zone, start)) for start, end in hours)
    return _document("weekly", zone_name, now, list(_changed(made, change)))


def days(tier: str, now: str, *, change: Change = keep, zone_name: str = BERLIN) -> Document:
    """Return monthly.json, yearly.json or the earlier.json before that."""
    zone = Zone(zone_name)
    count = {"monthly": 30, "yearly": 365, "earlier": 730}[tier]
    window = days_before(zone.day_of(instant(now)), count)[:365]
    made = (
        bucket(zone, zone.hour_edges(day)[0], zone.day_end(day), 200.0 + day.toordinal() % 100)
        for day in window
    )
    return _document(tier, zone_name, now, list(_changed(made, change)))


def all_four(now: str) -> dict[str, Document]:
    """Return the four files by tier, of a house that has no history before them."""
    long = {tier: days(tier, now) for tier in ("monthly", "yearly")}
    long["earlier"] = days("earlier", now, change=lambda _: None)
    return {"daily": daily(now), "weekly": weekly(now), **long}


def _document(tier: str, zone_name: str, now: str, points: list[Document]) -> Document:
    head = {"schema": 1, "tier": tier, "timezone": zone_name, "last_update": now}
    return {**head, "units": UNITS, "data_points": points}


def _changed(made: Iterable[Document], change: Change) -> Iterable[Document]:
    return (one for one in map(change, made) if one is not None)
