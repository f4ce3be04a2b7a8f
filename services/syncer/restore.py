"""Fetching: the remote history into an empty board by itself, or into any on command."""

import re
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from services.syncer.archive import Archive
from services.syncer.effects import Job, Read, Report, Versions
from services.syncer.local import Item, Local
from services.syncer.migrate import read_document
from services.syncer.plan import fate
from services.syncer.push import Done, Pusher
from services.syncer.records import Records
from services.syncer.remote import Blob
from services.syncer.task import AggregatorRefused
from shared.atomic import disk_error, make_directory
from shared.errors import BadInput

_KEPT_COPIES = 5
_YEAR_FILE = re.compile(r"([0-9]{4})\.json")
_HOURLY_DAYS = 7  # what weekly.json shows, and only readings can bring back


class Restorer:
    """Makes jobs that fetch."""

    def __init__(
        self,
        local: Local,
        records: Records,
        pusher: Pusher,
        archive: Archive,
        *,
        copies: Path,
        now: Callable[[], float],
    ) -> None:
        self._local = local
        self._records = records
        self._pusher = pusher
        self._archive = archive
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
        done = Done()
        if readings:
            self._note_last_week()
        refused: AggregatorRefused | None = None
        for item in [*items, *(yield from self._years())]:
            try:
                yield from self._take(item, done)
            except AggregatorRefused as error:
                refused = error  # the other files need not wait for it
        report: dict[str, Any] = {"restored": done.merged, "unreadable": done.aside}
        report["days"] = yield from self._bring_back()
        if refused:
            raise refused
        if done.ahead:
            return report | {"ahead": done.ahead}  # to be done again with a right clock
        self._records.facts.restored = True
        self._records.save()
        return report

    def _take(self, item: Item, done: Done) -> Job[None]:
        remote: Blob | None = yield Read(item.path)
        if remote is None:
            return
        absorbed = yield from self._pusher.absorb(item, remote, done, fresh=True)
        if absorbed.whole:
            self._records.remember(item.path, remote.content)

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
            if version != self._records.pushed_version(item.path) or not item.file.exists()
        ]

    def _note_last_week(self) -> None:
        """Write down the days whose readings are to come back, before anything can go wrong."""
        today = self._local.zone.day_of(self._now())
        week = [today - timedelta(days=back) for back in range(_HOURLY_DAYS, 0, -1)]
        lacking = {day.isoformat() for day in week if not self._has_journal(day)}
        self._records.facts.readings_due = sorted({*self._records.facts.readings_due, *lacking})
        self._records.save()

    def _bring_back(self) -> Job[Report]:
        """Bring back the readings still to come; a day is struck out once all of it is here."""
        days: dict[str, Any] = {}
        for day in list(self._records.facts.readings_due):
            days |= (yield from self._archive.bring_back(day))["days"]
            self._records.facts.readings_due.remove(day)
            self._records.save()
        return days

    def _has_journal(self, day: date) -> bool:
        return any(self._local.journal.glob(f"{day}.jsonl*"))

    def fetch(self, items: Sequence[Item], *, years: bool, dry_run: bool) -> Job[Report]:
        """Merge what is there into what is here; or only tell, day by day, what would change."""
        done = Done()
        report: dict[str, Any] = {}
        kept: Path | None = None
        wanted = [*items, *((yield from self._years()) if years else ())]
        for item in wanted:
            remote: Blob | None = yield Read(item.path, self._records.pushed(item.path))
            report[item.path] = self._difference(item, remote)
            if dry_run or remote is None or "unreadable" in report[item.path]:
                continue
            kept = kept or self._keep_copies()
            absorbed = yield from self._pusher.absorb(item, remote, done)
            if absorbed.whole:
                self._records.remember(item.path, remote.content)
        answer: dict[str, Any] = {"files": report, "dry_run": dry_run}
        if not dry_run:
            answer |= {
                "changed": done.merged,
                "copy_of_before": str(kept) if kept else None,
            }
        return answer

    def _difference(self, item: Item, remote: Blob | None) -> Report:
        """Tell what a merge would make of each remote day; days that are the same are left out."""
        if remote is None:
            return {"remote_days": 0, "days": []}
        try:
            theirs = read_document(remote.content, item.tier, self._local.zone)
        except BadInput as error:
            return {"unreadable": str(error)}
        there = self._local.days(theirs.buckets)
        here = self._local.booked(there)
        document = self._pusher.base(item)
        base = self._local.days(document.buckets) if document else {}
        days = []
        for day, bucket in sorted(there.items()):
            old = here.get(day)
            what = fate(base.get(day), old, bucket, pushed=document is not None)
            if what != "same":
                energies = {"here_kwh": old and old.energy_kwh, "there_kwh": bucket.energy_kwh}
                days.append({"date": day.isoformat(), "change": what, **energies})
        return {"remote_days": len(there), "days": days}

    def _keep_copies(self) -> Path:
        """Copy the documents a fetch may change; return where they are."""
        when = datetime.fromtimestamp(self._now(), UTC).strftime("%Y%m%dT%H%M%S%fZ")
        place = self._copies / when
        try:
            make_directory(place / "book", 0o700)
            for item in self._local.tiers():
                if item.file.exists():
                    shutil.copy2(item.file, place)
            for file in self._local.book.glob("*.json"):
                shutil.copy2(file, place / "book")
            for old in sorted(self._copies.iterdir())[:-_KEPT_COPIES]:
                shutil.rmtree(old)
        except OSError as error:
            raise disk_error(place, error) from error
        return place
