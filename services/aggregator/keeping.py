"""How long the readings of finished days are kept: ten days, and until they are in the archive."""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from services.aggregator.dirty import DirtyDays
from services.aggregator.history import History
from services.aggregator.journal import KEEP_JOURNAL_DAYS
from shared.archived import packed_day, read_archived, stamp
from shared.atomic import disk_error
from shared.errors import BadInput

RESERVE_BYTES = 16 * 1024 * 1024  # with less than this, days go although they are not archived,
SCARCE_BYTES = 4 * RESERVE_BYTES  # and with less than this health says how little it is
_EVERY_S = 3600.0
_UNTOUCHED_S = 86400.0  # a journal somebody still imports into is kept this long
WAITING_HINT = (
    "power-monitor/syncer/health says what keeps them; github.archive: false keeps ten days"
)

Say = Callable[[str], None]


class Keeping:
    """Compresses finished days once a day, and lets old ones go.

    With `archive` a day stays until the syncer has noted it; the only bound is the room on the
    disk: `free` returns the bytes left at a path. `waiting` tells what waits, "" for nothing.
    """

    def __init__(
        self,
        history: History,
        dirty: DirtyDays,
        state: Path,
        *,
        archive: bool,
        complain: Say,
        remark: Say,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        self._history = history
        self._dirty = dirty
        self._state = state
        self._archive = archive
        self._complain = complain
        self._remark = remark
        self._free = free or _free_bytes
        self._compressed: date | None = None
        self._again_at = float("-inf")
        self.waiting = ""

    def keep(self, today: date, now: float) -> None:
        """Do what is due of `today`; raises Retryable, to be called again."""
        if self._compressed == today and now < self._again_at <= now + _EVERY_S:
            return
        days = self._finished(today)
        oldest = self._oldest(today, days)
        if self._compressed != today:
            self._compress([day for day in days if day >= oldest or self._is_plain(day)])
        self._let_go([day for day in days if day < oldest], now)
        self._compressed, self._again_at = today, now + _EVERY_S

    def _finished(self, today: date) -> list[date]:
        """Return the days that are over and made, oldest first."""
        dirty = set(self._dirty.before(today))
        return [day for day in self._history.journal.days() if day < today and day not in dirty]

    def _oldest(self, today: date, days: list[date]) -> date:
        """Return the first day that is not old.

        As many files too: a clock that is ahead for a moment must not cost a single one.
        """
        return min([today - timedelta(days=KEEP_JOURNAL_DAYS), *days[-KEEP_JOURNAL_DAYS:]])

    def _is_plain(self, day: date) -> bool:
        """Say whether an old day has still to be compressed to go into the archive."""
        return self._archive and packed_day(self._state, day).with_suffix("").exists()

    def _compress(self, days: list[date]) -> None:
        for day in days:
            aside = self._history.journal.file(day).compress()
            if aside:
                self._complain(f"{aside} has lines nobody can read; all others are kept")

    def _let_go(self, days: list[date], now: float) -> None:
        archived = _read(self._state) if self._archive and days else {}
        waiting = []
        for day in self._untouched(days, now):
            if not self._archive or self._is_archived(day, archived):
                self._history.journal.file(day).remove()
            elif self._free(self._state) < RESERVE_BYTES:
                self._history.journal.file(day).remove()
                self._remark(f"the readings of {day} went before they were archived: no room")
            else:
                waiting.append(day)
        self.waiting = self._told(waiting)

    def _untouched(self, days: list[date], now: float) -> Iterator[date]:
        for day in days:
            modified = self._history.journal.file(day).modified()
            if self._history.book.get(day) and now - modified > _UNTOUCHED_S:
                yield day

    def _is_archived(self, day: date, archived: Mapping[str, str]) -> bool:
        path = packed_day(self._state, day)
        return path.exists() and archived.get(day.isoformat()) == stamp(path)

    def _told(self, waiting: list[date]) -> str:
        if not waiting:
            return ""
        text = f"{len(waiting)} days of readings, from {waiting[0]} on, wait for the archive"
        free = self._free(self._state)
        if free >= SCARCE_BYTES:
            return text
        return (
            f"{text}, and only {free >> 20} MB are free: below {RESERVE_BYTES >> 20} MB the "
            "oldest go unarchived"
        )


def _read(state: Path) -> dict[str, str]:
    try:
        return read_archived(state)
    except BadInput:
        return {}  # nothing goes until the syncer has set it aside and looked at the archive again
    except OSError as error:
        raise disk_error(state, error) from error


def _free_bytes(path: Path) -> int:
    there = os.statvfs(path)
    return there.f_bavail * there.f_frsize
