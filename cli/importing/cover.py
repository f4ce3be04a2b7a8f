"""Which time samples speak of, so that a mean over the same time does not speak against them."""

from array import array
from bisect import bisect_left

_TOGETHER_S = 45 * 60.0
_SHORTEST_S = 60.0

Span = tuple[float, float]


class Cover:
    """Runs of time that finer points speak of; note all of them, then ask."""

    def __init__(self) -> None:
        self._starts = array("d")
        self._ends = array("d")
        self._sealed = True

    def note(self, start: float, end: float) -> None:
        """Take a stretch of time; what follows closely becomes one run with what was before."""
        if self._ends and self._starts[-1] <= start <= self._ends[-1] + _TOGETHER_S:
            self._ends[-1] = max(self._ends[-1], end)
        else:
            self._starts.append(start)
            self._ends.append(end)
        self._sealed = False

    def left_of(self, start: float, end: float) -> list[Span]:
        """Return what is before and after all that finer points say of [start, end).

        The time between them is theirs, gaps included: a mean was made of those very points.
        """
        self._seal()
        first = bisect_left(self._ends, start)
        while first < len(self._ends) and self._ends[first] <= start:
            first += 1
        last = bisect_left(self._starts, end) - 1
        if first > last:
            return [(start, end)]
        sides = [(start, self._starts[first]), (self._ends[last], end)]
        return [(begin, until) for begin, until in sides if until - begin >= _SHORTEST_S]

    def _seal(self) -> None:
        if self._sealed:
            return
        merged = Cover()
        for start, end in sorted(zip(self._starts, self._ends, strict=True)):
            merged.note(start, end)
        self._starts, self._ends = merged._starts, merged._ends
        self._sealed = True
