"""Rollups: finished days into the book, and the book into weekly, monthly and yearly."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from services.aggregator.book import named_day
from services.aggregator.dirty import DirtyDays
from services.aggregator.history import ConsolidatedDay, History
from services.aggregator.tierfile import TierFile
from services.aggregator.tiers import MONTHLY, ROLLED_UP, WEEKLY, YEARLY, Tier
from shared.bucket import Bucket
from shared.documents import Document
from shared.errors import BadInput
from shared.messages import FileUpdated

Announce = Callable[[FileUpdated], None]
Complain = Callable[[str], None]


class Rollups:
    """Makes the tier files a function of journal, book, corrections and now.

    Each `run` is idempotent and catches up: every finished day that is dirty is made, then every
    file that should be there by `now` is written, if a point of it changed.
    """

    def __init__(
        self, history: History, dirty: DirtyDays, data: Path, announce: Announce, complain: Complain
    ) -> None:
        self._history = history
        self._dirty = dirty
        self._announce = announce
        self._complain = complain
        self._files = {tier.name: TierFile(data, tier, history.zone) for tier in ROLLED_UP}
        self._written: dict[str, date] = {}  # tier -> the "today" of which its file is
        self.units: dict[str, str] = {}
        self.points: dict[str, int] = {}

    def start(self) -> None:
        """Take units and lost days from the files of last time, and see what must be remade.

        The files are copies of the book: where a year of the book is missing or damaged, they
        bring its days back.
        """
        documents = {name: file.load() for name, file in self._files.items()}
        for document in documents.values():
            self.units.update(document.units if document else {})
        self._restore_book(documents)
        weekly = documents[WEEKLY.name]
        zones = {document.timezone for document in documents.values() if document}
        damaged = [
            *self._history.book.corrupt,
            *(p for f in self._files.values() for p in f.corrupt),
        ]
        for path in damaged:
            self._complain(f"a damaged file was set aside as {path} and made anew")
        other_zone = zones != {self._history.zone.name}
        if weekly is None or other_zone or damaged or self._dirty.corrupt:
            self.mark_journal()

    def mark_journal(self) -> None:
        """Mark every day of the journal as dirty: all that can be made will be made anew."""
        self._dirty.add(self._history.journal.days())

    def forget_written(self) -> None:
        """Make the next run look at every file again."""
        self._written.clear()

    def pending(self, now: float) -> bool:
        """Say whether a file is due."""
        zone = self._history.zone
        return any(self._written.get(tier.name) != tier.day(zone, now) for tier in ROLLED_UP)

    def late(self, now: float) -> bool:
        """Say whether a finished day is dirty that was made before."""
        return bool(self._dirty.before(WEEKLY.day(self._history.zone, now)))

    def run(
        self, now: float, *, reason: str = "rollup", tiers: Iterable[Tier] = ROLLED_UP
    ) -> dict[str, int]:
        """Make dirty days, then write files; return the points of each; raises Retryable."""
        zone = self._history.zone
        days = self._dirty.before(WEEKLY.day(zone, now))
        hours = self._make_days(days, set(WEEKLY.window(WEEKLY.day(zone, now))))
        for tier in ROLLED_UP:
            if tier in tiers or days:
                self._write(tier, tier.day(zone, now), hours, now, reason)
        self._dirty.discard(days)
        return {tier.name: self.points[tier.name] for tier in tiers}

    def _make_days(self, days: Sequence[date], hourly: set[date]) -> "_Hours":
        """Consolidate days into the book; return the hours of those in `hourly`."""
        hours = _Hours({}, {})
        changes: dict[date, Bucket | None] = {}
        for day in days:
            made = self._make_day(day)
            fixed = self._history.ledger.of_day(day)
            if made is None or (fixed and fixed.bucket is None):
                continue
            replaces = made.may_replace(self._history.book.get(day))
            if replaces:
                changes[day] = made.bucket
            if day in hourly:
                (hours.better if replaces else hours.otherwise)[day] = made.hours
        self._history.book.update(changes, self.units)
        return hours

    def _make_day(self, day: date) -> ConsolidatedDay | None:
        try:
            made = self._history.consolidate(day)
        except BadInput as error:
            aside = self._history.journal.file(day).set_aside()
            self._complain(f"{error}; set aside as {aside.name}, the book keeps what it had")
            return None
        for report in made.reports:
            if report.glitches or report.resets or abs(report.bridged_kwh) > 0.01:  # noqa: PLR2004
                self._complain(
                    f"{day}: the meter had {report.resets} resets, {report.glitches} glitches; "
                    f"{report.bridged_kwh:.3f} kWh over gaps are not booked"
                )
        return made

    def _write(
        self,
        tier: Tier,
        today: date,
        hours: "_Hours",
        now: float,
        reason: str,
    ) -> None:
        window = tier.window(today)
        if tier.hourly:
            buckets = self._hours(tier, window, hours)
        else:
            buckets = self._history.book.buckets(window)
        file = self._files[tier.name]
        update = file.publish(buckets, self.units, now=now, reason=reason)
        self.points[tier.name] = len(buckets)
        self._written[tier.name] = today
        if update:
            self._announce(update)

    def _hours(self, tier: Tier, window: list[date], made: "_Hours") -> list[Bucket]:
        """Return a window's hours: days just made, and those the file has of the others."""
        there = self._files[tier.name].load()
        kept: dict[date, Sequence[Bucket]] = {}
        for day, hours in groupby(there.buckets if there else (), self._day_of):
            kept[day] = list(hours)
        chosen = {**made.otherwise, **kept, **made.better}
        return [bucket for day in window for bucket in chosen.get(day, ())]

    def _day_of(self, bucket: Bucket) -> date:
        return self._history.zone.day_of(bucket.time)

    def _restore_book(self, documents: Mapping[str, Document | None]) -> None:
        lost: dict[date, Bucket | None] = {}
        for tier in (YEARLY, MONTHLY):
            document = documents[tier.name]
            for bucket in document.buckets if document else ():
                day = named_day(self._history.zone, bucket)
                if self._history.book.get(day) is None and not self._history.ledger.of_day(day):
                    lost[day] = bucket
        self._history.book.update(lost, self.units)


@dataclass(frozen=True, slots=True)
class _Hours:
    """Hours made by day: those better than what the file has, and those to use for want of any."""

    better: dict[date, Sequence[Bucket]]
    otherwise: dict[date, Sequence[Bucket]]
