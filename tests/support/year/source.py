"""What a house takes and gives, second by second, and its energy in whole numbers.

Fridge, kettles, a washing machine, a roof with clouds before it, and a base that never stands
still. Times are in milliseconds, powers in watts, all whole: an energy is exact.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import TypeVar

DAY_S = 86_400
MS = 1000
WATT_MS = 3_600_000_000  # of a kilowatt-hour

Change = tuple[int, int]  # from this millisecond on, so many watts
Row = TypeVar("Row", bound=tuple[int, int | None])
Piece = tuple[int, int, int]  # from, until, watts
Weight = Callable[[int], int]


class Energy:
    """The energy of known pieces, in order and disjoint: what lies between them is unknown."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = [piece for piece in pieces if piece[1] > piece[0]]
        self._starts = [start for start, _, _ in self._pieces]
        self._known = _sums(end - start for start, end, _ in self._pieces)
        self._import = _sums((end - start) * _taken(w) for start, end, w in self._pieces)
        self._export = _sums((end - start) * _given(w) for start, end, w in self._pieces)

    def known_s(self, start: float, end: float) -> float:
        """Return how many seconds of a span are known."""
        return self._between(self._known, start, end, _any) / MS

    def kwh(self, start: float, end: float) -> float:
        """Return what was taken in a span."""
        return self._between(self._import, start, end, _taken) / WATT_MS

    def export_kwh(self, start: float, end: float) -> float:
        """Return what was given in a span."""
        return self._between(self._export, start, end, _given) / WATT_MS

    def _between(self, sums: Sequence[int], start: float, end: float, weight: Weight) -> int:
        return self._until(sums, end, weight) - self._until(sums, start, weight)

    def _until(self, sums: Sequence[int], instant: float, weight: Weight) -> int:
        at = round(instant * MS)
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return 0
        start, end, watts = self._pieces[index]
        return sums[index] + (min(at, end) - start) * weight(watts)


def _any(_watts: int) -> int:
    return 1


def _taken(watts: int) -> int:
    return max(watts, 0)


def _given(watts: int) -> int:
    return max(-watts, 0)


def _sums(parts: Iterable[int]) -> list[int]:
    return list(accumulate(parts, initial=0))


def pieces(changes: Sequence[Change], end_s: float) -> Iterator[Piece]:
    """Return what each change says until the next one."""
    for (start, watts), (until, _) in pairwise([*changes, (round(end_s * MS), 0)]):
        yield start, until, watts


def value_at(changes: Sequence[Change], at: int) -> int:
    """Return the power in force at a millisecond."""
    return changes[max(bisect_right(changes, (at, 1 << 40)) - 1, 0)][1]


def house(seed: int, start_s: float, end_s: float) -> list[Change]:
    """Return every change of the power from one instant to another; a day is always the same."""
    steps: list[Change] = []
    day = start_s // DAY_S * DAY_S
    while day < end_s:
        steps += _day(Random(f"{seed} {day:.0f}"), round(day * MS))
        day += DAY_S
    steps.sort()
    watts = accumulate(step for _, step in steps)
    found = {at: total for (at, _), total in zip(steps, watts, strict=True)}
    start, end = round(start_s * MS), round(end_s * MS)
    changes = list(found.items())
    within = [change for change in changes if start < change[0] < end]
    return unlike([(start, value_at(changes, start)), *within])


def unlike(rows: Sequence[Row]) -> list[Row]:
    """Leave out what says the same as the row before it, as Home Assistant does."""
    return [row for number, row in enumerate(rows) if not number or row[1] != rows[number - 1][1]]


def _day(chance: Random, start: int) -> Iterator[Change]:
    """Yield changes by how much: at its end a day leaves nothing behind."""
    yield from _levels(start, DAY_S, _base(chance))
    yield from _levels(start, DAY_S, _fridge(chance))
    yield from _levels(start, DAY_S, _roof(chance))
    for _ in range(chance.randint(4, 10)):
        begin = start + chance.randrange(6 * 3600, 22 * 3600) * MS + chance.randrange(MS)
        yield from ((begin, 2100), (begin + chance.randrange(110_000, 250_000), -2100))
    if chance.random() < 0.4:
        begin = start + chance.randrange(8 * 3600, 18 * 3600) * MS
        yield from ((begin, 2000), (begin + 1_080_000, -2000))


def _levels(start: int, end_s: int, levels: Iterable[tuple[int, int]]) -> Iterator[Change]:
    last = 0
    for at_ms, watts in levels:
        if at_ms < end_s * MS:
            yield start + at_ms, watts - last
            last = watts
    yield start + end_s * MS, -last


def _base(chance: Random) -> Iterator[tuple[int, int]]:
    at = 0
    while at < DAY_S * MS:
        yield at, chance.randint(90, 420)
        at += chance.randrange(60_000, 600_000)


def _fridge(chance: Random) -> Iterator[tuple[int, int]]:
    at, runs = chance.randrange(1_500_000), True
    while at < DAY_S * MS:
        yield at, 95 if runs else 0
        at, runs = at + chance.randrange(1_000_000, 1_700_000), not runs


def _roof(chance: Random) -> Iterator[tuple[int, int]]:
    at, peak = 6 * 3600 * MS, chance.choice((300, 900, 2500, 4000))
    while at < 18 * 3600 * MS:
        sun = math.sin((at / MS - 6 * 3600) / (12 * 3600) * math.pi)
        yield at, -round(peak * sun * chance.uniform(0.3, 1))
        at += chance.randrange(90_000, 500_000)
    yield 18 * 3600 * MS, 0
