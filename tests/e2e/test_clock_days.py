"""Days of real processes: clocks that change, another zone, and boards that were off."""

from datetime import date
from pathlib import Path

import orjson
import pytest
from support.broker import Broker
from support.life import DAY_S, ROLLED_UP, Life
from support.wait import wait_until

from shared.times import Zone, days_between, parse_timestamp

pytestmark = pytest.mark.slow
HOUR_S = 3600.0
REMEMBERED_DAYS = 10.0  # by Home Assistant


@pytest.mark.parametrize(
    ("zone", "changes", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/Santiago", "2026-09-06", 23),  # begins at 01:00
        ("America/Santiago", "2026-04-04", 25),  # its last hour comes twice
        ("Africa/Cairo", "2026-04-24", 23),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ],
)
def test_a_day_on_which_the_clocks_change(
    tmp_path: Path, broker: Broker, zone: str, changes: str, hours: float
) -> None:
    """It is lived tick by tick, with the rollups of the night before and after."""
    local, day = Zone(zone), date.fromisoformat(changes)
    start, end = local.day_start(day), local.day_end(day)
    assert end - start == hours * HOUR_S
    with Life(tmp_path, broker, start - 2 * HOUR_S + 30, zone=zone, minutes=30) as life:
        life.start()
        life.live(end + 2 * HOUR_S)
        life.until_whole(start - DAY_S, end + 2 * HOUR_S)
        life.until_right(str(local.day_of(start - 1)), changes)
        edges = local.hour_edges(day)[:-1]
        of_day = [parse_timestamp(one["timestamp"]) for one in life.points("weekly")]
        assert [at for at in of_day if start <= at < end] == edges
        life.rebuilt()
        life.until_safe()


def test_three_days_in_a_row_with_a_change_of_clocks(tmp_path: Path, broker: Broker) -> None:
    """A reading each ten minutes, 438 of them: each day and hour has what flowed."""
    zone = Zone("Europe/Berlin")
    start = zone.day_start(date(2026, 10, 24))
    end = zone.day_end(date(2026, 10, 26))
    with Life(tmp_path, broker, start - HOUR_S + 30) as life:
        life.start()
        life.live(end + HOUR_S)
        life.until_whole(start - DAY_S, end)
        life.until_right("2026-10-24", "2026-10-26")
        assert len(life.points("weekly")) >= 24 + 25 + 24
        life.rebuilt()
        life.until_safe()


@pytest.mark.parametrize(
    ("off_at", "days"),
    [("2026-11-29T22:00:30", 1.5), ("2026-12-30T22:00:30", 2.0), ("2026-11-25T22:00:30", 40.0)],
)
def test_a_board_that_was_off(tmp_path: Path, broker: Broker, off_at: str, days: float) -> None:
    """Over midnight and a month's or a year's end: what Home Assistant remembers is filled.

    It remembers ten days. What it does not is no day at all, and no hour: unknown, never 0.
    """
    off = parse_timestamp(f"{off_at}+01:00")
    with Life(tmp_path, broker, off - HOUR_S, days=days + 3) as life:
        life.start()
        life.live(off)
        life.until_whole(off - DAY_S, off)
        life.house.stack.stop()
        life.set(off + days * DAY_S)
        life.start()
        known = life.now() - min(days, 9.9) * DAY_S
        life.until_whole(known, life.now())
        first = life.zone.day_of(known + DAY_S)
        last = life.zone.day_of(life.now() - DAY_S)
        life.until_right(str(first), str(last))
        lived = str(life.zone.day_of(off - DAY_S))
        there = life.days("yearly")
        assert lived in there
        window = [str(life.zone.day_of(life.now() - back * DAY_S)) for back in range(30, 0, -1)]
        assert life.days() == [day for day in there if day in window]
        if days > REMEMBERED_DAYS:
            oldest = life.zone.day_of(life.now() - REMEMBERED_DAYS * DAY_S)
            filled = [str(day) for day in days_between(oldest, first)][:-1]
            assert [day for day in there if lived < day < str(first)] == [off_at[:10], *filled]
        assert all(point["coverage"] > 0 for tier in ROLLED_UP for point in life.points(tier))
        life.rebuilt()
        life.until_safe()


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_another_zone_and_back(tmp_path: Path, broker: Broker, zone: str) -> None:
    """Days whose readings are here are the new zone's; older ones keep the edges they had."""
    now = parse_timestamp("2026-11-25T14:00:30+01:00")
    with Life(tmp_path, broker, now, known_days=8) as life:
        life.start()
        life.until_whole(now - 7.5 * DAY_S, now)
        life.until_right("2026-11-19", "2026-11-24")
        before = {tier: life.points(tier) for tier in ROLLED_UP}
        life.house.stack.stop()
        life.move(zone)
        life.start()
        life.until_right("2026-11-20", "2026-11-24")
        for tier in ROLLED_UP:
            assert len(set(life.days(tier))) == len(life.days(tier)) or tier == "weekly"
            assert life.house.stack.document(tier)["timezone"] == zone
        life.until_safe()
        life.house.stack.stop()
        life.move("Europe/Berlin")
        life.start()
        wait_until(lambda: life.points("monthly")[-1] == before["monthly"][-1], what="as it was")
        life.until_right("2026-11-19", "2026-11-24")
        assert life.points("weekly") == before["weekly"]
        life.until_safe()


