"""A directory as a remote: a USB stick, a network mount."""

import errno
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from services.syncer.remote import (
    ANY,
    LARGEST_READ_BYTES,
    Blob,
    Change,
    Conflict,
    Step,
    blob_version,
)
from shared.atomic import disk_error, make_directory, write_durably
from shared.errors import Permanent, Retryable

MARKER = ".power-monitor"
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.EBADF})


class Directory:
    """Files below `path`, which must exist: a stick that is not there must not be made up.

    `seen` is a file of ours that remembers that the marker was written there once; without the
    marker the mount point is bare, and what is "missing" below it is not.
    """

    def __init__(self, path: Path, seen: Path) -> None:
        self._path = path
        self._seen = seen

    @property
    def identity(self) -> str:
        """Name the place."""
        return f"directory {self._path}"

    def read(self, path: str, known: bytes | None = None) -> Blob | None:  # noqa: ARG002 - reading costs nothing
        """Return a file."""
        self._require()
        file = self._path / path
        try:
            if file.stat().st_size > LARGEST_READ_BYTES:
                raise Permanent(f"{file} is too large", hint=f"move it out of {self._path}")
            content = file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise disk_error(file, error) from error
        return Blob(content, blob_version(content))

    def versions(self, folder: str) -> Mapping[str, str]:
        """Return the files of a folder."""
        self._require()
        try:
            names = [entry.name for entry in os.scandir(self._path / folder) if entry.is_file()]
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise disk_error(self._path / folder, error) from error
        blobs = {
            name: self.read(f"{folder}/{name}" if folder else name)
            for name in names
            if name[:1] != "."
        }
        return {name: blob.version for name, blob in blobs.items() if blob}

    def revision(self) -> str:
        """Name the state of the whole by names, sizes and times of all files."""
        self._require()
        digest = hashlib.sha1(usedforsecurity=False)
        try:
            for folder, folders, names in os.walk(self._path, onerror=_raise):
                folders.sort()
                for name in sorted(name for name in names if name != MARKER):
                    there = Path(folder, name).stat()
                    mark = f"{folder}/{name} {there.st_size} {there.st_mtime_ns}\n"
                    digest.update(mark.encode(errors="surrogateescape"))
        except OSError as error:
            raise disk_error(self._path, error) from error
        return digest.hexdigest()

    def write(self, changes: Sequence[Change], message: str) -> Step:  # noqa: ARG002 - no log here
        """Write each file atomically; all versions are looked at before the first is written."""
        before = self.revision()
        for change in changes:
            there = self.read(change.path)
            if change.expected != ANY and there and there.version != change.expected:
                raise Conflict(f"{change.path} has been changed by somebody else")
        for change in changes:
            _replace(self._path / change.path, change.content)
            there = self.read(change.path)
            if there is None or there.version != blob_version(change.content):
                raise Retryable(
                    f"{self._path / change.path} is not as it was written",
                    hint="is the stick worn out? Try another",
                )
        self._mark()
        return Step(before, self.revision())

    def close(self) -> None:
        """Do nothing: there is nothing held open."""

    def _require(self) -> None:
        if not self._path.is_dir():
            raise Retryable(
                f"{self._path} is not there", hint=f"is it mounted? ls -ld {self._path}; mount"
            )
        if self._seen.exists() and not (self._path / MARKER).exists():
            raise Retryable(
                f"{self._path} is not the place of before: {MARKER} is missing",
                hint=f"mount it; or, if it is a new one: touch {self._path / MARKER}",
            )

    def _mark(self) -> None:
        if not (self._path / MARKER).exists():
            _replace(self._path / MARKER, b"A power monitor keeps its history here.\n")
        if not self._seen.exists():
            make_directory(self._seen.parent)
            write_durably(self._seen, b"%d\n" % int(time.time()))


def _raise(error: OSError) -> None:
    raise error


def _replace(file: Path, content: bytes) -> None:
    """Write a file atomically; unlike our own file systems a stick may know no modes."""
    temporary = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        temporary.replace(file)
        _sync(file.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise disk_error(file, error) from error


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:  # some mounts can't sync a directory
            raise
    finally:
        os.close(descriptor)
