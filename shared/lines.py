"""Files of JSON lines, appended to durably."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from gzip import GzipFile
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import orjson

from shared.atomic import aside_name, disk_error, make_directory, sync_directory, write_durably
from shared.checksum import unsealed
from shared.errors import BadInput

Item = TypeVar("Item")

LARGEST_LINE_BYTES = 48 * 1024  # a reading of 64 metrics has 12 kB
_BLOCK_BYTES = 4096


def pieces(file: BinaryIO | GzipFile) -> Iterator[bytes]:
    """Yield the lines of a file; one that is larger than any of ours in pieces that fit memory.

    A compressed file of a megabyte may unpack to gigabytes without an end of a line.
    """
    return iter(partial(file.readline, LARGEST_LINE_BYTES), b"")


def append_lines(path: Path, lines: bytes) -> None:
    """Append whole lines to a file on stable storage; raises Retryable with the file as it was."""
    make_directory(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            size = cut_torn_tail(descriptor)
            if size == 0:  # nobody relies on it yet, so its name may not be safe
                sync_directory(path.parent)
            append_to(descriptor, size, lines)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise disk_error(path, error) from error


def append_to(descriptor: int, size: int, lines: bytes) -> None:
    """Append to a file of `size` bytes and sync it; an OSError leaves it as it was."""
    try:
        view = memoryview(lines)
        while view:  # a nearly full disk takes a part and says so only the next time
            view = view[os.write(descriptor, view) :]
        os.fdatasync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def cut_torn_tail(descriptor: int) -> int:
    """Cut what a power cut left of an unfinished write; return the size of the whole lines."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    end = whole_lines_bytes(descriptor, size)
    while end:
        start = whole_lines_bytes(descriptor, end - 1)
        if not _is_torn(os.pread(descriptor, end - start, start)):
            break
        end = start
    if end < size:
        os.ftruncate(descriptor, end)
    return end


def whole_lines_bytes(descriptor: int, end: int) -> int:
    """Return the size up to the end of the last whole line of the first `end` bytes."""
    while end > 0:
        begin = max(0, end - _BLOCK_BYTES)
        newline = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        end = begin
    return end


def read_lines(
    path: Path, decode: Callable[[Mapping[str, Any]], Item]
) -> tuple[list[Item], Path | None]:
    """Return what a file of lines holds, and a copy of it when there are lines nobody can read.

    Then only the good lines stay in the file. `decode` raises BadInput for an object that does not
    fit. A last line that is unfinished or torn was never confirmed to anybody. Raises Retryable.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return [], None
    except OSError as error:
        raise disk_error(path, error) from error
    items, good = [], []
    lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True)
    while lines and _is_torn(lines[-1]):
        lines.pop()
    for line in lines:
        try:
            items.append(decode(_object(line)))
        except BadInput:
            continue
        good.append(line)
    if len(good) == len(lines):
        return items, None
    aside = aside_name(path)
    write_durably(aside, content)
    write_durably(path, b"".join(good))
    return items, aside


def _is_torn(line: bytes) -> bool:
    """Say whether sectors of a line never reached the disk, which a write not yet synced leaves.

    They read as zeros, or as the spaces laid out for them.
    """
    if b"\0" not in line and b"  " not in line:
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    return False


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        raw = orjson.loads(unsealed(line))
    except orjson.JSONDecodeError as error:
        raise BadInput(f"not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise BadInput("not a JSON object")
    return raw
