"""The archive: each finished day's readings at full resolution, up once and back on demand."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from services.syncer.effects import Ask, Job, Read, Report, Versions
from services.syncer.local import Local
from services.syncer.plan import COMMIT_BYTES
from services.syncer.records import Kept, Records
from services.syncer.remote import Blob, Change, blob_version
from shared.archived import PACKED, stamp
from shared.atomic import disk_error
from shared.errors import BadInput, Refused, Retryable
from shared.lines import pieces
from shared.reading import decode_reading
from shared.times import parse_date

REQUEST_BYTES = 48 * 1024  # of the 64 kB that a request may have
_MOST_LINES = 500_000  # five for each second of a day
_MOST_BYTES = 512 * 1024 * 1024
_PERIOD_LENGTHS = (4, 7, 10)  # 2026, 2026-11, 2026-11-21
_SHORT = 7  # characters of a version, as git shows it
_MOST_BESIDE = 5  # damaged files of one day
_DAMAGE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Upload:
    """A day to upload, and the stamp of the file it was read from.

    Without content all of it is there already, in the version that is expected.
    """

    day: date
    change: Change
    stamp: str

    @property
    def kept(self) -> Kept:
        """What to note once it is there."""
        content = self.change.content
        version = blob_version(content) if content else self.change.expected or ""
        return Kept(self.stamp, found_as(self.change.path, version))


def archive_path(day: date) -> str:
    """Return where a day lies in the archive."""
    return f"readings/{day.year:04}/{day}{PACKED}"


class Archive:
    """Days of the journal, here and there."""

    def __init__(self, local: Local, records: Records, now: Callable[[], float]) -> None:
        self._local = local
        self._records = records
        self._now = now

    def unsynced(self) -> bool:
        """Say whether a finished day is not in the archive as it is here."""
        known = self._records.archived
        days = self._local.finished_days(self._now())
        return any(known.get(day.isoformat()) != stamp(path) for day, path in days.items())

    def uploads(self, *, look: bool) -> Job[list[Upload]]:
        """Return what is to be uploaded, as much as goes up together, the oldest first.

        With `look` after seeing what is there already.
        """
        known = self._records.archived
        uploads: list[Upload] = []
        for day, path in self._local.finished_days(self._now()).items():
            mark, before = stamp(path), known.get(day.isoformat())
            if before == mark or sum(len(made.change.content) for made in uploads) > COMMIT_BYTES:
                continue
            upload = Upload(day, Change(archive_path(day), _content(path), None), mark)
            if look or before is not None:
                upload = yield from self._after_a_look(upload)
            if upload.change.content:
                uploads.append(upload)
            else:
                self._records.mark_archived({day.isoformat(): upload.kept})
        return uploads

    def _after_a_look(self, upload: Upload) -> Job[Upload]:
        """Return the upload with the lines that are there as well; empty if it brings none.

        A damaged file stays as it is, and the day goes beside it, to what is there already.
        """
        path, ours = upload.change.path, upload.change.content
        for _ in range(_MOST_BESIDE):
            there: Blob | None = yield Read(path)
            if there is None:
                return replace(upload, change=Change(path, ours, None))
            try:
                content = together(there.content, ours)
            except BadInput:
                path = f"{path.removesuffix(PACKED)}-{there.version[:_SHORT]}{PACKED}"
            else:
                return replace(upload, change=Change(path, content, there.version))
        raise Retryable(
            f"{upload.change.path} is damaged there, and so is all that was kept beside it",
            hint=f"look at the files of {upload.day} at the remote, then delete the damaged ones",
        )

    def forget_old(self) -> None:
        """Drop the marks of days whose journal is gone: their file in the archive stays."""
        days = {day.isoformat() for day in self._local.finished_days(self._now())}
        self._records.forget_archived(self._records.archived.keys() - days)

    def forget_changed(self) -> Job[None]:
        """Drop the marks of days that are not in the archive as they were noted.

        They are looked at again, and go up again if anything is missing.
        """
        days = set(self._records.archived)
        there: set[str] = set()
        for year in {day[:4] for day in days}:
            folder = f"readings/{year}"
            versions: Mapping[str, str] = yield Versions(folder)
            there |= {found_as(f"{folder}/{name}", version) for name, version in versions.items()}
        noted = self._records.facts.archived_as
        self._records.forget_archived(day for day in days if noted.get(day) not in there)

    def list_days(self, period: str) -> Job[list[str]]:
        """Return the archived days of a year, month or day, oldest first."""
        year = _checked(period)[:4]
        names = yield Versions(f"readings/{year}")
        return sorted({name[:10] for name in names if _is_day(name) and name.startswith(period)})

    def bring_back(self, period: str) -> Job[Report]:
        """Hand the archived readings of a period to the aggregator, day by day."""
        year = _checked(period)[:4]
        names = yield Versions(f"readings/{year}")
        days: dict[str, dict[str, int]] = {}
        for name in sorted(name for name in names if _is_day(name) and name.startswith(period)):
            blob: Blob | None = yield Read(f"readings/{year}/{name}")
            if blob:
                done = yield from self._import(name, blob.content)
                there = days.setdefault(name[:10], dict.fromkeys(done, 0))
                days[name[:10]] = {key: there[key] + count for key, count in done.items()}
        return {"days": days}

    def _import(self, name: str, content: bytes) -> Job[dict[str, int]]:
        done = {"readings": 0, "too_late": 0, "unreadable": 0}
        good: list[bytes] = []
        size = 0
        for line in readable(content, name, done):
            if size + len(line) > REQUEST_BYTES:
                yield from self._hand_over(good, done)
                good, size = [], 0
            good.append(line)
            size += len(line) + 1
        if good:
            yield from self._hand_over(good, done)
        return done

    def _hand_over(self, lines: list[bytes], done: dict[str, int]) -> Job[None]:
        # The day comes back whole, so that its bucket may be made of it again.
        payload = b'{"archive":true,"readings":[' + b",".join(lines) + b"]}"
        answer = yield Ask("import", payload)
        done["readings"] += int(answer.get("readings", 0))
        done["too_late"] += int(answer.get("too_late", 0))


def found_as(path: str, version: str) -> str:
    """Name a file in its version."""
    return f"{path} {version}"


def together(there: bytes, here: bytes) -> bytes:
    """Return a compressed file with the lines of both; b"" when `here` has none of its own.

    Raises BadInput when the one there is damaged.
    """
    known = {hash(line) for line in _lines(there, "there")}
    new = [line for line in _lines(here, "here") if hash(line) not in known]
    if not new:
        return b""
    target = io.BytesIO()
    with gzip.GzipFile("", "wb", 6, target, mtime=0) as packed:
        for lines in (_lines(there, "there"), new):
            _write(packed, lines)
    return target.getvalue()


def _write(packed: gzip.GzipFile, lines: Iterable[bytes]) -> None:
    for line in lines:
        packed.write(line + b"\n")


def _lines(content: bytes, name: str) -> Iterator[bytes]:
    """Yield the lines of a compressed file, streamed; raises BadInput when it is damaged.

    Who may write to the remote could send gigabytes in a file of a few kilobytes.
    """
    size = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as source:
            for number, line in enumerate(pieces(cast("BinaryIO", source))):
                size += len(line)
                if number >= _MOST_LINES or size > _MOST_BYTES:
                    raise BadInput(f"{name}: is larger than any day")
                yield line.rstrip(b"\n")
    except _DAMAGE as error:
        raise BadInput(f"{name}: damaged: {error}") from error


def readable(content: bytes, name: str, done: dict[str, int]) -> Iterator[bytes]:
    """Yield the readings of a file; lines that are none, and a damaged end, are counted."""
    try:
        for line in _lines(content, name):
            if _is_reading(line):
                yield line
            else:
                done["unreadable"] += 1
    except BadInput:
        done["unreadable"] += 1


def _is_reading(line: bytes) -> bool:
    try:
        decode_reading(orjson.loads(line), frozenset(), 0.0)
    except (orjson.JSONDecodeError, BadInput):
        return False
    return True


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise disk_error(path, error) from error


def _is_day(name: str) -> bool:
    try:
        parse_date(name[:10])
    except BadInput:
        return False
    return name.endswith(PACKED)


def _checked(period: str) -> str:
    """Check a year, month or day such as 2026-11; raises Refused."""
    try:
        if len(period) in _PERIOD_LENGTHS:
            parse_date(period + "-01-01"[len(period) - 4 :])
            return period
    except BadInput:
        pass
    raise Refused(
        f"can't fetch the archive of {period[:40]!r}", hint="write 2026-11, or 2026-11-21"
    )
