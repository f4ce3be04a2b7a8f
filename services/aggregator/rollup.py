"""Rollups: finished days into the book, and the book into weekly, monthly and yearly."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from services.aggregator.dirty import DirtyDays
from services.aggregator.history import ConsolidatedDay, History
from services.aggregator.imprint import Imprint
from services.aggregator.journal import KEEP_JOURNAL_DAYS
from services.aggregator.tierfile import TierFile
from services.aggregator.tiers import EARLIER, MONTHLY, ROLLED_UP, WEEKLY, YEARLY, Tier
from services.aggregator.units import Units
from shared.bucket import Bucket, named_day
from shared.documents import Document
from shared.messages import FileUpdated

Announce = Callable[[FileUpdated], None]
Complain = Callable[[str], None]
_HoursOf = dict[date, Sequence[Bucket]]


class Rollups:
    """Makes the tier files a function of journal, book, corrections and now.

    Each `run` is idempotent and catches up: every finished day that is dirty is made, then every
    file that should be there by `now` is written, if a point of it changed.
    """

    def __init__(
        self,
        history: History,
        dirty: DirtyDays,
        data: Path,
        *,
        hours: Imprint,
        announce: Announce,
        complain: Complain,
        remark: Complain,
    ) -> None:
        self._history = history
        self._dirty = dirty
        self._announce = announce
        self._complain = complain
        self._remark = remark
        tiers = (*ROLLED_UP, EARLIER)
        self._files = {
            # Its hours are nowhere else; the others are copies of the book, and compared with it.
            tier.name: TierFile(data, tier, history.zone, hours if tier.hourly else None)
            for tier in tiers
        }
        self._written: dict[str, date] = {}  # tier -> the "today" of which its file is
        self.units = Units()
        self.points: dict[str, int] = {}

    def start(self) -> None:
        """Take units and lost days from the files of last time, and see what must be remade.

        The files are copies of the book: where a year of the book is missing or damaged, they
        bring its days back.
        """
        documents = self._documents()
        for document in documents.values():
            self.units.add(document.units if document else {})
        self._check_book(documents)
        self.replay()
        zones = {document.timezone for document in documents.values() if document}
        other_zone = zones != {self._history.zone.name}
        if self._report_damage() or other_zone:
            self.mark_journal()
        self._mark_uncut(documents[WEEKLY.name])

    def check(self) -> None:
        """Look at the book on the disk, as at the start; raises Retryable."""
        self._check_book(self._documents())

    def replay(self) -> None:
        """Let the book show every day as a person last corrected it."""
        changes: dict[date, Bucket | None] = {}
        for day, correction in self._history.ledger.of_days().items():
            there, said = self._history.book.get(day), correction.bucket
            newer = there is not None and there.standing[0] > correction.made
            if there != said and not newer:
                changes[day] = said
        self._history.book.update(changes, self.units.table())

    def mark_journal(self) -> None:
        """Mark every day of the journal as dirty: all that can be made will be made anew.

        The day before each too: the reading of 00:00 still speaks of it.
        """
        days = self._history.journal.days()
        self._dirty.add([*days, *(day - timedelta(days=1) for day in days)])

    def _mark_uncut(self, weekly: Document | None) -> None:
        """Mark days whose cost only their readings can tell, now that the tariff is another."""
        costs, book = self._history.costs, self._history.book
        if costs.currency is None:
            return
        journal = set(self._history.journal.days())
        found = {day for day in journal if (bucket := book.get(day)) and costs.lacks_day(bucket)}
        hours = weekly.buckets if weekly else ()
        found |= {self._day_of(hour) for hour in hours if costs.lacks_hour(hour)} & journal
        self._dirty.add(found)

    def forget_written(self) -> None:
        """Make the next run look at every file again."""
        self._written.clear()

    def pending(self, now: float) -> bool:
        """Say whether a file is due."""
        zone = self._history.zone
        return any(self._written.get(tier.name) != tier.day(zone, now) for tier in ROLLED_UP)

    def settled(self, day: date) -> bool:
        """Say whether all before a day was made, so that the book has it."""
        return self._written.get(WEEKLY.name) == day

    def late(self, now: float) -> bool:
        """Say whether a finished day is dirty that was made before."""
        return bool(self._dirty.before(WEEKLY.day(self._history.zone, now)))

    def run(
        self, now: float, *, reason: str = "rollup", tiers: Iterable[Tier] = ROLLED_UP
    ) -> dict[str, int]:
        """Make dirty days, then write files; return the points of each; raises Retryable."""
        zone = self._history.zone
        hours = self._kept_hours()
        today = WEEKLY.day(zone, now)
        window = WEEKLY.window(today)
        days = sorted({*self._dirty.before(today), *self._without_hours(window, hours)})
        self._make_days(days, set(window), hours)
        for tier in ROLLED_UP:
            if tier in tiers or days:
                update = self._write(tier, tier.day(zone, now), hours, now, reason)
                if update:
                    self._announce(update)
                if tier is YEARLY:
                    self._write(EARLIER, tier.day(zone, now), hours, now, reason)
        self._dirty.discard(days)
        self._pack(days, zone.day_of(now) - timedelta(days=KEEP_JOURNAL_DAYS))
        self.notice_damage()
        return {tier.name: self.points[tier.name] for tier in tiers}

    def notice_damage(self) -> None:
        """Tell of what was set aside, and have everything made anew by the next run."""
        if self._report_damage():
            self.mark_journal()
            self.forget_written()

    def _make_days(self, days: Sequence[date], hourly: set[date], hours: _HoursOf) -> None:
        """Consolidate days into the book, and those in `hourly` into `hours`."""
        changes: dict[date, Bucket | None] = {}
        for day in days:
            fixed = self._history.ledger.of_day(day)
            if fixed and fixed.bucket is None:
                continue
            made = self._make_day(day)
            replaces = made.may_replace(self._history.book.get(day))
            if replaces:
                changes[day] = made.bucket
            if day in hourly and (replaces or made.may_replace_hours(hours.get(day, ()))):
                hours[day] = made.hours
        self._history.book.update(changes, self.units.table())

    def _make_day(self, day: date) -> ConsolidatedDay:
        made = self._history.consolidate(day)
        self.units.merge(made.units)
        for report in made.reports:
            if report.glitches or report.resets or abs(report.bridged_kwh) > 0.01:  # noqa: PLR2004
                self._remark(
                    f"{day}: the meter had {report.resets} resets, {report.glitches} glitches; "
                    f"{report.bridged_kwh:.3f} kWh over gaps are not booked"
                )
        return made

    def _pack(self, days: Sequence[date], oldest: date) -> None:
        """Compress days older than the journal keeps: a year of them comes with one import."""
        for day in days:
            aside = self._history.journal.file(day).compress() if day < oldest else None
            if aside:
                self._complain(f"{aside} has lines nobody can read; all others are kept")

    def _write(
        self,
        tier: Tier,
        today: date,
        hours: _HoursOf,
        now: float,
        reason: str,
    ) -> FileUpdated | None:
        window = tier.window(today)
        costs = self._history.costs
        if tier.hourly:
            buckets = [costs.of_hour(bucket) for day in window for bucket in hours.get(day, ())]
        else:
            buckets = [costs.of_day(bucket) for bucket in self._history.book.buckets(window)]
        file = self._files[tier.name]
        update = file.publish(
            buckets, self.units.table(), currency=costs.currency, now=now, reason=reason
        )
        self.points[tier.name] = len(buckets)
        self._written[tier.name] = today
        return update

    def _kept_hours(self) -> _HoursOf:
        """Return the hours the weekly file has; without one, all must be made anew."""
        there = self._files[WEEKLY.name].load()
        if there is None:
            self.mark_journal()
        buckets = there.buckets if there else ()
        return {day: list(hours) for day, hours in groupby(buckets, self._day_of)}

    def _without_hours(self, window: Iterable[date], hours: _HoursOf) -> list[date]:
        """Return known days whose hours are gone: a clock that was ahead let them go too early."""
        journal = self._history.journal
        lacking = (day for day in window if day not in hours)
        return [day for day in lacking if self._history.book.get(day) and journal.has(day)]

    def _day_of(self, bucket: Bucket) -> date:
        return self._history.zone.day_of(bucket.time)

    def _documents(self) -> dict[str, Document | None]:
        return {name: file.load() for name, file in self._files.items()}

    def _check_book(self, documents: Mapping[str, Document | None]) -> None:
        """Find damage in the book; days that are lost come back from the files."""
        self._history.book.check(self.units.table())
        lost: dict[date, Bucket | None] = {}
        for tier in (EARLIER, YEARLY, MONTHLY):
            document = documents[tier.name]
            for bucket in document.buckets if document else ():
                day = named_day(self._history.zone, bucket)
                if self._history.book.get(day) is None and not self._history.ledger.of_day(day):
                    lost[day] = bucket
        self._history.book.update(lost, self.units.table())

    def _report_damage(self) -> bool:
        """Tell of every file set aside since the last time; say whether there was one."""
        history = self._history
        lists = [
            self._dirty.corrupt,
            history.book.corrupt,
            history.ledger.corrupt,
            history.journal.corrupt,
            *(file.corrupt for file in self._files.values()),
        ]
        damaged = [path for paths in lists for path in paths]
        for path in damaged:
            self._complain(
                f"a damaged file was set aside as {path}; what is still known was made anew"
            )
        for paths in lists:
            paths.clear()
        return bool(damaged)
