"""A meter's increase in place of the integral, and what is not simply booked."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import House, spot

from services.aggregator.meter import Meter

HOUR_S = 3600.0


class Books:
    """A meter fed one portion of an hour at a time, each in a slot of its own."""

    def __init__(self) -> None:
        self.slots: dict[int, float] = {}
        self.meter = Meter(self._book)
        self._hour = 0

    def _book(self, slot: int, kwh: float) -> None:
        self.slots[slot] = self.slots.get(slot, 0.0) + kwh

    def hour(self, count: float | None, *, kwh: float = 1.0, known: float = 1.0) -> "Books":
        """Let an hour pass with `kwh` by the integral, and then the meter show `count`."""
        if known:
            self.meter.portion(self._hour, HOUR_S, HOUR_S * known, kwh, 1000 * kwh)
        self._hour += 1
        if count is not None:
            self.meter.sample(HOUR_S * self._hour, count)
        return self

    def booked(self) -> list[float]:
        """Return what each hour got in the end."""
        self.meter.flush()
        return [round(self.slots.get(hour, 0.0), 6) for hour in range(self._hour)]


def test_the_increase_replaces_the_integral() -> None:
    books = Books().hour(100).hour(101.25).hour(102.0)
    assert books.booked() == [1.0, 1.25, 0.75]


def test_before_the_first_and_after_the_last_sample_the_integral_stands() -> None:
    books = Books().hour(None).hour(100).hour(101.5).hour(None)
    assert books.booked() == [1.0, 1.0, 1.5, 1.0]


def test_an_increase_over_several_hours_is_shared_as_the_integral_says() -> None:
    books = Books().hour(100, kwh=1).hour(None, kwh=1).hour(104.4, kwh=3)
    assert books.booked() == [1.0, 1.1, 3.3]


def test_an_increase_without_any_power_is_shared_by_time() -> None:
    books = Books().hour(100, kwh=0).hour(None, kwh=0).hour(100.5, kwh=0)
    assert books.booked() == [0.0, 0.25, 0.25]


def test_a_gap_is_reported_and_not_booked() -> None:
    """The monitor was off while the meter counted: nobody knows when."""
    books = Books().hour(100).hour(None, known=0).hour(102.9)
    assert books.booked() == [1.0, 0.0, 1.0]
    assert books.meter.report.bridged_kwh == pytest.approx(1.9)
    assert (books.meter.report.resets, books.meter.report.glitches) == (0, 0)


def test_a_gap_in_part_is_a_gap() -> None:
    books = Books().hour(100).hour(101.5, kwh=0.5, known=0.5)
    assert books.booked() == [1.0, 0.5]
    assert books.meter.report.bridged_kwh == pytest.approx(1.0)


def test_a_leap_over_a_long_gap_is_reported_and_not_booked() -> None:
    books = Books().hour(100)
    for _ in range(30):
        books.hour(None, known=0)
    books.hour(190).hour(191)
    assert books.booked()[-2:] == [1.0, 1.0]
    assert sum(books.booked()) == 3.0
    assert books.meter.report.bridged_kwh == pytest.approx(89)
    assert books.meter.report.resets == 0


def test_a_low_glitch_is_refused() -> None:
    """A meter that shows 0 for a moment is no new baseline (evcc #29286)."""
    books = Books().hour(100).hour(0).hour(102.5)
    assert books.booked() == [1.0, 1.25, 1.25]
    assert (books.meter.report.glitches, books.meter.report.resets) == (1, 0)


def test_a_glitch_upwards_is_refused() -> None:
    books = Books().hour(100).hour(99999).hour(102.5)
    assert books.booked() == [1.0, 1.25, 1.25]
    assert books.meter.report.glitches == 1


def test_two_different_glitches_in_a_row_are_refused() -> None:
    books = Books().hour(100).hour(0).hour(77777).hour(103.0)
    assert books.booked() == [1.0, 1.0, 1.0, 1.0]
    assert books.meter.report.glitches == 2


def test_at_a_reset_the_integral_stands_for_what_was_counted_before_it() -> None:
    """Half a kilowatt-hour since the reset, and nobody knows how much in the minutes before."""
    books = Books().hour(5000).hour(0.5).hour(1.7)
    assert books.booked() == [1.0, 1.0, 1.2]
    assert books.meter.report.resets == 1


def test_at_a_reset_no_less_is_booked_than_was_counted_since() -> None:
    books = Books().hour(5000).hour(1.05, kwh=1.0).hour(2.25)
    assert books.booked() == [1.0, 1.05, 1.2]
    assert books.meter.report.resets == 1


def test_of_a_meter_replaced_by_another_the_integral_stands() -> None:
    books = Books().hour(5000).hour(300).hour(301.2)
    assert books.booked() == [1.0, 1.0, 1.2]
    assert books.meter.report.resets == 1


def test_a_leap_no_power_can_explain_is_not_booked() -> None:
    books = Books().hour(5000).hour(9000).hour(9001.2)
    assert books.booked() == [1.0, 1.0, 1.2]
    assert books.meter.report.bridged_kwh == pytest.approx(3999)


def test_a_meter_of_whole_kilowatt_hours_keeps_the_sum() -> None:
    books = Books()
    count = 0.0
    for _ in range(11):
        count += 0.4
        books.hour(1000 + int(count), kwh=0.4)
    assert sum(books.booked()) == pytest.approx(0.4 + 4)
    assert books.meter.report.glitches == 0


@given(st.lists(st.floats(0, 5), min_size=2, max_size=20), st.data())
def test_a_sound_meter_is_booked_to_the_last_watt_hour(
    increases: list[float], data: st.DataObject
) -> None:
    """However wrong the integral is, and whichever samples are missing in between."""
    books = Books().hour(1000, kwh=0)
    count = 1000.0
    for increase in increases[:-1]:
        count += increase
        shown = count if data.draw(st.booleans()) else None
        books.hour(shown, kwh=data.draw(st.sampled_from([0.9, 1.0, 1.1])) * max(increase, 0.01))
    books.hour(count + increases[-1], kwh=max(increases[-1], 0.01))
    assert sum(books.booked()) == pytest.approx(sum(increases), abs=1e-5)
    assert books.meter.report.glitches == books.meter.report.resets == 0


@given(
    st.lists(st.none() | st.sampled_from([0, 1, 100, 101, 102.5, 103, 5000]), max_size=8),
    st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=8, max_size=8),
)
def test_whatever_a_meter_shows_no_portion_is_lost_or_negative(
    counts: list[float | None], known: list[float]
) -> None:
    books = Books()
    for count, share in zip(counts, known, strict=False):
        books.hour(count, kwh=share, known=share)
    integral = sum(known[: len(counts)])
    booked = books.booked()
    assert all(kwh >= 0 for kwh in booked)
    if all(count is None for count in counts):
        assert sum(booked) == pytest.approx(integral)
    for hour, share in enumerate(known[: len(counts)]):
        if share < 1:  # where power is not known throughout, nothing but the integral is booked
            assert booked[hour] <= share + 1e-6


