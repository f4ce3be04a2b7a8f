"""From changes to what happened between two instants: a value holds until the next change."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple

from shared.reading import POWER, Interval, Stats

_JOULES_PER_KILOWATT_HOUR = 3.6e6
UNLIMITED = math.inf


class Piece(NamedTuple):
    """A stretch `[start, end)` in which a value held."""

    start: float
    end: float
    value: float

    @property
    def seconds(self) -> float:
        """How long it held."""
        return self.end - self.start


class Steps:
    """A step function of changes `(instant, value)`, in any order; None is unknown.

    Of two changes at one instant the later given counts. Wherever `hold` is asked for, it is the
    longest time, in seconds, that a change may speak for.
    """

    def __init__(self, changes: Iterable[tuple[float, float | None]]) -> None:
        ordered = sorted(changes, key=itemgetter(0))
        self._times = [at for at, _ in ordered]
        self._values = [value for _, value in ordered]

    def pieces(self, start: float, end: float, hold: float) -> Iterator[Piece]:
        """Return the known stretches within `[start, end)`, in order."""
        index = max(bisect_right(self._times, start) - 1, 0)
        for position in range(index, len(self._times)):
            at, value = self._times[position], self._values[position]
            if at >= end:
                return
            following = self._times[position + 1] if position + 1 < len(self._times) else end
            piece_start, piece_end = max(at, start), min(following, end, at + hold)
            if value is not None and piece_start < piece_end:
                yield Piece(piece_start, piece_end, value)

    def value_at(self, instant: float, hold: float) -> float | None:
        """Return the value in force at an instant."""
        index = bisect_right(self._times, instant) - 1
        if index < 0 or instant >= self._times[index] + hold:
            return None
        return self._values[index]


def summarise(
    steps: Mapping[str, Steps], start: float, end: float, holds: Mapping[str, float]
) -> Interval:
    """Return what each metric did in `[start, end)`; a metric never known is left out."""
    seconds = end - start
    pieces = {
        name: list(function.pieces(start, end, holds[name])) for name, function in steps.items()
    }
    metrics = {name: _stats(known, seconds) for name, known in pieces.items() if known}
    if POWER not in metrics:
        return Interval(seconds, 0.0, None, None, metrics)
    return Interval(
        seconds,
        metrics[POWER].coverage,
        _energy_kwh(pieces[POWER], 1),
        _energy_kwh(pieces[POWER], -1),
        metrics,
    )


def _stats(pieces: list[Piece], seconds: float) -> Stats:
    known = math.fsum(piece.seconds for piece in pieces)
    low = min(piece.value for piece in pieces)
    high = max(piece.value for piece in pieces)
    mean = math.fsum(piece.value * piece.seconds for piece in pieces) / known
    return Stats(min(max(mean, low), high), low, high, min(1.0, known / seconds))


def _energy_kwh(pieces: list[Piece], sign: int) -> float:
    """Integrate what flows in one direction only: import must not cancel export."""
    joules = math.fsum(max(sign * piece.value, 0.0) * piece.seconds for piece in pieces)
    return joules / _JOULES_PER_KILOWATT_HOUR
