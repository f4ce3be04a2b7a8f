"""The last week's readings: weekly.json is made of them alone, so a new board needs them back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from services.syncer.archive import Archive
from services.syncer.effects import Job, Report, Versions
from services.syncer.local import Local
from services.syncer.records import Records
from services.syncer.remote import blob_version

_DAYS = 7  # what weekly.json shows
_WEEK = timedelta(days=_DAYS)


class LastWeek:
    """Notes which days are to come back from the archive, and brings them back."""

    def __init__(
        self, local: Local, records: Records, archive: Archive, now: Callable[[], float]
    ) -> None:
        self._local = local
        self._records = records
        self._archive = archive
        self._now = now

    @property
    def due(self) -> bool:
        """Whether some day is still to come back."""
        return bool(self._records.facts.readings_due)

    def is_whole(self) -> bool:
        """Say whether all that was compared with the archive is here still."""
        today = self._local.zone.day_of(self._now())
        days = (date.fromisoformat(day) for day in self._records.facts.compared)
        return not any(today - day <= _WEEK and not self._has(day) for day in days)

    def note(self) -> Job[None]:
        """Write down the days whose readings are to come back, before anything can go wrong.

        Each day is compared once with what the archive has; one it does not have waits for a later
        look.
        """
        facts = self._records.facts
        today = self._local.zone.day_of(self._now())
        week = [today - timedelta(days=back) for back in range(_DAYS, 0, -1)]
        waiting = [d for d in week if d.isoformat() not in facts.compared or not self._has(d)]
        there: dict[str, set[str]] = {}
        for year in sorted({day.year for day in waiting}):
            for name, version in (yield Versions(f"readings/{year:04}")).items():
                there.setdefault(name[:10], set()).add(version)
        archived = [day for day in waiting if day.isoformat() in there]
        due = {d.isoformat() for d in archived if there[d.isoformat()] != self._version(d)}
        facts.readings_due = sorted({*facts.readings_due, *due})
        known = {*facts.compared, *(day.isoformat() for day in archived)}
        facts.compared = [day.isoformat() for day in week if day.isoformat() in known]
        self._records.save()

    def bring_back(self) -> Job[Report]:
        """Bring back the readings still to come; a day is struck out once all of it is here."""
        days: dict[str, Any] = {}
        for day in list(self._records.facts.readings_due):
            days |= (yield from self._archive.bring_back(day))["days"]
            self._records.facts.readings_due.remove(day)
            self._records.save()
        return days

    def _has(self, day: date) -> bool:
        return any(self._local.journal.glob(f"{day}.jsonl*"))

    def _version(self, day: date) -> set[str]:
        """Return the version the archive would give our readings of a day, if they are complete."""
        path = self._local.finished_days(self._now()).get(day)
        return {blob_version(path.read_bytes())} if path else set()
