"""Today: the bucket of the day so far, kept up as readings come."""

from collections.abc import Iterable
from datetime import date

from services.aggregator.consolidate import DayConsolidation
from services.aggregator.cost import Cuts
from shared.bucket import Bucket
from shared.reading import Reading
from shared.times import Zone


class Today:
    """The running consolidation of the current day.

    Readings that come in order are taken one by one; any other needs the day to be made anew from
    the journal, because consolidation is a sweep over time.
    """

    def __init__(self, day: date, zone: Zone, cuts: Cuts = ()) -> None:
        self.day = day
        edges = zone.hour_edges(day)
        self.start, self.end = edges[0], edges[-1]
        self._consolidation = DayConsolidation(edges, cuts)
        self._last = float("-inf")
        self.waiting: list[Reading] = []  # points that daily.json does not show yet
        self.units: dict[str, str] = {}  # of the day's own points, the latest
        self.empty = True  # until the day has a point of its own

    def fill(self, readings: Iterable[Reading]) -> None:
        """Take readings around the day in order of start, none of them as a new point."""
        for reading in readings:
            self._push(reading)

    def follows(self, reading: Reading) -> bool:
        """Say whether a reading comes after all that was taken, so that `take` can have it."""
        return reading.time > self._last and reading.start >= self._consolidation.frontier

    def take(self, reading: Reading) -> None:
        """Take the next reading as a new point of the day."""
        self._push(reading)
        if self.shows(reading):
            self.waiting.append(reading)

    def shows(self, reading: Reading) -> bool:
        """Say whether a reading is a point of this day; a dropped one is not."""
        return bool(reading.values) and self.start <= reading.time < self.end

    def bucket(self) -> Bucket | None:
        """Return the bucket of the day up to the last reading."""
        return self._consolidation.so_far(self._last) if self._last > self.start else None

    def _push(self, reading: Reading) -> None:
        self._consolidation.push(reading)
        self._last = max(self._last, reading.time)
        if self.shows(reading):
            self.empty = False
            self.units.update((name, unit) for name, unit in reading.units.items() if unit)
