"""Clocks that are wrong, readings of the future, and another time zone."""

from datetime import date
from pathlib import Path

import pytest
from support.aggregation import House, filled, spans, spot, whole_day

HOUR_S = 3600.0
DAY = date(2026, 11, 20)


def test_a_clock_that_went_back_recomputes(tmp_path: Path) -> None:
    """The clock is a day ahead, makes of today a finished day, and then is set right."""
    house = House(tmp_path)
    start, end = house.zone.day_start(DAY), house.zone.day_end(DAY)
    readings = whole_day(house, DAY)
    house.at(start + 13 * HOUR_S).take(*readings[:72])
    house.settle()
    house.at(end + 14 * HOUR_S).settle()
    assert len(house.points("monthly")) == 1
    house.at(start + 14 * HOUR_S).settle()
    assert house.points("monthly") == []
    assert house.document("daily")["date"] == "2026-11-20"
    assert len(house.points("daily")) == 72
    house.take(*readings[72:84])
    house.at(end + HOUR_S).take(*readings[84:])
    assert house.settle().points("monthly")[0]["coverage"] == 1.0
    assert len(house.points("weekly")) == 24


@pytest.mark.parametrize("restarted", [False, True])
def test_hours_that_a_clock_ahead_let_go_are_back_once_it_is_right(
    tmp_path: Path, *, restarted: bool
) -> None:
    """Two days ahead the weekly file begins two days later."""
    house = filled(tmp_path, "Europe/Berlin", "2026-11-13", 7)
    before, now = house.points("weekly"), house.now
    house.at(now + 2 * 86400).settle()
    assert len(house.points("weekly")) == len(before) - 48
    if restarted:
        house.restart()
    house.at(now).settle()
    assert house.points("weekly") == before


def test_a_clock_far_ahead_for_a_moment_costs_no_reading(tmp_path: Path) -> None:
    """A dead clock battery shows 2099 until the time server answers."""
    house = House(tmp_path)
    start, end = house.zone.day_start(DAY), house.zone.day_end(DAY)
    readings = whole_day(house, DAY)
    house.at(start + 13 * HOUR_S).take(*readings[:72])
    house.settle()
    house.at(house.midnight("2099-01-01") + HOUR_S).settle()
    house.restart()
    house.at(start + 14 * HOUR_S).settle()
    assert len(house.points("daily")) == 72
    house.at(end + HOUR_S).take(*readings[72:])
    assert house.settle().points("monthly")[0]["coverage"] == 1.0


def test_readings_wait_while_the_clock_shows_1970_and_are_taken_up_once_it_is_right(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, now=120.0)
    end, readings = house.zone.day_end(DAY), whole_day(house, DAY)
    assert house.take(*readings[:100]) == 0
    house.restart()
    assert house.take(*readings[90:]) == 0
    assert not house.journal("2026-11-20").exists()
    house.at(end + HOUR_S).settle()
    assert house.points("monthly")[0]["coverage"] == 1.0
    assert house.points("monthly")[0]["samples"] == 144
    assert (house.state / "aside.jsonl").read_bytes() == b""


def test_a_reading_of_the_future_is_taken_up_in_its_time_and_not_before(tmp_path: Path) -> None:
    house = House(tmp_path)
    start = house.zone.day_start(DAY)
    house.at(start + HOUR_S).take(spot(start + 600, 5), spot(start + HOUR_S + 1501, 7))
    assert len(house.settle().points("daily")) == 1
    house.restart()
    assert len(house.settle().points("daily")) == 1
    house.at(start + HOUR_S + 2).settle()
    assert [point["power"] for point in house.points("daily")] == [5, 7]


def test_one_within_the_heartbeat_is_believed(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.at(house.zone.day_start(DAY) + HOUR_S).take(spot(house.now + 1500, 7))
    assert len(house.settle().points("daily")) == 1


def test_another_zone_in_the_configuration_makes_the_days_anew(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-11-15", 6)
    energy = sum(point["energy_kwh"] for point in house.points("weekly"))
    moved = House(tmp_path, zone="Asia/Kolkata", now=house.now)
    moved.settle()
    assert all(point["timestamp"].endswith("+05:30") for point in moved.points("weekly"))
    starts = [point["timestamp"] for point in moved.points("weekly")]
    assert starts == sorted(set(starts))
    assert moved.document("monthly")["timezone"] == "Asia/Kolkata"
    weekly = sum(point["energy_kwh"] for point in moved.points("weekly"))
    assert weekly == pytest.approx(energy, abs=0.6 * 5.5)
    days = [point["timestamp"] for point in moved.points("monthly")]
    # Of the first day the new zone knows less, so the fuller bucket of the old one stays.
    assert days[0] == "2026-11-15T04:30:00+05:30"
    assert days[1:] == [f"2026-11-{day}T00:00:00+05:30" for day in range(16, 21)]
    full = [point for point in moved.points("monthly") if point["coverage"] == 1.0]
    assert {point["energy_kwh"] for point in full} == {14.4}
    assert not moved.complaints


def test_a_reading_that_comes_again_after_the_zone_changed_counts_once(tmp_path: Path) -> None:
    """Its timestamp lies in another day's file now."""
    house = House(tmp_path, zone="Europe/Berlin")
    start = house.midnight("2026-11-20")
    readings = spans(house.zone, start, start + 86400, 600)
    house.at(start + 100000).take(*readings)
    house.settle()
    moved = House(tmp_path, zone="Asia/Kolkata", now=house.now)
    moved.settle()
    before = moved.documents()
    moved.take(*readings)
    assert moved.settle().documents() == before
    daily = [point["timestamp"] for point in moved.points("daily")]
    assert len(set(daily)) == len(daily)
