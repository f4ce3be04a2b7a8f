"""Readings the broker could not take, kept on disk until it can: one JSON line each."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import orjson

from shared.atomic import disk_error, make_directory, replacing, set_aside, sync_directory
from shared.checksum import sealed, unsealed
from shared.errors import BadInput
from shared.times import parse_timestamp

MAX_BYTES = 16 * 1024 * 1024
_LAST = b'"}\n'  # how a line with its checksum ends
_KEPT_SHARE = 0.75  # what a full outbox is cut down to, so that it is rarely rewritten


class Outbox:
    """An append-only file that exists only while it holds something.

    Bounded by bytes and, through `drop_before`, by age; the oldest lines go first.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._damaged = False  # a line that was whole once can't be read

    @property
    def directory(self) -> Path:
        """Where it lies, and what was set aside beside it."""
        return self._path.parent

    @property
    def size(self) -> int:
        """How many bytes wait in it."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def append(self, payloads: Sequence[bytes]) -> int:
        """Put readings on stable storage; return how many old ones went. Raises Retryable."""
        make_directory(self._path.parent, 0o700)
        try:
            with self._path.open("ab") as file:
                if file.tell() == 0:  # nothing relies on it yet, so its name may not be safe
                    sync_directory(self._path.parent)
                # A power cut may have torn the last line: it must not swallow the next one.
                torn = file.tell() > 0 and not self._ends_a_line()
                lines = b"".join(sealed(line) + b"\n" for line in payloads)
                file.write((b"\n" if torn else b"") + lines)
                file.flush()
                os.fdatasync(file.fileno())
        except OSError as error:
            raise disk_error(self._path, error) from error
        return self._cut(int(self._max_bytes * _KEPT_SHARE)) if self.size > self._max_bytes else 0

    def batch(self, offset: int, most: int) -> tuple[list[tuple[float, bytes]], int]:
        """Return up to `most` (time, reading) from an offset on, and the next offset."""
        found: list[tuple[float, bytes]] = []
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            file.seek(offset)
            while len(found) < most and (line := file.readline()):
                offset += len(line)
                time = _time(line)
                if time is not None:
                    found.append((time, unsealed(line)))
                else:
                    self._damaged |= line.endswith(_LAST)  # or the power went as it was written
        return found, offset

    def drop_before(self, earliest: float) -> int:
        """Drop the readings older than that if the first one is; return how many went."""
        first, _ = self.batch(0, 1)
        if not first or first[0][0] >= earliest:
            return 0
        with self._path.open("rb") as file:
            return self._rewrite(line for line in file if (_time(line) or 0.0) >= earliest)

    def remove(self) -> Path | None:
        """Delete the file, as all that can be read of it has arrived; raises Retryable.

        Returns where it was set aside when it is damaged.
        """
        try:
            if self._damaged:
                aside = set_aside(self._path)
                self._damaged = False
                return aside
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(self._path, error) from error
        return None

    def _ends_a_line(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _cut(self, keep_bytes: int) -> int:
        with self._path.open("rb") as file:
            file.seek(-keep_bytes, os.SEEK_END)
            file.readline()  # the rest of a line whose begin goes
            return self._rewrite(_lines(file))

    def _rewrite(self, lines: Iterable[bytes]) -> int:
        """Replace the file; return how many lines it lost."""
        before, after = self._count(), 0
        with replacing(self._path, durable=True, mode=0o600) as file:
            for line in lines:
                file.write(line)
                after += 1
        return before - after

    def _count(self) -> int:
        with self._path.open("rb") as file:
            return sum(1 for _ in file)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    yield from file


def _time(line: bytes) -> float | None:
    """Return a line's timestamp, or None for a torn, damaged or foreign one."""
    try:
        return parse_timestamp(orjson.loads(unsealed(line))["timestamp"])
    except (orjson.JSONDecodeError, KeyError, TypeError, BadInput):
        return None
