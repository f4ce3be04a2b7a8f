"""The house's history: journal, book and corrections, and what follows from them for any day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from services.aggregator.book import Book
from services.aggregator.consolidate import DayConsolidation
from services.aggregator.corrections import corrected
from services.aggregator.gaps import GapFinder
from services.aggregator.journal import Journal
from services.aggregator.ledger import Ledger
from services.aggregator.merge import may_replace
from services.aggregator.meter import MeterReport
from services.aggregator.resolve import Resolver, by_start
from shared.bucket import Bucket
from shared.reading import MAX_HEARTBEAT_S, Reading
from shared.times import Zone

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ConsolidatedDay:
    """What follows from the journal for one finished day; `bucket` is None when nothing is known.

    `corrected` is when readings of the day were last corrected, in seconds since 1970 UTC.
    """

    bucket: Bucket | None
    hours: Sequence[Bucket]
    corrected: float | None = None
    reports: Sequence[MeterReport] = ()

    def may_replace(self, old: Bucket | None) -> bool:
        """Say whether this may take the place of the book's bucket; a correction may empty it."""
        if self.bucket:
            return may_replace(old, self.bucket)
        return old is not None and (self.corrected or 0.0) > (old.corrected or 0.0)


class History:
    """The durable truth below a state directory."""

    def __init__(self, state: Path, zone: Zone) -> None:
        self.zone = zone
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
        consolidation = DayConsolidation(edges)
        for reading in self.around(edges[0], edges[-1]):
            consolidation.push(reading)
        consolidation.finish(edges[-1])
        corrected_at = self._corrected_at(edges[0], edges[-1])
        bucket = consolidation.day(edges[-1], corrected_at)
        return ConsolidatedDay(bucket, consolidation.hours(), corrected_at, consolidation.reports)

    def gaps(self, since: float, until: float, *, exact: bool) -> list[Span]:
        """Return the time in [since, until) that no reading speaks for, oldest first."""
        found: list[Span] = []
        day = self.zone.day_of(since)
        while since < until:
            end = min(self.zone.day_end(day), until)
            for gap in self._gaps_of_day(since, end, exact=exact):
                if found and found[-1][1] == gap[0]:
                    found[-1] = found[-1][0], gap[1]
                else:
                    found.append(gap)
            since, day = end, day + timedelta(days=1)
        return found

    def _gaps_of_day(self, since: float, until: float, *, exact: bool) -> list[Span]:
        finder = GapFinder(since, until, exact=exact)
        resolver = Resolver(finder.piece)
        for reading in self.around(since, until):
            if reading.start < until:
                resolver.push(reading)
        resolver.advance(until)
        return finder.gaps()

    def days_spoken_of(self, readings: Iterable[Reading]) -> set[date]:
        """Return the days that readings may change: those of their intervals and holds."""
        days = set()
        for reading in readings:
            first = day = self.zone.day_of(reading.start)
            last = self.zone.day_of(reading.time + reading.heartbeat)
            days.add(first)
            while day < last:
                day = self.zone.day_of(self.zone.day_end(day))
                days.add(day)
        return days

    def _corrected_at(self, since: float, until: float) -> float | None:
        return max(
            (correction.made for correction in self.ledger.of_readings(since, until)), default=None
        )
