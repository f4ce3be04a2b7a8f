"""Which reading speaks for an instant, case by case; for arbitrary readings see the oracle."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from support.aggregation import span, spot

from services.aggregator.resolve import Resolver, by_start, preferred
from shared.reading import Reading
from shared.times import Zone

ZONE = Zone("UTC")
HOUR_S = 3600.0


def at(minute: float) -> float:
    return 1795132800.0 + 60 * minute


def held(minute: float, power: float | None = 1, *, for_minutes: float = 25) -> Reading:
    return spot(at(minute), power, heartbeat=60 * for_minutes)


def over(start: float, end: float, power: float | None = 1, *, coverage: float = 1.0) -> Reading:
    return span(ZONE, at(end), 60 * (end - start), power, coverage=coverage)


def resolved(
    *readings: Reading, since: float = 0.0, until: float = 300
) -> list[tuple[float, float, Reading]]:
    """Return (from, to, reading) in minutes, stretches of one reading joined."""
    pieces: list[tuple[float, float, Reading]] = []

    def emit(start: float, end: float, reading: Reading) -> None:
        start, end = (start - at(0)) / 60, (end - at(0)) / 60
        if pieces and pieces[-1][1] == start and pieces[-1][2] is reading:
            start = pieces.pop()[0]
        pieces.append((start, end, reading))

    resolver = Resolver(emit)
    resolver.frontier = at(since) if since else 0.0
    in_time = sorted(readings, key=lambda reading: reading.time)
    for reading in by_start(in_time, 26 * HOUR_S):
        resolver.push(reading)
    resolver.advance(at(until))
    return pieces


def test_a_value_holds_until_the_next_reading_or_for_the_heartbeat() -> None:
    first, second = held(0), held(10)
    assert resolved(first, second) == [(0, 10, first), (10, 35, second)]


def test_the_next_reading_ends_a_hold_even_where_it_does_not_speak() -> None:
    """An interval speaks for nothing after it, and of what was before it the value is old."""
    first, interval = held(0), over(5, 10)
    assert resolved(first, interval) == [(0, 5, first), (5, 10, interval)]


def test_an_interval_wins_over_a_held_value_even_with_no_coverage() -> None:
    first, unknown, last = held(0), over(5, 10, None), held(10)
    assert resolved(first, unknown, last) == [(0, 5, first), (5, 10, unknown), (10, 35, last)]


def test_a_reading_within_an_interval_holds_no_longer_than_to_its_end() -> None:
    inner, interval = held(5), over(0, 10)
    assert resolved(inner, interval) == [(0, 10, interval)]


@pytest.mark.parametrize("since", [0, 12, 20])
def test_a_hold_that_ended_before_the_day_does_not_come_back_in_it(since: float) -> None:
    """The interval around the value ended before the day began."""
    interval, inner = over(1, 10), held(5)
    assert [piece for piece in resolved(inner, interval, since=since) if piece[0] >= 10] == []


def test_a_hold_from_before_the_day_goes_on_in_it() -> None:
    first = held(0)
    assert resolved(over(-10, -5), first, since=20) == [(20, 25, first)]


def test_greater_coverage_then_shorter_then_later() -> None:
    half, long, short, later = (
        over(0, 10, 1, coverage=0.5),
        over(0, 60),
        over(20, 40),
        over(30, 50),
    )
    assert resolved(half, long) == [(0, 60, long)]
    assert resolved(long, short) == [(0, 20, long), (20, 40, short), (40, 60, long)]
    assert resolved(short, later) == [(20, 30, short), (30, 50, later)]
    full = over(0, 10)
    wide = over(-5, 15, 1, coverage=0.5)
    assert resolved(full, wide) == [(-5, 0, wide), (0, 10, full), (10, 15, wide)]


def test_looking_ahead_from_a_copy_changes_nothing() -> None:
    seen: list[float] = []
    resolver = Resolver(lambda start, end, _: seen.append(end - start))
    resolver.push(held(0))
    resolver.copy(lambda *_: None).advance(at(60))
    resolver.push(held(10))
    resolver.advance(at(60))
    assert seen == [600, 1500]


# Of two readings with one timestamp

RANKING: Sequence[Reading] = (
    replace(held(10), values={"power": 9}),
    replace(held(10), values={"power": 1, "voltage": 1}),  # more metrics known
    replace(over(0, 10, coverage=0.5), values={"power": 9, "voltage": 9, "gas": 9}),
    over(0, 10, 1),  # greater coverage
    over(0, 10, 2),  # greater canonical JSON
)


def test_the_preferred_one_does_not_depend_on_the_order() -> None:
    for number in range(1, len(RANKING) + 1):
        for order in permutations(RANKING[:number]):
            assert preferred(order) is RANKING[number - 1]


def test_unknown_metrics_do_not_count() -> None:
    fuller = replace(held(10), values={"power": 1, "voltage": 2})
    nulls = replace(held(10), values={"power": 9, "a": None, "b": None})
    assert preferred([fuller, nulls]) is fuller


def test_readings_are_put_in_order_of_start_and_held_back_no_longer_than_needed() -> None:
    readings = [held(0), over(0, 10), over(-30, 20), held(25), held(60), over(50, 70)]
    ordered = list(by_start(readings, 50 * 60))
    assert [reading.start for reading in ordered] == sorted(r.start for r in readings)
    pulled: list[Reading] = []

    def source() -> Iterator[Reading]:
        for reading in readings:
            pulled.append(reading)
            yield reading

    stream = by_start(source(), 50 * 60)
    next(stream)
    assert len(pulled) < len(readings)
