"""Rollups: deadlines, windows, odd days, late readings, and the rule that protects the book."""

import hashlib
import os
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.aggregation import House, filled, span, spans, spot, whole_day

from shared.bucket import Bucket, Summary
from shared.times import Zone, parse_timestamp

HOUR_S = 3600.0
DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("zone", "changing", "day_hours", "buckets"),
    [
        ("Europe/Berlin", "2026-03-29", 23, 167),
        ("Europe/Berlin", "2026-10-25", 25, 169),
        ("Asia/Kolkata", "2026-10-25", 24, 168),
        ("Africa/Cairo", "2026-04-24", 23, 167),  # at midnight: the day begins at 01:00
        ("Africa/Cairo", "2026-10-29", 25, 169),
        ("Australia/Lord_Howe", "2026-10-04", 23.5, 168),  # an hour of 30 minutes
        ("Australia/Lord_Howe", "2026-04-05", 24.5, 169),
        ("America/St_Johns", "2026-11-01", 25, 169),
    ],
)
def test_a_week_with_a_clock_change_has_every_hour_once(
    tmp_path: Path, zone: str, changing: str, day_hours: float, buckets: int
) -> None:
    first = date.fromisoformat(changing) - timedelta(days=3)
    house = filled(tmp_path, zone, first.isoformat(), 7, seconds=1800)
    points = house.points("weekly")
    assert len(points) == buckets
    assert {point["coverage"] for point in points} == {1.0}
    edges = [house.zone.hour_edges(first + timedelta(days=ahead)) for ahead in range(7)]
    starts = [house.zone.iso(edge) for day in edges for edge in day[:-1]]
    assert [point["timestamp"] for point in points] == starts
    day = next(p for p in house.points("monthly") if p["timestamp"].startswith(changing))
    assert day["energy_kwh"] == pytest.approx(0.6 * day_hours)
    assert day["coverage"] == 1.0
    assert day["samples"] == day_hours * 2
    total = sum(point["energy_kwh"] for point in points)
    assert total == pytest.approx(sum(point["energy_kwh"] for point in house.points("monthly")))


def test_a_day_that_begins_at_one_is_named_by_its_first_instant(tmp_path: Path) -> None:
    house = filled(tmp_path, "Africa/Cairo", "2026-04-23", 3)
    stamps = [point["timestamp"] for point in house.points("yearly")]
    assert stamps == [
        "2026-04-23T00:00:00+02:00",
        "2026-04-24T01:00:00+03:00",
        "2026-04-25T00:00:00+03:00",
    ]


