"""The house's history: journal, book and corrections, and what follows from them for any day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from services.aggregator.book import Book
from services.aggregator.consolidate import DayConsolidation
from services.aggregator.corrections import ReadingCorrection, corrected
from services.aggregator.cost import Costs
from services.aggregator.gaps import GapFinder
from services.aggregator.journal import KEEP_JOURNAL_DAYS, Journal
from services.aggregator.ledger import Ledger
from services.aggregator.merge import may_replace
from services.aggregator.meter import MeterReport
from services.aggregator.resolve import Resolver, by_start
from services.aggregator.scan import Span
from services.aggregator.units import Units
from shared.bucket import Bucket
from shared.reading import MAX_HEARTBEAT_S, MAX_INTERVAL_S, Reading
from shared.tariff import Tariff
from shared.times import Zone, days_between

_NEVER = float("-inf")
_REACH_S = float(MAX_INTERVAL_S)  # no reading speaks of time further away than this
_NEAR = timedelta(days=3)  # journals further away say nothing of a day


@dataclass(frozen=True, slots=True)
class ConsolidatedDay:
    """What follows from the journal for one finished day; `bucket` is None when nothing is known.

    `corrected` is when readings that speak of the day were last corrected, in seconds since 1970
    UTC.
    """

    bucket: Bucket | None
    hours: Sequence[Bucket]
    corrected: float | None = None
    reports: Sequence[MeterReport] = ()
    units: Units = field(default_factory=Units)

    def may_replace(self, old: Bucket | None) -> bool:
        """Say whether this may take the place of the book's bucket; a correction may empty it."""
        if self.bucket:
            return may_replace(old, self.bucket)
        return old is not None and self.corrected is not None and self.corrected >= old.standing[0]

    def may_replace_hours(self, old: Sequence[Bucket]) -> bool:
        """Say whether the hours may take the place of those there, when the bucket may not."""
        return _known(self.hours) >= _known(old)


def _known(hours: Iterable[Bucket]) -> float:
    return round(sum(hour.coverage or 0.0 for hour in hours), 4)


class History:
    """The durable truth below a state directory."""

    def __init__(self, state: Path, zone: Zone, tariff: Tariff | None = None) -> None:
        self.zone = zone
        self.costs = Costs(tariff, zone)
        self.journal = Journal(state / "journal", zone)
        self.book = Book(state / "book", zone)
        self.ledger = Ledger(state / "corrections.jsonl", zone)

    def readings(self, since: float, until: float) -> Iterator[Reading]:
        """Yield readings as corrected, with since <= time < until in order of time."""
        corrections = self.ledger.of_readings(since, until)
        for reading in self.journal.readings(since, until):
            yield corrected(reading, corrections) if corrections else reading

    def around(self, since: float, until: float) -> Iterator[Reading]:
        """Yield all readings that may speak of [since, until), in order of start."""
        reach, longest_s = self.journal.reach(since, until)
        return by_start(self.readings(since - MAX_HEARTBEAT_S, reach), longest_s)

    def consolidate(self, day: date) -> ConsolidatedDay:
        """Make a finished day from the journal, streaming; raises BadInput for a damaged file."""
        edges = self.zone.hour_edges(day)
        if len(edges) == 1:  # a date the calendar skipped
            return ConsolidatedDay(None, ())
        consolidation = DayConsolidation(edges, self.costs.cuts(day))
        units, made = Units(), _NEVER
        corrections = self.ledger.of_readings(edges[0] - _REACH_S, edges[-1] + _REACH_S)
        for reading in self.around(edges[0], edges[-1]):
            consolidation.push(reading)
            if reading.units:
                units.note(reading)
            if corrections and _speaks_of(reading, edges[0], edges[-1]):
                made = max(made, _last_made(reading, corrections))
        consolidation.finish(edges[-1])
        corrected_at = None if made == _NEVER else made
        bucket = consolidation.day(edges[-1], corrected_at)
        hours = consolidation.hours()
        return ConsolidatedDay(bucket, hours, corrected_at, consolidation.reports, units)

    def is_closed(self, day: date, now: float) -> bool:
        """Say whether the journal of a day is gone for good: only the book has it, for ever."""
        if self.journal.has(day):
            return False
        if self.ledger.of_day(day):
            return True
        bucket = self.book.get(day)
        old = day < self.zone.day_of(now) - timedelta(days=KEEP_JOURNAL_DAYS)
        return old and bucket is not None and bucket.coverage is not None

    def emptied(self, day: date, bucket: Bucket) -> float:
        """Return when a person last dropped all that a bucket of a day knows, or -inf.

        Of a day whose readings are here any correction counts: they left nothing of it.
        """
        start, end = self.zone.day_start(day), self.zone.day_end(day)
        found = [one for one in self.ledger.of_readings(start, end) if one.overlaps(start, end)]
        if not self.journal.has(day):
            found = [one for one in found if one.values is None]
            known_s = (1.0 if bucket.coverage is None else bucket.coverage) * (end - start)
            if _length(sorted(one.span() for one in found), start, end) < known_s - 1.0:
                return _NEVER
        return max((one.made for one in found), default=_NEVER)

    def gaps(self, since: float, until: float, *, exact: bool, now: float) -> list[Span]:
        """Return the time in [since, until) that a reading could still speak for, oldest first."""
        found: list[Span] = []
        journal = self.journal.days()
        for day in days_between(self.zone.day_of(since), self.zone.day_of(until)):
            start, end = self.zone.day_start(day), self.zone.day_end(day)
            start, end = max(start, since), min(end, until)
            if end <= start or self.is_closed(day, now):
                continue
            near = any(abs(day - there) <= _NEAR for there in journal)
            for gap in self._gaps_of_day(start, end, exact=exact) if near else [(start, end)]:
                if found and found[-1][1] == gap[0]:
                    found[-1] = found[-1][0], gap[1]
                else:
                    found.append(gap)
        return found

    def _gaps_of_day(self, since: float, until: float, *, exact: bool) -> list[Span]:
        finder = GapFinder(since, until, exact=exact)
        claimed = self.journal.claimed(since, until)
        if claimed is not None:
            for start, end in claimed:
                finder.claim(start, end)
            return finder.gaps()
        resolver = Resolver(finder.piece)
        for reading in self.around(since, until):
            if reading.start < until:
                resolver.push(reading)
        resolver.advance(until)
        return finder.gaps()

    def days_spoken_of(self, readings: Iterable[Reading]) -> set[date]:
        """Return the days that readings may change: those of their intervals and holds.

        Any reading may end the hold of the one before it, which lasts the longest heartbeat.
        """
        days = set()
        for reading in readings:
            first = day = self.zone.day_of(reading.start)
            last = self.zone.day_of(reading.time + MAX_HEARTBEAT_S)
            days.add(first)
            while day < last:
                day = self.zone.day_of(self.zone.day_end(day))
                days.add(day)
        return days


def _last_made(reading: Reading, corrections: Sequence[ReadingCorrection]) -> float:
    selecting = (correction for correction in corrections if correction.selects(reading.time))
    return max((correction.made for correction in selecting), default=_NEVER)


def _speaks_of(reading: Reading, start: float, end: float) -> bool:
    held_s = 0.0 if reading.interval else reading.heartbeat
    return reading.start < end and reading.time + held_s >= start


def _length(spans: Iterable[Span], start: float, end: float) -> float:
    """Return how many seconds of [start, end) spans cover, which come in order."""
    covered_s, frontier = 0.0, start
    for first, until in spans:
        covered_s += max(0.0, min(until, end) - max(first, frontier))
        frontier = max(frontier, until)
    return covered_s
