"""Sums and differences of step functions: exact, because parts are added while all of them hold."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.collector.history import Piece, Steps
from shared.units import tidy

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Composite:
    """A metric made of others, each counted with its sign; outside its bounds it is unknown."""

    name: str
    parts: tuple[str, ...]
    signs: tuple[int, ...]
    low: float = -math.inf
    high: float = math.inf

    def total(self, values: Sequence[float | None]) -> float | None:
        """Return the value that parts make together, None when one of them is unknown."""
        known = [value for value in values if value is not None]
        if len(known) < len(self.parts):
            return None
        total = math.fsum(sign * value for sign, value in zip(self.signs, known, strict=True))
        # Parts have six digits after the point at most: what lies beyond is the float's dust.
        return tidy(round(total, _DIGITS)) if self.low <= total <= self.high else None

    def combine(self, parts: Sequence[tuple[Steps, float]], start: float, end: float) -> Steps:
        """Return what parts, each with how long it may hold, make within `[start, end)`.

        The least and greatest of a sum are not those of its parts added: oven and kettle peak at
        different times. So it is the changes that are added, and summarised like any others.
        """
        tracks = [_Track(list(steps.pieces(start, end, hold))) for steps, hold in parts]
        edges = sorted({edge for track in tracks for edge in track.edges()} | {start, end})
        return Steps((edge, self.total([track.at(edge) for track in tracks])) for edge in edges)


class _Track:
    """The known pieces of a part, asked about instants in rising order."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces
        self._index = 0

    def edges(self) -> set[float]:
        """Return every instant at which something changes."""
        return {edge for piece in self._pieces for edge in (piece.start, piece.end)}

    def at(self, instant: float) -> float | None:
        """Return the value from an instant on."""
        while self._index < len(self._pieces) and self._pieces[self._index].end <= instant:
            self._index += 1
        if self._index == len(self._pieces) or instant < self._pieces[self._index].start:
            return None
        return self._pieces[self._index].value
