"""One day of the journal: a file of lines, appended while the day lasts, compressed afterwards."""

import gzip
import os
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, dropwhile, groupby
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from services.aggregator.resolve import preferred
from services.aggregator.room import ROOM, is_unfinished, lay_out, write_all
from services.aggregator.scan import Scan, scan
from shared.atomic import disk_error, replacing, set_aside, sync_directory
from shared.checksum import sealed, unsealed
from shared.errors import BadInput, Retryable
from shared.lines import LARGEST_LINE_BYTES, cut_torn_tail, pieces
from shared.messages import encode_journal_line
from shared.reading import Reading, decode_reading
from shared.times import iso_utc

_COMPRESSION_LEVEL = 6
_PREFIX = b'{"timestamp":"'
_UNREADABLE = (OSError, EOFError, zlib.error)


class DayFile:
    """The readings of one local day; `path` ends in .jsonl, its compressed form in .jsonl.gz."""

    def __init__(self, path: Path, corrupt: list[Path]) -> None:
        self._path = path
        self._packed = path.with_name(path.name + ".gz")
        self._descriptor: int | None = None
        self._size = 0  # up to the end of the last line
        self._allocated = 0  # up to the end of the file: spaces for lines to come
        self._scan: Scan | None = None
        self._unread = 0  # lines that nobody could read, over all looks at them
        self._corrupt = corrupt  # takes the names of files set aside

    def exists(self) -> bool:
        """Say whether there is anything of this day."""
        return self._path.exists() or self._packed.exists()

    def append(self, readings: Sequence[Reading]) -> None:
        """Put readings on stable storage; raises Retryable with the file as it was."""
        lines = [sealed(encode_journal_line(reading)) for reading in readings]
        size = sum(map(len, lines))
        try:
            descriptor = self._open()
            self._write(descriptor, lines, size)
            os.fdatasync(descriptor)
        except _UNREADABLE as error:
            self._undo()
            raise _disk_error(self._path, error) from error
        self._size += size
        if self._scan:
            for reading in readings:
                self._scan.note_reading(reading)

    def scan(self) -> Scan:
        """Return what is known of the readings without reading them again."""
        if self._scan is None:
            try:
                self._scan = scan(self._lines())
            except _UNREADABLE:
                self._rescue()
                self._scan = scan(self._lines())
        return self._scan

    def readings(self, since: float = float("-inf")) -> Iterator[Reading]:
        """Yield the readings from `since` on in order of time, each timestamp once.

        Raises Retryable when the file went bad since it was last looked at.
        """
        try:
            known = self.scan()
            if known.last_time < since:
                return
            if known.ordered:
                skipped = iso_utc(since).encode() if since > 0 else b""
                yield from self._decoded(self._lines(skipped), since)
            else:
                yield from self._sorted(since)
        except _UNREADABLE as error:
            self._scan = None
            raise _disk_error(self._path, error) from error

    def compress(self) -> Path | None:
        """Keep the day from now on compressed, in order and without duplicates.

        Returns where the plain file was set aside when it has lines nobody can read.
        """
        self.scan()  # sets aside what is damaged
        if not self._path.exists():
            return None
        self._cut_torn()
        unread = self._unread
        with (
            replacing(self._packed, durable=True) as target,
            gzip.GzipFile("", "wb", _COMPRESSION_LEVEL, target, mtime=0) as packed,
        ):
            kept = self._pack(packed)
        aside = None
        if self._unread == unread:
            _unlink(self._path)
        else:
            aside = set_aside(self._path)
        self._scan = kept
        return aside

    def _pack(self, packed: gzip.GzipFile) -> Scan:
        """Write the day in order and without duplicates; return what is known of what was kept.

        Lines in order whose checksum is right go as they are: decoding them would take as long as
        the rollup.
        """
        known = self.scan()
        if known.ordered:
            packed.writelines(self._kept())
            return known
        kept = Scan()
        for reading in self.readings():
            packed.write(encode_journal_line(reading))
            kept.note_reading(reading)
        return kept

    def _kept(self) -> Iterator[bytes]:
        """Yield the lines that can be read, without their checksums."""
        for line in self._lines():
            try:
                whole = unsealed(line)
            except BadInput:
                whole = b""
            if len(whole) < len(line.rstrip()) and whole:
                yield whole + b"\n"
            elif reading := self._read(line):
                yield encode_journal_line(reading)

    def remove(self) -> None:
        """Forget the day; raises Retryable."""
        self.close()
        for path in (self._path, self._packed):
            _unlink(path)
        self._scan = None

    def modified(self) -> float:
        """Return when the day was last written to, in seconds since 1970 UTC."""
        return max(path.stat().st_mtime for path in (self._path, self._packed) if path.exists())

    def close(self) -> None:
        """Give the file descriptor back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _cut_torn(self) -> None:
        """Cut what a power cut left of an unfinished write."""
        try:
            self._open()
        except OSError as error:
            raise disk_error(self._path, error) from error
        self.close()

    def _open(self) -> int:
        if self._descriptor is None:
            if self._packed.exists():
                self._unpack_what_can_be_read()
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o644)
            try:
                self._size = self._allocated = cut_torn_tail(descriptor)
                if self._size == 0:  # nobody relies on it yet, so its name may not be safe
                    self._scan = Scan()
                    sync_directory(self._path.parent)
            except OSError:
                os.close(descriptor)  # nothing was written yet, so there is nothing to undo
                raise
            self._descriptor = descriptor
        return self._descriptor

    def _write(self, descriptor: int, lines: Sequence[bytes], size: int) -> None:
        """Write lines of `size` bytes in all after the last one."""
        content, end = b"".join(lines), self._size + size
        if end > self._allocated:
            if len(lines) > 1:
                lay_out(descriptor, size, self._size)
            else:
                content += ROOM
            self._allocated = end + len(ROOM)
        write_all(descriptor, content, self._size)

    def _undo(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            self.close()
            self._scan = None  # what could not be undone is there

    def _unpack_what_can_be_read(self) -> None:
        """Make a compressed day appendable; a damaged one must not be in the way of readings."""
        self.scan()
        try:
            self._unpack()
        except (*_UNREADABLE, Retryable):  # it went bad since it was looked at, or no room
            self._scan = None
            self.scan()
            self._unpack()

    def _unpack(self) -> None:
        """Make a compressed day appendable again; where both exist the plain file is newer."""
        if not self._packed.exists():
            return
        if not self._path.exists():
            with self._unpacked() as source, replacing(self._path, durable=True) as target:
                while chunk := source.read(1 << 16):
                    target.write(chunk)
        _unlink(self._packed)

    def _unpacked(self) -> BinaryIO:
        if not self._packed.stat().st_size:
            raise EOFError(f"{self._packed.name} is empty")  # which gzip takes for no lines at all
        return cast("BinaryIO", gzip.GzipFile(self._packed, "rb"))

    def _lines(self, since: bytes = b"") -> Iterator[bytes]:
        """Yield whole lines and pieces of too long ones, but none known to be of before `since`."""
        plain = self._path.exists()
        if not plain and not self._packed.exists():
            return
        with self._path.open("rb") if plain else self._unpacked() as file:
            start, end = len(_PREFIX), len(_PREFIX) + len(since)
            # Lines of ours are in UTC, so their times compare as text.
            lines = dropwhile(
                lambda line: line.startswith(_PREFIX) and line[start:end] < since, pieces(file)
            )
            for line in lines:
                if line.endswith(b"\n") or len(line) == LARGEST_LINE_BYTES:
                    yield line

    def _decoded(self, lines: Iterable[bytes], since: float) -> Iterator[Reading]:
        for line in lines:
            reading = self._read(line)
            if reading and reading.time >= since:
                yield reading

    def _read(self, line: bytes) -> Reading | None:
        reading = _decode(line)
        self._unread += reading is None and not is_unfinished(line)
        return reading

    def _rescue(self) -> None:
        """Set a damaged file aside and go on with what can be read of it."""
        self.close()
        damaged = self._path if self._path.exists() else self._packed
        lines = self._readable_lines()
        first = next(lines, None)
        if first is None:
            self._corrupt.append(set_aside(damaged))
            return
        with replacing(self._path, durable=True) as target:
            for line in chain([first], lines):
                target.write(line)
            if damaged == self._path:
                self._corrupt.append(set_aside(damaged))
        if damaged == self._packed:  # only now: a power cut in between must not cost the rest
            self._corrupt.append(set_aside(damaged))

    def _readable_lines(self) -> Iterator[bytes]:
        with suppress(*_UNREADABLE):
            yield from (line for line in self._lines() if _decode(line))

    def _sorted(self, since: float) -> Iterator[Reading]:
        """Read lines in order of time by an index of times and offsets, 16 bytes a line."""
        if not self._path.exists():
            self._unpack()  # of another hand: ours are compressed in order
        times, offsets, offset = array("d"), array("q"), 0
        for line in self._lines():
            reading = self._read(line)
            if reading and reading.time >= since:
                times.append(reading.time)
                offsets.append(offset)
            offset += len(line)
        order = sorted(range(len(times)), key=times.__getitem__)
        with self._path.open("rb") as file:
            for _, indices in groupby(order, key=times.__getitem__):
                group = [_decode(_line_at(file, offsets[index])) for index in indices]
                yield preferred([reading for reading in group if reading])


def _line_at(file: BinaryIO, offset: int) -> bytes:
    file.seek(offset)
    return file.readline()


def _decode(line: bytes) -> Reading | None:
    try:
        return decode_reading(orjson.loads(unsealed(line)), frozenset(), 0.0)
    except (orjson.JSONDecodeError, BadInput):
        return None


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        sync_directory(path.parent)
    except OSError as error:
        raise disk_error(path, error) from error


def _disk_error(path: Path, error: Exception) -> Retryable:
    return disk_error(path, error if isinstance(error, OSError) else OSError(str(error)))