def test_a_board_that_boots_in_1970(tmp_path: Path, broker: Broker) -> None:
    """Readings that others publish wait; what Home Assistant knows is filled once time is right."""
    now = parse_timestamp("2026-11-25T12:00:30+01:00")
    with Life(tmp_path, broker, now) as life:
        life.set(now, 60 - now)
        life.start()
        with broker.client() as client:
            for end in range(int(now) - 30, int(now) + 3600, 600):
                kwh = life.truth.kwh(end - 600, end)
                mean = kwh * 3.6e6 / 600
                told = {"mean": mean, "min": mean, "max": mean}
                interval = {"seconds": 600, "coverage": 1.0, "energy_kwh": kwh, "power": told}
                reading = {"timestamp": life.zone.iso(end), "power": mean, "interval": interval}
                client.publish(life.house.topics.reading, orjson.dumps(reading))
        life.set(now + 3600, 60 - now)
        aside = life.house.stack.state / "aside.jsonl"
        wait_until(lambda: aside.exists() and aside.read_bytes().count(b"\n") == 7, what="aside")
        assert life.points("daily") == []
        life.set(now + DAY_S, 0)
        life.until_whole(now - DAY_S, life.now())
        life.until_right("2026-11-25", "2026-11-25")
        assert life.days("yearly")[0] >= "2026-11-23"
        assert aside.read_bytes() == b""
        journal = sorted(path.name for path in (life.house.stack.state / "journal").iterdir())
        assert journal[0] >= "2026-11-23"
        life.rebuilt()
        life.until_safe()


@pytest.mark.parametrize("hours", [3, 48])
def test_a_board_that_boots_ahead(tmp_path: Path, broker: Broker, hours: float) -> None:
    """It takes readings for an hour, is set right, and started anew."""
    now = parse_timestamp("2026-11-25T22:30:30+01:00")
    with Life(tmp_path, broker, now) as life:
        life.set(now, hours * HOUR_S)
        life.start()
        life.live(now + HOUR_S)
        life.set(life.now(), 0)
        life.house.stack.stop()
        life.start()
        life.live(now + 3 * HOUR_S)
        life.until_whole(now - DAY_S, now + 3 * HOUR_S)
        life.until_right("2026-11-25", "2026-11-25")
        assert life.days()[-1] == "2026-11-25"
        life.set(now + 3 * DAY_S)
        life.live(now + 3 * DAY_S + 1200)
        life.until_whole(now - DAY_S, now + 3 * DAY_S)
        life.until_right("2026-11-25", "2026-11-27")
        life.rebuilt()
        life.until_safe()
