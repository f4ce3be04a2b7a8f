"""From changes to intervals: exact, and never a number that nobody saw."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collector.history import UNLIMITED, Steps, summarise
from shared.reading import Interval

Changes = list[tuple[float, float | None]]
LENGTH = 600

changes = st.lists(
    st.tuples(
        st.integers(-1800, LENGTH + 60).map(float),
        st.none() | st.integers(-5000, 20000).map(float),
    ),
    max_size=40,
)
holds = st.sampled_from([UNLIMITED, 25.0, 1500.0])


def interval(given_changes: Changes, start: float, end: float, hold: float) -> Interval:
    """Return the interval of a metric alone."""
    return summarise({"power": Steps(given_changes)}, start, end, {"power": hold})


def by_the_second(given_changes: Changes, start: int, end: int, hold: float) -> list[float | None]:
    """Return the value of each second the slow and obvious way."""
    values: list[float | None] = []
    for second in range(start, end):
        before = [change for change in given_changes if change[0] <= second]
        newest = max((at for at, _ in before), default=-math.inf)
        last = [value for at, value in before if at == newest][-1:]
        values.append(last[0] if last and second < newest + hold else None)
    return values


@given(changes, holds)
def test_an_interval_equals_the_sum_over_its_seconds(given_changes: Changes, hold: float) -> None:
    """Energy, export, coverage, mean, minimum and maximum, against brute force."""
    seconds = by_the_second(given_changes, 0, LENGTH, hold)
    known = [value for value in seconds if value is not None]
    found = interval(given_changes, 0.0, float(LENGTH), hold)
    assert found.coverage == pytest.approx(len(known) / LENGTH)
    if not known:
        assert (found.energy_kwh, found.export_kwh, found.metrics) == (None, None, {})
        return
    stats = found.metrics["power"]
    assert found.energy_kwh == pytest.approx(sum(max(value, 0) for value in known) / 3.6e6)
    assert found.export_kwh == pytest.approx(sum(max(-value, 0) for value in known) / 3.6e6)
    assert stats.mean == pytest.approx(sum(known) / len(known))
    assert (stats.min, stats.max) == (min(known), max(known))


@given(changes, holds, st.integers(1, LENGTH - 1))
def test_cutting_an_interval_in_two_conserves_energy(
    given_changes: Changes, hold: float, cut: int
) -> None:
    """A border restarts nobody's clock."""
    whole = interval(given_changes, 0.0, float(LENGTH), hold)
    parts = [
        interval(given_changes, 0.0, float(cut), hold),
        interval(given_changes, float(cut), float(LENGTH), hold),
    ]
    assert sum(part.energy_kwh or 0 for part in parts) == pytest.approx(whole.energy_kwh or 0)
    assert sum(part.export_kwh or 0 for part in parts) == pytest.approx(whole.export_kwh or 0)
    assert sum(part.coverage * part.seconds for part in parts) == pytest.approx(
        whole.coverage * LENGTH
    )


@given(changes, holds)
def test_order_and_repetition_change_nothing(given_changes: Changes, hold: float) -> None:
    """Rows may come in any order and twice."""
    unique: Changes = list(dict(given_changes).items())
    mixed = (unique + unique[::2])[::-1]
    assert interval(mixed, 0.0, 600.0, hold) == interval(unique, 0.0, 600.0, hold)


def test_unknown_is_never_zero() -> None:
    """An unknown half leaves the other half's mean alone."""
    found = interval([(0.0, 100.0), (300.0, None)], 0.0, 600.0, UNLIMITED)
    assert (found.coverage, found.metrics["power"].mean) == (0.5, 100.0)
    assert found.metrics["power"].min == 100.0


def test_nothing_known_has_no_energy() -> None:
    """Not 0 kWh."""
    found = interval([], 0.0, 600.0, UNLIMITED)
    assert (found.energy_kwh, found.export_kwh, found.coverage) == (None, None, 0.0)


def test_a_change_speaks_for_the_hold_at_most() -> None:
    """And a repeated value starts anew."""
    assert interval([(-100.0, 5.0)], 0.0, 600.0, 250.0).coverage == 0.25
    assert interval([(-100.0, 5.0), (100.0, 5.0)], 0.0, 600.0, 250.0).coverage == 350 / 600


def test_each_metric_has_a_coverage_of_its_own() -> None:
    """The interval's is power's."""
    steps = {"power": Steps([(0.0, 1.0)]), "voltage": Steps([(300.0, 230.0)])}
    found = summarise(steps, 0.0, 600.0, {"power": UNLIMITED, "voltage": UNLIMITED})
    assert (found.coverage, found.metrics["voltage"].coverage) == (1.0, 0.5)


def test_the_value_at_an_instant() -> None:
    """In force from its change on, for the hold."""
    steps = Steps([(10.0, 1.0), (20.0, 2.0), (30.0, None)])
    values = [steps.value_at(at, 8.0) for at in (9.9, 10.0, 17.9, 18.0, 20.0, 30.0)]
    assert values == [None, 1.0, 1.0, None, 2.0, None]
