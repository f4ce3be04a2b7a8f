"""Files that are whole or not there: temporary file in the same directory, then rename."""

import contextlib
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from shared.errors import BadInput, Retryable


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Give a file to write; it takes `path`'s place when the block ends without an error.

    With `durable` it is on stable storage then; without, only a reader's view is whole.
    Raises Retryable when the disk is full or broken; what was at `path` before is untouched.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        # Others may write to a web root: a link they left under this name must lead nowhere.
        temporary.unlink(missing_ok=True)
        with temporary.open("xb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.rename(path)
        if durable:
            sync_directory(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise disk_error(path, error) from error
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_durably(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` at `path` on stable storage; raises Retryable with the old content untouched."""
    with replacing(path, durable=True, mode=mode) as file:
        file.write(data)


def read_whole(path: Path) -> bytes:
    """Return what a file holds; BadInput for a pipe or a device, which might never end; OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput(f"{path}: is no file")
        return file.read()


def sync_directory(directory: Path) -> None:
    """Make a rename or a new name in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(directory: Path, mode: int = 0o755) -> None:
    """Create a directory and its parents on stable storage; raises Retryable."""
    try:
        if directory.is_dir():
            return
        make_directory(directory.parent)
        directory.mkdir(exist_ok=True, mode=mode)
        try:
            sync_directory(directory.parent)
        except OSError:
            directory.rmdir()  # or nobody would sync its name the next time
            raise
    except OSError as error:
        raise disk_error(directory, error) from error


def set_aside(path: Path) -> Path:
    """Rename a file nobody can read to `<name>.corrupt-<time>`; raises Retryable."""
    aside = aside_name(path)
    try:
        path.rename(aside)
        sync_directory(path.parent)
    except OSError as error:
        raise disk_error(path, error) from error
    return aside


def aside_name(path: Path) -> Path:
    """Return what a damaged file is called once a person should look at it."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    return path.with_name(f"{path.name}.corrupt-{stamp}")


def disk_error(path: Path, error: OSError) -> Retryable:
    """Say what the disk refused, and what to look at."""
    return Retryable(
        f"{path}: {error.strerror or error}", hint=f"df -h {path.parent}; ls -ld {path.parent}"
    )
