"""What the syncer remembers: copies of what was last pushed, and a few facts beside them.

A file is unsynced exactly when it differs from the copy of its last push, so nothing else has to
be written down for a restart to go on with it.
"""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from services.syncer.remote import blob_version
from shared.archived import note_of, read_archived
from shared.atomic import disk_error, make_directory, set_aside, write_durably
from shared.checksum import sealed, unsealed
from shared.errors import BadInput, Permanent, Retryable
from shared.remembered import remembered
from shared.times import parse_date

_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Kept:
    """An archived day: the stamp of its journal here, and `path version` of its file there."""

    stamp: str
    found_as: str


@dataclass(slots=True)
class Facts:
    """The small facts; `remote` is the place they are about.

    `site` is path -> version of the page published at `site_at`, `stopped` the error that stopped
    us with the fingerprint of the configuration it was about, `site_stopped` the same of the page,
    `asked_until` the time before which the remote asked not to be asked, `asked_s` after how long a
    wait, `readings_due` the days whose readings a restore has still to bring back, `compared` those
    of the last week that have been compared with the archive, `listed` when we last saw that all
    the remote lists is here, `revision` the state of the remote up to which we know every change,
    `site_revision` that of the page; times are seconds since 1970 UTC.
    """

    remote: str = ""
    restored: bool = False
    last_push: float | None = None
    site: dict[str, str] = field(default_factory=dict)
    site_at: float | None = None
    stopped: dict[str, str] | None = None
    site_stopped: dict[str, str] | None = None
    asked_until: float | None = None
    asked_s: float = 0.0
    readings_due: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    listed: float | None = None
    revision: str = ""
    site_revision: str = ""
    archived_as: dict[str, str] = field(default_factory=dict)


class Records:
    """Facts and last pushes below a directory; on stable storage when a method returns.

    What stopped us must hold although a disk is full: `unsaved` says that it is only in memory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = directory / "state.json"
        self._pushed = directory / "pushed"
        self._archived: dict[str, str] = {}
        self.facts = Facts()
        self.unsaved = False

    def load(self, remote: str) -> None:
        """Read the facts; those about another remote are forgotten, and damaged ones set aside."""
        make_directory(self._pushed, 0o700)
        try:
            self.facts = _decode(self._file.read_bytes())
        except FileNotFoundError:
            self.facts = Facts()
        except (orjson.JSONDecodeError, BadInput):
            set_aside(self._file)
            self.facts = Facts()
        self._archived = self._load_archived()
        if self.facts.remote != remote:
            self.forget_archived(self._archived)
            shutil.rmtree(self._pushed)
            make_directory(self._pushed, 0o700)
            self.facts = Facts(remote=remote)
            self.save()

    def _load_archived(self) -> dict[str, str]:
        try:
            return read_archived(self._directory.parent)
        except BadInput:
            set_aside(note_of(self._directory.parent))
            return {}

    def save(self) -> None:
        """Write the facts."""
        self.unsaved = True
        write_durably(self._file, sealed(orjson.dumps(asdict(self.facts))), mode=_MODE)
        self.unsaved = False

    def pushed(self, path: str) -> bytes | None:
        """Return what is, as far as we know, at this path of the remote."""
        file = self._copy(path)
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(file, error) from error

    def pushed_version(self, path: str) -> str | None:
        """Return the version of the last push."""
        content = self.pushed(path)
        return None if content is None else blob_version(content)

    def pushed_years(self) -> list[int]:
        """Return the years of the history that were pushed or fetched, as far as we know."""
        stems = (file.stem.removeprefix("history-") for file in self._pushed.glob("history-*.json"))
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def remember(self, path: str, content: bytes) -> None:
        """Note what is now at a path of the remote."""
        if self.pushed(path) != content:
            write_durably(self._copy(path), content, mode=_MODE)

    def note_push(self, now: float, archived: Mapping[str, Kept]) -> None:
        """Note that all went well, and the days that are in the archive now."""
        self.mark_archived(archived)
        self.facts.last_push = now
        self.save()

    @property
    def directory(self) -> Path:
        """Where they lie, and what was set aside beside them."""
        return self._directory

    @property
    def archived(self) -> Mapping[str, str]:
        """Day -> stamp of the journal file that is in the archive."""
        return self._archived

    def mark_archived(self, days: Mapping[str, Kept]) -> None:
        """Note days that are in the archive now: the aggregator may let them go."""
        if days:
            self.facts.archived_as |= {day: kept.found_as for day, kept in days.items()}
            self.save()
        self._write_archived({**self._archived, **{day: kept.stamp for day, kept in days.items()}})

    def forget_archived(self, days: Iterable[str]) -> None:
        """Forget days that are in the archive no more, or here."""
        days = set(days)
        left = {day: mark for day, mark in self._archived.items() if day not in days}
        self._write_archived(left)
        noted = self.facts.archived_as
        if days & noted.keys():
            self.facts.archived_as = {day: noted[day] for day in noted.keys() - days}
            self.save()

    def _write_archived(self, days: dict[str, str]) -> None:
        if days != self._archived:
            note = note_of(self._directory.parent)
            write_durably(note, sealed(orjson.dumps(days)), mode=_MODE)
            self._archived = days

    def note_revision(self, revision: str) -> None:
        """Note the state of the remote up to which every change is known."""
        if self.facts.revision != revision:
            self.facts.revision = revision
            self.save()

    def stop(self, error: Permanent, fingerprint: str, *, site: bool = False) -> None:
        """Note an error that only another configuration, or a person's word, gets us past."""
        self._set_stopped(
            {"error": str(error), "hint": error.hint, "configuration": fingerprint}, site=site
        )

    def go_on(self, *, site: bool = False) -> None:
        """Forget what stopped us."""
        self._set_stopped(None, site=site)

    def stopped(self, fingerprint: str, *, site: bool = False) -> Permanent | None:
        """Return what stopped us, if the configuration is still the same."""
        stopped = self.facts.site_stopped if site else self.facts.stopped
        if stopped is None or stopped.get("configuration") != fingerprint:
            return None
        return Permanent(stopped.get("error", ""), hint=stopped.get("hint", ""))

    def ask_to_wait(self, until: float | None, seconds: float = 0.0) -> None:
        """Note until when the remote asked to be left alone; None: it does not mind any more."""
        if self.facts.asked_until != until:
            self.facts.asked_until, self.facts.asked_s = until, seconds
            self._save_soon()

    def save_again(self) -> None:
        """Save what the disk refused to take before, if anything; raises Retryable."""
        if self.unsaved:
            self.save()

    def _set_stopped(self, stopped: dict[str, str] | None, *, site: bool) -> None:
        if stopped == (self.facts.site_stopped if site else self.facts.stopped):
            return
        if site:
            self.facts.site_stopped = stopped
        else:
            self.facts.stopped = stopped
        self._save_soon()

    def _save_soon(self) -> None:
        """Save now if the disk lets us; what holds until then is in memory."""
        with suppress(Retryable):
            self.save()

    def _copy(self, path: str) -> Path:
        return self._pushed / path.replace("/", "-")


def _decode(content: bytes) -> Facts:
    facts = remembered(Facts, orjson.loads(unsealed(content)))
    for day in (*facts.readings_due, *facts.compared):
        parse_date(day)
    return facts
