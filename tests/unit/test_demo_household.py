"""The recorded house moved to now, and the plausible one before it."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from demo.household import (
    REPORT_DELAY_S,
    Household,
    Quantity,
    QuantitySource,
    recorded_household,
    recorded_rows,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=PARIS).timestamp()
DAY_S = 86_400


@pytest.fixture(name="household")
def a_household() -> Household:
    """Give the house as started at NOW."""
    return recorded_household(NOW, PARIS)


def kilowatt_hours(source: QuantitySource, start: float, end: float) -> float:
    """Integrate the step function."""
    first = source.latest(start)
    assert first is not None
    edges = [(start, first.state), *source.between(start, end), (end, "0")]
    spans = pairwise(edges)
    return sum((after[0] - at[0]) * float(at[1]) for at, after in spans) / 3.6e6


def midnight(days_before: int) -> float:
    """Return the local midnight some days before NOW."""
    day = datetime.fromtimestamp(NOW, PARIS).replace(hour=0, minute=0)
    return (day - timedelta(days=days_before)).timestamp()


@pytest.mark.parametrize(("day", "kwh"), [("2007-02-01", 30.4127), ("2007-02-02", 27.7956)])
def test_the_recorded_days_are_whole(day: str, kwh: float) -> None:
    """A row a minute, in W, V and A, with the energy that the file itself adds up to."""
    rows = recorded_rows(day)
    assert [row.seconds for row in rows] == list(range(0, DAY_S, 60))
    assert sum(row.watts for row in rows) / 60_000 == pytest.approx(kwh, abs=5e-5)
    assert all(200 < row.volts < 260 and 0 < row.amps < 60 for row in rows)


def test_the_other_recorded_days_are_as_they_are_and_the_rest_is_empty() -> None:
    """2006-12-16 begins in the evening, 2006-12-17 has a gap, and nothing is invented."""
    assert (len(recorded_rows("2006-12-16")), len(recorded_rows("2006-12-17"))) == (396, 1148)
    assert recorded_rows("2006-12-16")[0] == (62_640, 4216.0, 234.84, 18.4)
    assert recorded_rows("2007-02-03") == ()


def test_recent_days_replay_the_recording_at_its_time_of_day(household: Household) -> None:
    """Two days in a row are the two recorded days, to the energy."""
    source = QuantitySource(household, Quantity.POWER)
    starts = [midnight(days) + REPORT_DELAY_S + 1e-3 for days in (3, 2, 1)]
    energies = [kilowatt_hours(source, start, end) for start, end in pairwise(starts)]
    assert sorted(energies) == pytest.approx([27.7956, 30.4127], abs=1e-3)


def test_the_state_is_the_recorded_one(household: Household) -> None:
    """Each quantity shows the row of its minute."""
    noon = datetime.fromtimestamp(NOW, PARIS).replace(hour=12, minute=0) - timedelta(days=1)
    row = household.row(noon.timestamp())
    assert row in {recorded_rows(day)[720] for day in ("2007-02-01", "2007-02-02")}
    for quantity, value in zip(Quantity, row[1:], strict=True):
        change = QuantitySource(household, quantity).latest(noon.timestamp() + 1)
        assert change is not None
        assert float(change.state) == value


@pytest.mark.parametrize("quantity", list(Quantity))
@pytest.mark.parametrize(
    "start", [midnight(11) + 1, midnight(10) - 7200, NOW - 7200, midnight(200)]
)
def test_latest_is_the_last_of_between(
    household: Household, quantity: Quantity, start: float
) -> None:
    """Both views of the step function agree, across the change from ten minutes to one too."""
    source = QuantitySource(household, quantity)
    changes = source.between(start, start + 4 * 3600)
    assert all(before.state != after.state for before, after in pairwise(changes))
    assert source.latest(start + 4 * 3600) == changes[-1]
    for before, after in pairwise(changes):
        assert source.latest(after.at) == before


def test_the_older_past_comes_in_ten_minute_steps(household: Household) -> None:
    """144 values a day before the recorded part, 1440 in it."""
    source = QuantitySource(household, Quantity.VOLTAGE)
    older = source.between(midnight(31), midnight(30))
    assert 140 <= len(older) <= 144
    assert all(change.at % 600 == REPORT_DELAY_S for change in older)
    assert 1300 < len(source.between(midnight(3), midnight(2))) <= 1440


def test_the_older_past_is_plausible(household: Household) -> None:
    """More in winter than in summer, more in the evening than at night, never negative."""
    source = QuantitySource(household, Quantity.POWER)
    winter = kilowatt_hours(source, midnight(330), midnight(300))
    summer = kilowatt_hours(source, midnight(150), midnight(120))
    assert 1.5 * summer < winter < 5 * summer
    assert 5 < summer / 30 < winter / 30 < 50
    night, evening = (
        sum(kilowatt_hours(source, midnight(d) + h, midnight(d) + h + 7200) for d in range(60, 90))
        for h in (2 * 3600, 19 * 3600)
    )
    assert evening > 2 * night
    assert all(float(change.state) > 0 for change in source.between(midnight(60), midnight(50)))


def test_the_past_is_the_same_at_every_start() -> None:
    """What one start of a day tells, the next tells too."""
    first, second = (
        QuantitySource(recorded_household(at, PARIS), Quantity.POWER) for at in (NOW, NOW + 3600)
    )
    assert first.between(midnight(40), NOW) == second.between(midnight(40), NOW)


def test_power_goes_on_with_the_clock(household: Household) -> None:
    """Days after the start there are still changes each minute."""
    source = QuantitySource(household, Quantity.POWER)
    assert len(source.between(NOW + 30 * DAY_S, NOW + 30 * DAY_S + 3600)) > 40
    assert source.reported(NOW + 90.0) == NOW + 60 + REPORT_DELAY_S


def test_a_day_of_25_hours_has_an_hour_twice(household: Household) -> None:
    """The house lives by local time, and the clock is changed under it."""
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=PARIS).timestamp()
    moved = Household(PARIS, autumn - DAY_S, household.days)
    first, second = moved.row(autumn + 2.5 * 3600), moved.row(autumn + 3.5 * 3600)
    assert first == second
