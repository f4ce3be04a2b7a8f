"""Ticks and schedule: aligned to local midnight, on days of any length, on clocks that jump."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collector.schedule import Schedule
from services.collector.ticks import Ticks
from shared.times import Zone, parse_timestamp

# Zone, a day on which clocks change there (or not, in Kolkata), and its hours.
DAYS = [
    ("Europe/Berlin", "2027-03-28", 23),
    ("Europe/Berlin", "2027-10-31", 25),
    ("Europe/Berlin", "2027-06-01", 24),
    ("Asia/Kolkata", "2027-03-28", 24),
    ("Africa/Cairo", "2027-04-30", 23),
    ("Africa/Cairo", "2027-10-28", 25),
    ("Australia/Lord_Howe", "2027-10-03", 23.5),
    ("Australia/Lord_Howe", "2027-04-04", 24.5),
]


@pytest.mark.parametrize(("name", "day", "hours"), DAYS)
@pytest.mark.parametrize("interval_s", [1.0, 60.0, 600.0, 3600.0])
def test_a_day_is_cut_without_gap_or_overlap(
    name: str, day: str, hours: float, interval_s: float
) -> None:
    """The first tick is midnight, the last stretch may be shorter, the next day begins anew."""
    zone = Zone(name)
    start = zone.day_start(date.fromisoformat(day))
    end = zone.day_end(date.fromisoformat(day))
    assert end - start == hours * 3600
    stretches = list(Ticks(zone, interval_s).stretches(start, end))
    assert (stretches[0][0], stretches[-1][1]) == (start, end)
    assert all(left[1] == right[0] for left, right in itertools.pairwise(stretches))
    assert all(b - a == interval_s for a, b in stretches[:-1])
    assert 0 < stretches[-1][1] - stretches[-1][0] <= interval_s


@pytest.mark.parametrize(("name", "day", "hours"), DAYS)
def test_before_and_after_are_neighbours(name: str, day: str, hours: float) -> None:
    """Going forth and back through the day meets the same ticks."""
    zone = Zone(name)
    ticks = Ticks(zone, 600.0)
    forth = [zone.day_start(date.fromisoformat(day))]
    while forth[-1] < zone.day_end(date.fromisoformat(day) + timedelta(days=1)):
        forth.append(ticks.after(forth[-1]))
    back = [forth[-1]]
    while back[-1] > forth[0]:
        back.append(ticks.before(back[-1]))
    assert back[::-1] == forth
    assert len(forth) > hours * 6
    assert all(ticks.at_or_before(tick) == tick for tick in forth)
    assert all(ticks.at_or_before(tick + 599.0) <= tick + 599.0 for tick in forth)


def test_ticks_are_k_times_the_interval_from_midnight() -> None:
    """Also where the offset from UTC is no whole hour."""
    zone = Zone("Asia/Kolkata")
    tick = Ticks(zone, 3600.0).at_or_before(parse_timestamp("2027-01-05T10:59:59+05:30"))
    assert zone.iso(tick) == "2027-01-05T10:00:00+05:30"


MIDNIGHT = parse_timestamp("2027-01-05T00:00:00+00:00")


def schedule(interval_s: float = 600.0) -> Schedule:
    """Return a schedule in UTC."""
    return Schedule(Ticks(Zone("UTC"), interval_s))


def test_each_tick_is_given_once() -> None:
    """However often one asks."""
    plan = schedule()
    given_out = [plan.due(MIDNIGHT + 0.5 * step) for step in range(2 * 3600)]
    assert [tick for tick in given_out if tick is not None] == [
        MIDNIGHT + 600 * index for index in range(6)
    ]


def test_a_tick_long_gone_is_left_to_backfill() -> None:
    """More than half a minute late is too late, less is not."""
    plan = schedule()
    assert plan.due(MIDNIGHT + 31) is None
    assert plan.due(MIDNIGHT + 629) == MIDNIGHT + 600
    assert plan.due(MIDNIGHT + 629) is None


def test_a_jump_forward_gives_one_tick_at_most() -> None:
    """Six hours missed are backfill."""
    plan = schedule()
    plan.due(MIDNIGHT)
    assert plan.due(MIDNIGHT + 6 * 3600 + 100) is None
    assert plan.due(MIDNIGHT + 6 * 3600 + 601) == MIDNIGHT + 6 * 3600 + 600


def test_a_small_step_back_gives_no_tick_twice() -> None:
    """The clock catches up first."""
    plan = schedule()
    assert plan.due(MIDNIGHT) == MIDNIGHT
    assert [plan.due(MIDNIGHT - 60 + second) for second in range(600)] == [None] * 600
    assert plan.due(MIDNIGHT + 600) == MIDNIGHT + 600


def test_a_clock_set_back_by_hours_begins_anew() -> None:
    """What it showed before was wrong."""
    plan = schedule()
    plan.due(MIDNIGHT + 86400)
    assert plan.due(MIDNIGHT + 1) == MIDNIGHT


@given(st.lists(st.floats(-4000, 4000), max_size=60), st.sampled_from([1.0, 60.0, 3600.0]))
def test_whatever_the_clock_does_ticks_are_recent(jumps: list[float], interval_s: float) -> None:
    """Never in the future, never too late, never the same twice in a row."""
    plan, now, previous = schedule(interval_s), MIDNIGHT, None
    for jump in jumps:
        now += jump
        tick = plan.due(now)
        if tick is not None:
            assert 0 <= now - tick <= plan.lateness_s
        assert plan.due(now) is None
        previous = tick or previous
