"""Fetching: the remote history into an empty board by itself, or into any on command."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from services.syncer.archive import Archive
from services.syncer.copies import Copies
from services.syncer.corrections import Corrections
from services.syncer.effects import Job, Read, Report, Versions
from services.syncer.last_week import LastWeek
from services.syncer.local import Item, Local
from services.syncer.merging import Merged, Merger, Trial
from services.syncer.plan import lost_days
from services.syncer.records import Records
from services.syncer.remote import Blob
from services.syncer.task import AggregatorRefused

_YEAR_FILE = re.compile(r"([0-9]{4})\.json")
_LISTED_S = 7 * 86400.0


class Restorer:
    """Makes jobs that fetch."""

    def __init__(
        self,
        local: Local,
        records: Records,
        merger: Merger,
        archive: Archive,
        corrections: Corrections,
        *,
        last_week: LastWeek,
        copies: Copies,
        now: Callable[[], float],
    ) -> None:
        self._local = local
        self._records = records
        self._merger = merger
        self._archive = archive
        self._corrections = corrections
        self._last_week = last_week
        self._copies = copies
        self._now = now

    def lacking(self) -> list[Item]:
        """Return the tiers that are missing or empty here."""
        return [item for item in self._local.tiers() if self._local.load(item) is None]

    def unknown(self, lacking: Sequence[Item]) -> list[Item]:
        """Return the tiers that are lacking, or whose remote copy has never been taken whole."""
        pushed = self._records.pushed
        tiers = self._local.tiers()
        return [item for item in tiers if item in lacking or pushed(item.path) is None]

    def restore(self, items: Sequence[Item], *, readings: bool) -> Job[Report]:
        """Bring back what is lacking here; with `readings` also the last week's, for the hours."""
        if readings:
            yield from self._last_week.note()
        # First: what a person corrected stays corrected, whatever else comes back.
        corrections = yield from self._corrections.fetch()
        merged, refused = yield from self._take_all([*items, *(yield from self._years())])
        days = yield from self._last_week.bring_back()
        if refused:
            raise refused
        ahead = _days_of(merged, "ahead")
        if not ahead:
            # Otherwise it is to be done again with a right clock.
            self._records.facts.restored = True
            self._records.save()
        return {
            "restored": _days_of(merged, "new", "theirs"),
            "unreadable": {p: one.unreadable for p, one in merged.items() if one.unreadable},
            "ahead": ahead,
            "days": days,
            "corrections": corrections,
        }

    def gone(self) -> list[Item]:
        """Return what was at the remote with our last push, and is missing or empty here now.

        A file whose time has passed is empty for good reason.
        """
        years = [self._local.year(year) for year in self._records.pushed_years()]
        return [
            item
            for item in (*self._local.tiers(), *years)
            if self._local.load(item) is None and self._should_have_days(item)
        ]

    def complete(self, *, readings: bool) -> Job[Mapping[str, list[str]]]:
        """Bring back what the remote has and this board lacks, at whatever time; path -> days."""
        years = yield from self._years()
        lacking = [*self.gone(), *(item for item in years if self._local.load(item) is None)]
        if readings:
            yield from self._last_week.note()
        restored = yield from self.bring_back(lacking)
        yield from self._last_week.bring_back()
        self._records.facts.listed = self._now()
        self._records.save()
        return restored

    def complete_for_now(self) -> bool:
        """Say whether all that was listed at the remote lately came here, and is here still.

        Not for good: a listing may have been wrong.
        """
        facts, now = self._records.facts, self._now()
        fresh = facts.listed is not None and facts.listed <= now < facts.listed + _LISTED_S
        week = self._last_week
        return fresh and week.is_whole() and not week.due and not self.gone()

    def bring_back(self, items: Iterable[Item]) -> Job[Mapping[str, list[str]]]:
        """Bring some documents back, after the corrections; return path -> days."""
        wanted = {item.path: item for item in items}
        if not (wanted or self._last_week.due):
            return {}
        yield from self._corrections.fetch()
        merged, refused = yield from self._take_all(wanted.values())
        if refused:
            raise refused
        return _days_of(merged, "new", "theirs")

    def _should_have_days(self, item: Item) -> bool:
        days = self._merger.base_days(item)
        return bool(lost_days(days, {}, self._local.since(item, self._now())))

    def _take_all(
        self, items: Iterable[Item]
    ) -> Job[tuple[dict[str, Merged], AggregatorRefused | None]]:
        """Merge remote files into what is lacking here; a refusal does not keep the others."""
        merged: dict[str, Merged] = {}
        refused: AggregatorRefused | None = None
        for item in items:
            try:
                remote: Blob | None = yield Read(item.path)
                if remote:
                    merged[item.path] = yield from self._take(item, remote, fresh=True)
            except AggregatorRefused as error:
                refused = error
        return merged, refused

    def _take(
        self, item: Item, remote: Blob, *, fresh: bool = False, trial: Trial | None = None
    ) -> Job[Merged]:
        """Have a remote file merged, and remember it if all of it was taken."""
        merged = yield from self._merger.merge(item, remote, fresh=fresh, trial=trial)
        if merged.whole and trial is None:
            self._records.remember(item.path, remote.content)
        return merged

    def _years(self) -> Job[list[Item]]:
        """Return the years that are there and not as we know them."""
        names = yield Versions("history")
        items = [
            (self._local.year(int(found[1])), version)
            for name, version in sorted(names.items())
            if (found := _YEAR_FILE.fullmatch(name))
        ]
        return [
            item
            for item, version in items
            if version != self._records.pushed_version(item.path) or self._local.load(item) is None
        ]

    def fetch(self, items: Sequence[Item], *, years: bool, dry_run: bool) -> Job[Report]:
        """Merge what is there into what is here; or only tell, day by day, what would change."""
        merged: dict[str, Merged] = {}
        trial: Trial | None = {} if dry_run else None
        kept: Path | None = None
        if not dry_run:
            yield from self._corrections.fetch()
        for item in [*items, *((yield from self._years()) if years else ())]:
            remote: Blob | None = yield Read(item.path, self._records.pushed(item.path))
            if remote is None:
                merged[item.path] = Merged()
                continue
            if not dry_run:
                kept = kept or self._copies.keep(self._now())
            merged[item.path] = yield from self._take(item, remote, trial=trial)
        return {
            "files": {path: one.report() for path, one in merged.items()},
            "changed": _days_of(merged, "new", "theirs"),
            "dry_run": dry_run,
            "copy_of_before": kept and str(kept),
        }

    def fetch_archive(self, period: str, *, dry_run: bool, copy: bool) -> Job[Report]:
        """Bring a period's readings back, or only name its days; `copy` keeps what was before."""
        if dry_run:
            return {"days": (yield from self._archive.list_days(period)), "dry_run": True}
        days: list[str] = (yield from self._archive.list_days(period)) if copy else []
        kept = self._copies.keep(self._now()) if days else None
        yield from self._corrections.fetch()
        report = yield from self._archive.bring_back(period)
        return {**report, "copy_of_before": kept and str(kept)}


def _days_of(merged: Mapping[str, Merged], *whats: str) -> dict[str, list[str]]:
    """Return path -> days that met such a fate, without the paths of none."""
    found = {path: [day.isoformat() for day in one.days(*whats)] for path, one in merged.items()}
    return {path: days for path, days in found.items() if days}