def test_the_leap_day_is_a_day(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2028-02-27", 4)
    days = [point["timestamp"][:10] for point in house.points("yearly")]
    assert days == ["2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01"]
    house.at(house.midnight("2029-02-28") + HOUR_S).settle()
    assert house.points("yearly")[0]["timestamp"][:10] == "2028-02-29"
    house.at(house.midnight("2029-03-01") + HOUR_S).settle()
    assert house.points("yearly")[0]["timestamp"][:10] == "2028-03-01"


def test_windows_over_the_end_of_a_year_take_from_both_books(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-12-30", 4)
    days = ["2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"]
    assert [point["timestamp"][:10] for point in house.points("yearly")] == days
    assert [point["timestamp"][:10] for point in house.points("monthly")] == days
    assert sorted(path.name for path in (house.state / "book").iterdir()) == [
        "2026.json",
        "2027.json",
    ]


def test_windows_end_with_yesterday_and_begin_7_30_and_365_days_before_today(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, now=0)
    first = date(2025, 10, 1)
    days = [first + timedelta(days=ahead) for ahead in range(420)]
    house.aggregator.history.book.update({day: _full_day(house.zone, day) for day in days}, {})
    house.at(house.midnight("2026-11-22") + HOUR_S).settle()
    yearly = [point["timestamp"][:10] for point in house.points("yearly")]
    assert (yearly[0], yearly[-1], len(yearly)) == ("2025-11-22", "2026-11-21", 365)
    monthly = [point["timestamp"][:10] for point in house.points("monthly")]
    assert (monthly[0], monthly[-1], len(monthly)) == ("2026-10-23", "2026-11-21", 30)


def _full_day(zone: Zone, day: date) -> Bucket:
    return Bucket(zone.day_start(day), {"power": Summary(1, 1, 1)}, 0.024, 0, 24, 1.0)


@pytest.mark.parametrize(
    ("after_midnight_s", "written"),
    [
        (119, set()),
        (120, {"weekly"}),
        (299, {"weekly"}),
        (300, {"weekly", "monthly"}),
        (899, {"weekly", "monthly"}),
        (900, {"weekly", "monthly", "yearly"}),
    ],
)
def test_each_file_is_written_at_its_own_minute(
    tmp_path: Path, after_midnight_s: int, written: set[str]
) -> None:
    house = House(tmp_path)
    start, end = house.zone.day_start(DAY), house.zone.day_end(DAY)
    house.at(end - 1).take(*spans(house.zone, start, end, 500))
    house.settle()
    house.at(end + after_midnight_s).step()
    there = {tier for tier in ("weekly", "monthly", "yearly") if house.points(tier)}
    assert there == written
    assert {update.tier for update in house.announced if update.reason == "rollup"} == written


def test_the_daily_file_turns_at_midnight_and_the_reading_of_midnight_speaks_of_yesterday(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    start, end = house.zone.day_start(DAY), house.zone.day_end(DAY)
    house.at(end - 5).take(*spans(house.zone, start, end - 600, 500))
    house.settle()
    assert house.document("daily")["date"] == "2026-11-20"
    house.at(end).settle()
    assert house.document("daily")["date"] == "2026-11-21"
    assert house.points("daily") == []
    assert house.announced[-1].reason == "rotation"
    house.at(end + 6).take(span(house.zone, end, 600, 500))
    house.at(end + HOUR_S).settle()
    assert [point["timestamp"] for point in house.points("daily")] == ["2026-11-21T00:00:00+01:00"]
    assert house.document("daily")["today"] is None
    assert house.points("monthly")[0]["coverage"] == 1.0
    assert house.points("monthly")[0]["samples"] == 144


def test_announcements_tell_the_very_bytes(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-11-20", 1)
    house.take(spot(house.now - 60, 5))
    house.settle()
    last = {update.tier: update for update in house.announced}
    assert set(last) == {"daily", "weekly", "monthly", "yearly"}
    for tier, update in last.items():
        payload = house.path(tier).read_bytes()
        assert update.sha256 == hashlib.sha256(payload).hexdigest()
        assert update.bytes == len(payload)
        assert update.data_points == len(house.points(tier))
        assert update.last_update == house.document(tier)["last_update"]
        assert update.file == f"{tier}.json"


def test_files_nothing_was_ever_written_to_are_empty_and_say_so(tmp_path: Path) -> None:
    house = House(tmp_path, now=1.8e9).settle()
    for tier in ("daily", "weekly", "monthly", "yearly"):
        document = house.document(tier)
        assert document["data_points"] == []
        assert document["last_update"] is None
        assert (document["schema"], document["tier"]) == (1, tier)
    assert house.announced == []


def test_a_late_reading_is_rolled_up_within_seconds(tmp_path: Path) -> None:
    house = House(tmp_path)
    end, readings = house.zone.day_end(DAY), whole_day(house, DAY)
    house.at(end + 2 * HOUR_S).take(*readings[:100])
    house.settle()
    before = house.points("monthly")[0]
    house.take(*readings[100:])
    house.tick += 11
    house.step()
    after = house.points("monthly")[0]
    assert (before["coverage"], after["coverage"]) == (pytest.approx(100 / 144), 1.0)
    assert after["energy_kwh"] == pytest.approx(12, abs=1e-4)
    assert len(house.points("weekly")) == 24


def test_late_readings_are_remembered_over_a_crash(tmp_path: Path) -> None:
    """Taken, and then the power goes: the next start rolls them up."""
    house = House(tmp_path)
    end, readings = house.zone.day_end(DAY), whole_day(house, DAY)
    house.at(end + 2 * HOUR_S).take(*readings[:100])
    house.settle()
    house.take(*readings[100:])
    house.boot()
    assert house.settle().points("monthly")[0]["coverage"] == 1.0


def test_a_late_reading_ends_todays_hold_from_yesterday(tmp_path: Path) -> None:
    """The earlier reading was taken with a longer interval in force than the late one."""
    house = House(tmp_path)
    end = house.zone.day_end(DAY)
    house.at(end + 3000).take(spot(end - 3600, 1000, heartbeat=9000), spot(end + 2900, 10))
    assert house.settle().document("daily")["today"]["energy_kwh"] > 0.8
    house.take(spot(end - 1800, 1000, heartbeat=150))
    assert house.settle().document("daily")["today"] is None


def test_a_reading_whose_journal_is_gone_is_counted_and_changes_nothing(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-11-01", 1)
    house.aggregator.history.journal.file(date(2026, 11, 1)).remove()
    house.at(house.midnight("2026-11-20")).settle()
    documents, start = house.documents(), house.midnight("2026-11-01")
    assert house.take(span(house.zone, start + 600, 600, 9999), span(house.zone, house.now, 600, 1))
    assert house.settle().documents()["monthly"] == documents["monthly"]
    assert not house.journal("2026-11-01").exists()
    house.restart()
    assert house.settle().documents()["yearly"] == documents["yearly"]


def test_old_readings_of_a_day_nobody_knows_are_taken(tmp_path: Path) -> None:
    house = House(tmp_path, now=0)
    house.at(house.midnight("2026-11-20")).settle()
    start = house.midnight("2026-03-01")
    assert house.take(*spans(house.zone, start, start + 86400, 500, 3600)) == 0
    assert house.settle().point("yearly", "2026-03-01")["energy_kwh"] == 12.0


def test_a_fuller_day_in_the_book_is_not_replaced_by_what_is_left_of_its_journal(
    tmp_path: Path,
) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-11-20", 1)
    full = house.documents()
    house.aggregator.close()
    house.aggregator.history.journal.file(DAY).remove()
    house.boot()
    start = house.zone.day_start(DAY)
    house.take(*spans(house.zone, start, start + 12 * HOUR_S, 100, 3600))
    assert house.settle().documents() == full
    house.ask("rebuild")
    assert house.documents() == full
    house.take(*spans(house.zone, start + 12 * HOUR_S, start + 24 * HOUR_S, 100, 3600))
    # The day's last hour lies in the next day's file, which is still there.
    assert house.settle().points("monthly")[0]["energy_kwh"] == pytest.approx(23 * 0.1 + 0.6)


def test_hours_of_a_day_the_book_has_in_full_grow_as_readings_come_back(tmp_path: Path) -> None:
    """After a restore the day is whole in the book while its hours come in bit by bit."""
    house = House(tmp_path, now=0)
    start, end = house.zone.day_start(DAY), house.zone.day_end(DAY)
    house.at(end + HOUR_S).settle()
    house.aggregator.history.book.update({DAY: _full_day(house.zone, DAY)}, {})
    readings = spans(house.zone, start, end, 100, 3600)[:-1]
    house.take(*readings[:5])
    assert len(house.settle().points("weekly")) == 5
    house.take(*readings[5:])
    assert len(house.settle().points("weekly")) == 23
    assert house.aggregator.history.book.get(DAY) == _full_day(house.zone, DAY)


def test_the_same_two_thirds_are_no_smaller_coverage_after_a_restart(tmp_path: Path) -> None:
    """The book rounds 2/3 up: what was rounded must not outrank the very same share."""
    house = House(tmp_path)
    start, end = house.zone.day_start(DAY), house.zone.day_end(DAY)
    times = range(int(start) + 3600, int(end) + 1, 3600)
    house.at(end + HOUR_S)
    house.take(*(span(house.zone, time, 3600, 100, coverage=2 / 3) for time in times))
    house.settle()
    house.restart()
    assert house.settle().points("monthly")[0]["coverage"] == 0.666667
    house.take(span(house.zone, start + 1200, 1200, 4000, coverage=2 / 3))  # shorter: it counts
    assert house.settle().points("monthly")[0]["power"]["max"] == 4000


def test_unknown_is_never_zero(tmp_path: Path) -> None:
    house = House(tmp_path, entities=("power", "voltage"))
    start, end = house.zone.day_start(DAY), house.zone.day_end(DAY)
    house.at(end + HOUR_S).take(
        spot(start, None, voltage=230.0), spot(start + 600, None, voltage=231.0)
    )
    day = house.settle().points("monthly")[0]
    assert day["power"] == {"mean": None, "min": None, "max": None}
    assert day["energy_kwh"] is None
    assert day["export_kwh"] is None
    assert day["coverage"] == 0.0
    hours = house.points("weekly")
    assert len(hours) == 1  # the other 23 have no known time and are not written
    assert hours[0]["energy_kwh"] is None
    assert hours[0]["voltage"]["mean"] == pytest.approx(230.714, abs=1e-3)


def test_a_metric_known_for_less_than_half_of_a_bucket_has_no_mean(tmp_path: Path) -> None:
    house = House(tmp_path)
    start = house.zone.day_start(DAY)
    house.at(start + 30 * HOUR_S).take(
        span(house.zone, start + 1799, 1799, 3600), span(house.zone, start + 5400, 1800, 3600)
    )
    short, half = house.settle().points("weekly")
    assert short["power"]["mean"] is None
    assert short["energy_kwh"] == pytest.approx(1.799, abs=1e-5)
    assert half["power"]["mean"] == 3600
    assert house.points("monthly")[0]["power"]["mean"] is None


def test_weeks_of_readings_are_compressed_and_then_forgotten(tmp_path: Path) -> None:
    house = House(tmp_path)
    first = house.midnight("2026-01-01")
    for ahead in range(14):
        day = date(2026, 1, 1) + timedelta(days=ahead)
        end = house.zone.day_end(day)
        house.at(end + HOUR_S)
        house.take(*spans(house.zone, house.zone.day_start(day), end, 500, 3600))
        house.settle()
        for file in (house.state / "journal").iterdir():
            os.utime(file, (house.now - 90000, house.now - 90000))
    house.at(house.now + 86400).settle()
    names = sorted(path.name for path in (house.state / "journal").iterdir())
    assert names[0] == "2026-01-06.jsonl.gz"
    assert all(name.endswith(".jsonl.gz") for name in names[:-1])
    assert len(house.points("yearly")) == 14
    assert house.points("yearly")[0]["timestamp"] == house.zone.iso(first)


def test_hours_follow_each_other_without_overlap(tmp_path: Path) -> None:
    house = filled(tmp_path, "Australia/Lord_Howe", "2026-04-02", 7, seconds=1800)
    starts = [point["timestamp"] for point in house.points("weekly")]
    lengths = {parse_timestamp(b) - parse_timestamp(a) for a, b in pairwise(starts)}
    assert lengths == {1800.0, 3600.0}


def test_the_year_before_lies_beside_yearly_for_comparison(tmp_path: Path) -> None:
    """Without a gap between the two, announced to nobody; it gives lost days of the book back."""
    house = House(tmp_path).at(parse_timestamp("2026-11-22T12:00:00+01:00")).settle()
    assert house.document("earlier")["data_points"] == []
    first = date(2024, 10, 1)
    days = [first + timedelta(days=count) for count in range(782)]
    for part in range(0, len(days), 100):
        house.ask("import", buckets=[day_of(house, day) for day in days[part : part + 100]])
    house.announced.clear()
    house.settle()
    before, year = house.points("earlier"), house.points("yearly")
    named = [point["timestamp"][:10] for point in [*before, *year]]
    assert named == [day.isoformat() for day in days[-730:]]
    assert (len(before), len(year)) == (365, 365)
    assert {update.tier for update in house.announced} <= {"weekly", "monthly", "yearly"}
    (house.state / "book" / "2024.json").unlink()
    house.boot()
    assert house.settle().points("earlier") == before


def day_of(house: House, day: date) -> dict[str, Any]:
    power = 100.0 + day.toordinal() % 300
    return {
        "timestamp": house.zone.iso(house.zone.day_start(day)),
        "power": {"mean": power, "min": power, "max": power},
        "energy_kwh": round(power * 0.024, 6),
        "coverage": 1.0,
    }
