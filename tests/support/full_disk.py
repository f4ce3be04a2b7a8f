"""A small disk in memory that a test fills to the last pages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.mounts import mounted

PAGE_BYTES = 4096
_BALLAST = "ballast"


class SmallDisk:
    """What is mounted at `place`."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self, free_pages: int = 0) -> None:
        """Take all room but some pages."""
        room = os.statvfs(self.place)
        size = room.f_bavail * room.f_frsize - free_pages * PAGE_BYTES
        with (self.place / _BALLAST).open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def fill_again(self) -> None:
        """Take what has become free since, down to the last byte."""
        with (self.place / _BALLAST).open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(PAGE_BYTES))

    def empty(self) -> None:
        """Give the room back."""
        (self.place / _BALLAST).unlink()


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[SmallDisk]:
    """Give a disk of some size in 1024 bytes."""
    with mounted(place, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs") as made:
        yield SmallDisk(made)
