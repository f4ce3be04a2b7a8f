"""daily.json: today's readings as published, and the bucket of the day so far.

Readings only come to the end of a day, so the file is a head, a body that grows and a foot. A
write copies the body and appends to it: memory does not grow with the day.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import orjson

from services.aggregator.tiers import DAILY
from shared.atomic import disk_error, make_directory, replacing, set_aside
from shared.bucket import Bucket, encode_bucket
from shared.documents import SCHEMA
from shared.messages import FileUpdated, reading_object
from shared.reading import POWER, Reading
from shared.times import Zone

_CHUNK_BYTES = 1 << 16
_SMALL_BYTES = 1 << 20
_NAME = f"{DAILY}.json"


class DailyFile:
    """Today's file, in `directory` or, with a link to it from there, in a tmpfs."""

    def __init__(
        self, directory: Path, volatile: Path, zone: Zone, currency: str | None = None
    ) -> None:
        self._path = volatile / _NAME
        self._link = directory / _NAME if volatile != directory else None
        self._zone = zone
        self._currency = currency
        self._day: date | None = None
        self._identity: tuple[int, int, int] | None = None
        self._body_bytes = 0  # head and points, up to where the foot begins
        self._digest = hashlib.sha256()
        self.size = 0
        self.points = 0
        self.last_update: str | None = None

    @property
    def revision(self) -> object:
        """What is another after each write."""
        return self._identity

    @property
    def intact(self) -> bool:
        """Say whether the file is still what was last written: no other hand was at it."""
        return self._identity is not None and self._identity == _identity(self._path)

    def exists(self) -> bool:
        """Say whether there is a file, of whatever day."""
        return self._path.exists()

    def begin(self, day: date) -> None:
        """Turn to a day: the next write makes the whole file anew."""
        self._day = day
        self._body_bytes = self.size = self.points = 0
        self._identity = None

    def write(
        self,
        readings: Iterable[Reading],
        today: Bucket | None,
        units: Mapping[str, str],
        *,
        now: float,
        reason: str,
    ) -> FileUpdated:
        """Append readings, later than all there, and replace the foot; raises Retryable.

        Not synced: the journal has it all. A reader never sees half a file. Unless the day was
        just begun, the file must be `intact`.
        """
        self._prepare()
        last_update = self._zone.iso(round(now))
        with replacing(self._path, durable=False) as file:
            digest, points = self._copy_body(file)
            for reading in readings:
                line = self._point(reading)
                _put(file, digest, line if points == 0 else b"," + line)
                points += 1
            body_bytes, body_digest = file.tell(), digest.copy()
            _put(file, digest, self._foot(today, units, last_update))
            size = file.tell()
        self._body_bytes, self._digest = body_bytes, body_digest
        self.points, self.size, self.last_update = points, size, last_update
        self._identity = _identity(self._path)
        return FileUpdated(DAILY, _NAME, digest.hexdigest(), size, points, last_update, reason)

    def adopt(
        self, day: date, readings: Iterable[Reading], today: Bucket | None, units: Mapping[str, str]
    ) -> bool:
        """Go on from the file that is there if it shows just this; say whether it does."""
        self.begin(day)
        self._prepare()
        if self._path.is_symlink():  # of a time when there was a tmpfs
            return False
        try:
            with self._path.open("rb") as file:
                last_update = _last_update(file)
                foot = self._foot(today, units, last_update)
                file.seek(0)
                return self._adopt_body(file, readings, foot, last_update)
        except (OSError, orjson.JSONDecodeError, ValueError, KeyError, TypeError):
            return False

    def set_aside_if_damaged(self, *, booted: float, now: float) -> Path | None:
        """Set a file aside that does not parse; return where it is now. Raises Retryable.

        One of before the machine started, at `booted`, is left to be made anew: nothing syncs it,
        so a power cut tears it, and nobody need look at that. One later than `now` is of before,
        too: a board without a battery starts with a clock that is behind.
        """
        if self._path.is_symlink() or not self._path.exists():
            return None
        if self._is_whole() or not booted <= self._path.stat().st_mtime <= now:
            return None
        return set_aside(self._path)

    def _is_whole(self) -> bool:
        """Say whether it parses; of a large file only the ends are looked at, to save memory."""
        try:
            with self._path.open("rb") as file:
                _last_update(file)
                file.seek(0)
                if self._path.stat().st_size > _SMALL_BYTES:
                    return file.read(1) == b"{"
                orjson.loads(file.read())
        except (orjson.JSONDecodeError, ValueError, KeyError, TypeError):
            return False
        return True

    def write_empty(self, day: date) -> None:
        """Write the file of a day of which nothing was ever known."""
        self.begin(day)
        self._prepare()
        with replacing(self._path, durable=False) as file:
            self._digest = hashlib.sha256()
            _put(file, self._digest, self._head())
            self._body_bytes = file.tell()
            file.write(self._foot(None, {}, None))
            self.size = file.tell()
        self._identity = _identity(self._path)

    def _adopt_body(
        self, file: BinaryIO, readings: Iterable[Reading], foot: bytes, last_update: str | None
    ) -> bool:
        digest, points = hashlib.sha256(), 0
        body = chain([self._head()], (self._point(reading) for reading in readings))
        for points, part in enumerate(body):
            expected = part if points < 2 else b"," + part  # noqa: PLR2004 - head and first point
            if file.read(len(expected)) != expected:
                return False
            digest.update(expected)
        body_bytes = file.tell()
        if file.read() != foot:
            return False
        self._body_bytes, self._digest = body_bytes, digest
        self.points, self.size, self.last_update = points, body_bytes + len(foot), last_update
        self._identity = _identity(self._path)
        return True

    def _prepare(self) -> None:
        make_directory(self._path.parent)
        if self._link and not (self._link.is_symlink() and self._link.readlink() == self._path):
            make_directory(self._link.parent)
            temporary = self._link.with_name(f".{_NAME}.link")
            try:
                temporary.unlink(missing_ok=True)
                temporary.symlink_to(self._path)
                temporary.rename(self._link)
            except OSError as error:
                raise disk_error(self._link, error) from error

    def _copy_body(self, file: BinaryIO) -> tuple["hashlib._Hash", int]:
        """Start the new file with the old one's body, or with a head when there is none."""
        if self._body_bytes:
            old = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return self._copy_from(old, file)
            finally:
                os.close(old)
        digest = hashlib.sha256()
        _put(file, digest, self._head())
        return digest, 0

    def _copy_from(self, old: int, file: BinaryIO) -> tuple["hashlib._Hash", int]:
        done = 0
        while done < self._body_bytes:
            chunk = os.pread(old, min(_CHUNK_BYTES, self._body_bytes - done), done)
            if not chunk:
                raise OSError(0, "cut short by another hand")
            file.write(chunk)
            done += len(chunk)
        return self._digest.copy(), self.points

    def _head(self) -> bytes:
        head = orjson.dumps(
            {
                "schema": SCHEMA,
                "tier": DAILY,
                "timezone": self._zone.name,
                "date": str(self._day),
                "data_points": [],
            }
        )
        return head.removesuffix(b"]}")

    def _foot(
        self, today: Bucket | None, units: Mapping[str, str], last_update: str | None
    ) -> bytes:
        priced = self._currency is not None
        foot = orjson.dumps(
            {
                "units": dict(sorted({**units, POWER: "W"}.items())),
                **({"currency": self._currency} if priced else {}),
                "last_update": last_update,
                "today": today and encode_bucket(today, self._zone, priced=priced),
            }
        )
        return b"]," + foot.removeprefix(b"{")

    def _point(self, reading: Reading) -> bytes:
        return orjson.dumps(reading_object(reading, self._zone.iso(reading.time)))


def _put(file: BinaryIO, digest: "hashlib._Hash", data: bytes) -> None:
    file.write(data)
    digest.update(data)


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _last_update(file: BinaryIO) -> str | None:
    """Read only the foot: the body may be large."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _CHUNK_BYTES))
    tail = file.read()
    foot = orjson.loads(b"{" + tail[tail.rindex(b'],"units":') + 2 :])
    last_update = foot["last_update"]
    return last_update if isinstance(last_update, str) else None
