"""A day with two sources and a derived power: from messages to the buckets of all tiers."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.aggregation import House
from support.collector import Bench, Clock

from shared.reading import decode_reading
from shared.times import Zone

DAY = "2026-12-02"
ZONE = Zone("Europe/Berlin")
SOURCES: dict[str, Any] = {
    "kitchen": {
        "topic": "tele/kitchen/SENSOR",
        "path": "ENERGY.Power",
        "unit": "W",
        "availability": "tele/kitchen/LWT",
        "heartbeat_seconds": 900,
    },
    "heat_pump": {"topic": "heat-pump/sensor/power/state", "unit": "kW", "heartbeat_seconds": 3600},
    "power": {"sum": ["kitchen", "heat_pump"]},
}
NOWHERE = "http://127.0.0.1:9"


def kitchen_w(minute: int) -> int:
    """Return the kitchen's load: 40 W, and each three hours a kettle of 2 kW for four minutes."""
    return 2000 if minute % 180 in range(7, 11) else 40


def heat_pump_kw(minute: int) -> float:
    """Return the heat pump's load: on for 20 minutes of each hour."""
    return 1.2 if minute % 60 < 20 else 0.0


def away(minute: int) -> bool:
    """Tell whether the kitchen's plug has no power: from 14:00 to 14:30."""
    return 840 <= minute < 870


def speak(bench: Bench, minute: int) -> None:
    """Let both devices say what they say in a minute of the day."""
    if minute == 840:
        bench.say("tele/kitchen/LWT", "Offline", retained=True)
    elif minute == 870:
        bench.say("tele/kitchen/LWT", "Online", retained=True)
    if not away(minute):
        payload = {"Time": "2026-12-02T00:00:00", "ENERGY": {"Power": kitchen_w(minute)}}
        bench.say("tele/kitchen/SENSOR", orjson.dumps(payload))
    if minute % 5 == 0:
        bench.say("heat-pump/sensor/power/state", f"{heat_pump_kw(minute):.2f}")


@pytest.fixture
def lived(tmp_path: Path) -> tuple[Bench, House]:
    """Return the collector and the aggregator after the whole day."""
    start = ZONE.day_start(date.fromisoformat(DAY))
    clock = Clock(start - 60)
    bench = Bench(NOWHERE, tmp_path / "c", clock, entities={}, sources=SOURCES, timezone=ZONE.name)
    speak(bench, 0)
    bench.run(60)
    for minute in range(1440):
        speak(bench, minute)
        bench.run(60)
    speak(bench, 0)
    bench.run(30)
    house = House(tmp_path / "a", zone=ZONE.name, now=clock.wall)
    readings = [decode_reading(raw, frozenset(), 1500.0) for raw in bench.outlet.readings]
    house.at(clock.wall + 3600).take(*readings)
    house.settle()
    return bench, house


def energy_kwh(first: int, last: int) -> float:
    """Return the energy of the minutes in which all is known, added one by one."""
    known = [minute for minute in range(first, last) if not away(minute)]
    return sum(kitchen_w(minute) + 1000 * heat_pump_kw(minute) for minute in known) / 60e3


def test_the_day_is_exact_in_every_tier(lived: tuple[Bench, House]) -> None:
    """Against minutes added by hand; what is unknown lowers the coverage, and is never 0."""
    _bench, house = lived
    day = house.point("monthly", DAY)
    assert day["energy_kwh"] == pytest.approx(energy_kwh(0, 1440), abs=1e-4)
    assert day["coverage"] == pytest.approx(1410 / 1440, abs=1e-5)
    assert (day["power"]["min"], day["power"]["max"]) == (40, 3200)
    assert (day["heat_pump"]["min"], day["heat_pump"]["max"]) == (0, 1200)
    assert (day["kitchen"]["min"], day["kitchen"]["max"]) == (40, 2000)
    assert house.point("yearly", DAY) == day
    hours = [hour for hour in house.points("weekly") if hour["timestamp"].startswith(DAY)]
    assert len(hours) == 24
    for hour, bucket in enumerate(hours):
        first, last = hour * 60, hour * 60 + 60
        assert bucket["energy_kwh"] == pytest.approx(energy_kwh(first, last), abs=1e-5), hour
        assert bucket["coverage"] == (0.5 if hour == 14 else 1.0), hour
    assert house.document("monthly")["units"]["heat_pump"] == "W"


def test_a_reading_of_the_outage_says_unknown(lived: tuple[Bench, House]) -> None:
    """Null, and the heat pump beside it goes on."""
    bench, _house = lived
    by_time = {reading["timestamp"][:16]: reading for reading in bench.outlet.readings}
    out = by_time[f"{DAY}T14:20"]
    assert (out["power"], out["kitchen"]) == (None, None)
    assert out["heat_pump"] == 0
    assert out["interval"]["coverage"] == 0.0
    assert out["interval"]["energy_kwh"] is None
    assert out["interval"]["heat_pump"]["mean"] == 1200
