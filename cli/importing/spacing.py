"""How far apart a file's points are, and which of them stand alone: means, not samples."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cli.importing.points import Point

ALONE_S = 45 * 60.0  # nobody samples so seldom; an hour's or a day's mean does stand so far apart


class Placed(NamedTuple):
    """A point, its instant, whether it stands alone, and when the later one beside it is."""

    point: Point
    time: float
    alone: bool
    following: float | None


class Spacings:
    """Distances between neighbours, of which the median is asked."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def note(self, seconds: float) -> None:
        """Take a distance."""
        whole = round(abs(seconds))
        if whole:
            self._counts[whole] += 1

    def median(self) -> float | None:
        """Return the median in seconds; None when there was no distance."""
        half = (self._counts.total() + 1) // 2
        for seconds, count in sorted(self._counts.items()):
            half -= count
            if half <= 0:
                return float(seconds)
        return None


def place(points: Iterable[tuple[Point, float]]) -> Iterator[Placed]:
    """Look at each point's neighbours in the file; of points with one time the last is taken."""
    waiting: tuple[Point, float] | None = None
    before: float | None = None
    for point, time in points:
        if waiting and time != waiting[1]:
            yield _placed(*waiting, before, time)
            before = waiting[1]
        waiting = point, time
    if waiting:
        yield _placed(*waiting, before, None)


def _placed(point: Point, time: float, *neighbours: float | None) -> Placed:
    """Place a point between its neighbours, of which either may be the later one."""
    beside = [neighbour for neighbour in neighbours if neighbour is not None]
    alone = all(abs(neighbour - time) >= ALONE_S for neighbour in beside)
    later = [neighbour for neighbour in beside if neighbour > time]
    return Placed(point, time, alone, min(later, default=None))
