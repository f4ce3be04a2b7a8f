"""How far apart a file's points are, and which of them stand alone: means, not samples."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cli.importing.points import Point

ALONE_S = 45 * 60.0  # nobody samples so seldom; an hour's or a day's mean does stand so far apart


class Placed(NamedTuple):
    """A point, its instant, whether it stands alone, and when the one after it is."""

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
    behind: float | None = None  # distance to the point before the waiting one
    for point, time in points:
        if waiting is None or time == waiting[1]:
            waiting = point, time
            continue
        ahead = abs(time - waiting[1])
        yield Placed(*waiting, _alone(behind, ahead), time)
        waiting, behind = (point, time), ahead
    if waiting:
        yield Placed(*waiting, _alone(behind, None), None)


def _alone(behind: float | None, ahead: float | None) -> bool:
    return all(gap is None or gap >= ALONE_S for gap in (behind, ahead))
