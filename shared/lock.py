"""Lock files: one process at a time works on a directory; the kernel lets go when it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.atomic import disk_error
from shared.errors import MonitorError


@contextmanager
def held(path: Path, taken: MonitorError) -> Iterator[None]:
    """Hold a lock file while the block runs; raises `taken` when another process holds it."""
    try:
        file = path.open("w")
    except OSError as error:
        raise disk_error(path, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise taken from None
        yield


def is_held(path: Path) -> bool:
    """Whether a process holds a lock file now."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