@given(
    st.lists(st.sampled_from([0, 1, 100, 101, 102.5, 5000]), max_size=6),
    st.integers(0, 6),
)
def test_looking_ahead_changes_nothing(counts: list[float], look_at: int) -> None:
    looked, plain = Books(), Books()
    for number, count in enumerate(counts):
        looked.hour(count)
        plain.hour(count)
        if number == look_at:
            twin = looked.meter.copy(Books().meter._book)
            twin.sample(HOUR_S * (number + 2), count + 1)
            twin.flush()
    assert looked.booked() == plain.booked()
    assert looked.meter.report == plain.meter.report


# Through the whole aggregator


def test_a_days_energy_is_the_meters_from_the_readings_on(tmp_path: Path) -> None:
    house = House(tmp_path, entities=("power", "energy"))
    day = date(2026, 11, 20)
    start, end = house.zone.day_start(day), house.zone.day_end(day)
    times = range(int(start), int(end) + 1, 600)
    house.at(end + HOUR_S)
    house.take(*(spot(time, 1000, energy=500 + (time - start) * 1.1 / 3600) for time in times))
    house.settle()
    assert house.points("monthly")[0]["energy_kwh"] == pytest.approx(26.4)
    hours = [point["energy_kwh"] for point in house.points("weekly")][:24]
    assert hours == pytest.approx([1.1] * 24)
    assert "energy" not in house.points("monthly")[0]  # a meter is no gauge
    assert house.complaints == []


def test_a_reset_at_noon_is_told_and_costs_what_power_misses_in_one_stretch(tmp_path: Path) -> None:
    house = House(tmp_path, entities=("power", "energy"))
    day = date(2026, 11, 20)
    start, end = house.zone.day_start(day), house.zone.day_end(day)
    house.at(end + HOUR_S)
    for time in range(int(start), int(end) + 1, 600):
        counted = (time - start) * 1.2 / 3600
        noon = 12 * 1.2 + 0.2
        house.take(spot(time, 1000, energy=500 + counted if counted < noon else counted - noon))
    house.settle()
    assert house.points("monthly")[0]["energy_kwh"] == pytest.approx(28.8 - 0.2 / 6, abs=0.001)
    assert "1 resets" in house.complaints[0]


def test_export_has_a_meter_of_its_own(tmp_path: Path) -> None:
    house = House(tmp_path, entities=("power", "export"))
    day = date(2026, 11, 20)
    start, end = house.zone.day_start(day), house.zone.day_end(day)
    times = range(int(start), int(end) + 1, 600)
    house.at(end + HOUR_S)
    house.take(*(spot(time, -1000, export=7 + (time - start) * 1.1 / 3600) for time in times))
    day_point = house.settle().points("monthly")[0]
    assert day_point["export_kwh"] == pytest.approx(26.4)
    assert day_point["energy_kwh"] == 0
    assert day_point["power"]["mean"] == -1000
