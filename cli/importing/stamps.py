"""Local times without an offset, made instants; in autumn an hour comes twice."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cli.importing.points import Moment


class Stamps:
    """Takes the moments of one file in its order.

    In the hour that comes twice, a time belongs to the second pass when in the first one it would
    come less than half a spacing after the point before it: also when the file was sorted by the
    texts of its times, which mixes the two. `backwards` is for a file with the latest point first.
    """

    def __init__(self, zone: ZoneInfo, spacing_s: float = 0.0, *, backwards: bool = False) -> None:
        self._zone = zone
        self._least_s = spacing_s / 2
        self._backwards = backwards
        self._reached: float | None = None  # the last point in the pass that comes first

    def instant(self, moment: Moment) -> float:
        """Return seconds since 1970 UTC."""
        if isinstance(moment, float):
            return moment
        early = moment.replace(tzinfo=self._zone).timestamp()
        late = moment.replace(tzinfo=self._zone, fold=1).timestamp()
        if late <= early:  # the usual case, and times that daylight saving skipped
            self._reached = early
            return early
        return self._of_two(late, early) if self._backwards else self._of_two(early, late)

    def _of_two(self, before: float, after: float) -> float:
        reached = self._reached
        if reached is not None:
            gone = reached - before if self._backwards else before - reached
            if gone < self._least_s or gone == 0:
                return after
        self._reached = before
        return before


def naive(moment: Moment) -> bool:
    """Say whether a moment needs a zone to become an instant."""
    return isinstance(moment, datetime)
