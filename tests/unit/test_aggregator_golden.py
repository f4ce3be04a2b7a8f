"""The tiers of a recorded house against files kept here, and against pandas alone.

The golden files are what `write_golden` below wrote once and a person read through; after a
deliberate change of the documents, `python tests/unit/test_aggregator_golden.py` writes them anew.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.aggregation import TIERS, House, scratch

from demo.recorded import RECORDED_ZONE, Row, recorded_rows
from shared.reading import Reading, decode_reading
from shared.times import Zone

GOLDEN = Path(__file__).parent / "golden"
ZONE = Zone(RECORDED_ZONE)
GAP_DAY = "2006-12-17"
FULL_DAYS = ("2007-02-01", "2007-02-02")
MINUTE_S = 60
TICK_S = 600
METRICS = {"power": "W", "voltage": "V", "current": "A"}
WAYS = ("minutes", "intervals")
SETS = {"gap": (GAP_DAY,), "full": FULL_DAYS}


def metrics_of(row: Row) -> dict[str, float]:
    return {"power": row.watts, "voltage": row.volts, "current": row.amps}


def minutes(day: str) -> Iterator[Reading]:
    """Yield one reading a minute: each holds until the next, at most for the heartbeat."""
    start = ZONE.day_start(date.fromisoformat(day))
    for row in recorded_rows(day):
        timestamp = ZONE.iso(start + row.seconds)
        raw = {"timestamp": timestamp, **metrics_of(row), "units": METRICS}
        yield decode_reading(raw, frozenset(), 2.5 * MINUTE_S)


def intervals(day: str, units: Mapping[str, str] = METRICS) -> Iterator[Reading]:
    """Yield one reading in ten minutes, of the minutes in them: each row tells of its minute."""
    midnight = date.fromisoformat(day)
    start, end = ZONE.day_start(midnight), ZONE.day_end(midnight)
    rows = {row.seconds: row for row in recorded_rows(day)}
    for tick in range(TICK_S, int(end - start) + 1, TICK_S):
        known = [metrics_of(rows[at]) for at in range(tick - TICK_S, tick, MINUTE_S) if at in rows]
        interval: dict[str, Any] = {
            "seconds": TICK_S,
            "coverage": len(known) * MINUTE_S / TICK_S,
        }
        for name in units if known else ():
            column = [row[name] for row in known]
            mean = sum(column) / len(column)
            interval[name] = {"mean": mean, "min": min(column), "max": max(column)}
        now = {name: known[-1][name] if known else None for name in units}
        raw = {
            "timestamp": ZONE.iso(start + tick),
            **now,
            "units": units,
            "interval": interval,
        }
        yield decode_reading(raw, frozenset(), 2.5 * TICK_S)


def readings(way: str, days: tuple[str, ...]) -> list[Reading]:
    make = minutes if way == "minutes" else intervals
    return [reading for day in days for reading in make(day)]


def documents(way: str, name: str) -> dict[str, dict[str, Any]]:
    """Return what the four files hold a while after the days' last midnight, and on the way."""
    days = SETS[name]
    seconds = MINUTE_S if way == "minutes" else TICK_S
    last = ZONE.day_end(date.fromisoformat(days[-1]))
    with scratch() as directory:
        house = House(directory, zone=RECORDED_ZONE, minutes=seconds / 60)
        given = readings(way, days)
        house.at(last - 1).take(*(reading for reading in given if reading.time < last))
        daily = house.settle().document("daily")
        house.at(last + 1200).take(*(reading for reading in given if reading.time >= last))
        house.settle()
        return {**{tier: house.document(tier) for tier in TIERS[1:]}, "daily": daily}


def golden(way: str, name: str, tier: str) -> Path:
    return GOLDEN / f"{name}-{way}-{tier}.json"


def text(document: dict[str, Any]) -> str:
    """Write a document for people: a line a point."""
    points = document.pop("data_points")
    head = json.dumps(document, indent=1)[:-2]
    lines = ",\n  ".join(json.dumps(point) for point in points)
    return f'{head},\n "data_points": [\n  {lines}\n ]\n}}\n'


def write_golden() -> None:
    """Write all golden files."""
    for way in WAYS:
        for name in SETS:
            made = documents(way, name)
            for tier in TIERS if way == "intervals" else TIERS[1:]:  # minutes are many
                golden(way, name, tier).write_text(text(made[tier]))


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    return {(way, name): documents(way, name) for way in WAYS for name in SETS}


Made = dict[tuple[str, str], dict[str, dict[str, Any]]]


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.stem)
def test_the_documents_are_the_golden_ones(made: Made, path: Path) -> None:
    name, way, tier = path.stem.split("-")
    assert made[way, name][tier] == json.loads(path.read_text())


def test_there_is_a_golden_file_of_each() -> None:
    assert len(list(GOLDEN.iterdir())) == len(SETS) * (len(TIERS) + len(TIERS[1:]))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("tier", "rule"), [("weekly", "1h"), ("monthly", "1D"), ("yearly", "1D")])
def test_pandas_says_the_same(made: Made, way: str, name: str, tier: str, rule: str) -> None:
    """Of each hour and day: mean, minimum, maximum, energy and coverage."""
    from support.frames import assert_says_the_same  # noqa: PLC0415 - a second, for each worker

    assert_says_the_same(made[way, name][tier]["data_points"], SETS[name], way, rule)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("day", "kwh"), [("2007-02-01", 30.412667), ("2007-02-02", 27.7956)])
def test_day_totals_are_the_sums_of_the_recorded_minutes(
    made: Made, way: str, day: str, kwh: float
) -> None:
    total = sum(row.watts for row in recorded_rows(day)) / 60 / 1000
    assert total == pytest.approx(kwh, abs=1e-6)
    [point] = [
        point
        for point in made[way, "full"]["monthly"]["data_points"]
        if point["timestamp"].startswith(day)
    ]
    assert point["energy_kwh"] == pytest.approx(kwh, rel=1e-5)
    assert point["coverage"] == 1.0


def test_a_recorded_day_at_ten_minutes_fits_in_28_kilobytes() -> None:
    with scratch() as directory:
        house = House(directory, zone=RECORDED_ZONE)
        house.at(ZONE.day_end(date.fromisoformat(FULL_DAYS[0])) - 1)
        for reading in intervals(FULL_DAYS[0], {"power": "W"}):
            house.take(reading)
        house.settle()
        assert len(house.points("daily")) == 143
        assert house.path("daily").stat().st_size <= 28_000


if __name__ == "__main__":
    write_golden()
