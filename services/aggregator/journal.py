"""The journal: every reading received, one append-only file a local day; the truth for its days."""

import heapq
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, takewhile
from operator import attrgetter
from pathlib import Path

from services.aggregator.dayfile import DayFile
from services.aggregator.resolve import preferred
from services.aggregator.scan import Scan, Span
from shared.atomic import disk_error, make_directory
from shared.errors import BadInput
from shared.reading import MAX_HEARTBEAT_S, Reading
from shared.times import Zone, days_between, parse_date

KEEP_JOURNAL_DAYS = 10
_SUFFIXES = (".jsonl", ".jsonl.gz")
_OPEN_FILES = 4  # today, the day before, and whatever is being imported
_ONE_DAY = timedelta(days=1)
_OTHER_ZONE = _ONE_DAY  # files written before the zone changed are named by its days
_DUST_S = 1e-3
_ONE_DAY_S = 86400.0
_LONGEST_REACH = timedelta(days=2)  # an interval of 26 hours may end two days later


class Journal:
    """The day files in `directory`; a reading lies in that of the local day of its timestamp."""

    def __init__(self, directory: Path, zone: Zone) -> None:
        self._directory = directory
        self._zone = zone
        self._files: dict[date, DayFile] = {}
        self._recent: deque[DayFile] = deque()  # only these may be open, the latest last
        self.corrupt: list[Path] = []  # files set aside since the last look

    def append(self, readings: Sequence[Reading]) -> None:
        """Put readings on stable storage, all or (raising Retryable) perhaps some of them."""
        if not self._directory.exists():
            make_directory(self._directory)
        ordered = sorted(readings, key=self._day)
        for day, group in groupby(ordered, key=self._day):
            self._keep_open(self._file(day)).append(list(group))

    def days(self) -> list[date]:
        """Return the days of which there is a file, oldest first; raises Retryable."""
        return _days_in(self._names())

    def has(self, day: date) -> bool:
        """Say whether there is a file of this day."""
        return any((self._directory / f"{day}{suffix}").exists() for suffix in _SUFFIXES)

    def file(self, day: date) -> DayFile:
        """Return the day's file, whether it exists or not."""
        return self._file(day)

    def readings(self, since: float, until: float) -> Iterator[Reading]:
        """Yield the readings with since <= time < until in order of time, each timestamp once."""
        # Merged, not chained: after a change of the zone days of two zones overlap.
        parts = [self._part(day, since, until) for day in self._days_of(since, until)]
        return _each_once(heapq.merge(*parts, key=attrgetter("time")))

    def last_time(self, until: float) -> float | None:
        """Return when the last reading before `until` was taken; None when there is none."""
        for day in reversed(self._days_of(0.0, until)):
            last = self._file(day).scan().last_time
            if last > until:
                last = max(
                    (one.time for one in self.readings(until - _ONE_DAY_S, until)), default=0.0
                )
            if last > 0:
                return last
        return None

    def reach(self, since: float, until: float) -> tuple[float, float]:
        """Return (until when to read, longest interval) so that nothing of [since, until) lacks.

        A reading later than `until` speaks of earlier time when its interval is long enough.
        """
        last = self._zone.day_of(until)
        later = days_between(last, last + _LONGEST_REACH)
        ahead = max(self._file(day).scan().longest_s for day in later)
        inside = [self._file(day).scan().longest_s for day in self._days_of(since, until)]
        return until + ahead + _DUST_S, max([ahead, *inside])

    def claimed(self, since: float, until: float) -> list[Span] | None:
        """Return the time claimed by intervals that may speak of [since, until), by start.

        None when that takes a look at each reading, because some hold or share a timestamp.
        """
        reach, _ = self.reach(since, until)
        spans: list[Span] = []
        for day in self._days_of(since - MAX_HEARTBEAT_S, reach):
            known = self._file(day).scan()
            of_file = known.spans()
            if of_file is None or not self._within(known, day):
                return None
            spans += of_file
        return sorted(spans)

    def close(self) -> None:
        """Give all file descriptors back."""
        for file in self._files.values():
            file.close()

    def _within(self, known: Scan, day: date) -> bool:
        """Say whether a file holds only its own day, so that no other has the same timestamps."""
        start, end = self._zone.day_start(day), self._zone.day_end(day)
        return start <= known.first_time and known.last_time < end

    def _day(self, reading: Reading) -> date:
        return self._zone.day_of(reading.time)

    def _part(self, day: date, since: float, until: float) -> Iterator[Reading]:
        return takewhile(lambda reading: reading.time < until, self._file(day).readings(since))

    def _days_of(self, since: float, until: float) -> list[date]:
        first = self._zone.day_of(max(since, 0.0)) - _OTHER_ZONE
        last = self._zone.day_of(until) + _OTHER_ZONE
        # Dates compare as text: of a year of files only those few are looked at that may matter.
        near = (name for name in self._names() if str(first) <= name < str(last + _ONE_DAY))
        return _days_in(near)

    def _names(self) -> list[str]:
        try:
            with os.scandir(self._directory) as entries:
                return [entry.name for entry in entries]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise disk_error(self._directory, error) from error

    def _file(self, day: date) -> DayFile:
        file = self._files.get(day)
        if file is None:
            path = self._directory / f"{day}{_SUFFIXES[0]}"
            file = self._files[day] = DayFile(path, self.corrupt)
        return file

    def _keep_open(self, file: DayFile) -> DayFile:
        """Let a file stay open after it was written to, and close the one that was not for longest.

        Only reading another day must not close it: opened anew it loses the room for lines to come,
        and laying that out again with each reading costs five times the flash.
        """
        if file in self._recent:
            self._recent.remove(file)
        elif len(self._recent) == _OPEN_FILES:
            self._recent.popleft().close()
        self._recent.append(file)
        return file


def _each_once(readings: Iterable[Reading]) -> Iterator[Reading]:
    """Choose between two readings of one timestamp that lie in the files of two zones' days."""
    waiting: Reading | None = None
    for reading in readings:
        if waiting and waiting.time == reading.time:
            waiting = preferred([waiting, reading])
            continue
        if waiting:
            yield waiting
        waiting = reading
    if waiting:
        yield waiting


def _days_in(names: Iterable[str]) -> list[date]:
    return sorted({day for name in names if (day := _day_in(name))})


def _day_in(name: str) -> date | None:
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            try:
                return parse_date(name.removesuffix(suffix))
            except BadInput:
                return None
    return None
