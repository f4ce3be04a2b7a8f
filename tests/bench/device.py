"""An ext4 file system of its own on a loop device, and what is written to it."""

import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.tools import Missing, run

_SECTOR_BYTES = 512
_IMAGE_MB = 64
# A small image would get blocks of 1 kB, which no board has, and mkfs would leave work for later.
_AS_ON_A_BOARD = ("-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0")
_LIBC = ctypes.CDLL(None, use_errno=True)


class Device:
    """A mounted file system: `mount` is where."""

    def __init__(self, mount: Path, name: str) -> None:
        self.mount = mount
        self._stat = Path("/sys/block") / name / "stat"
        self._directory = os.open(mount, os.O_RDONLY)

    def written(self) -> int:
        """Return the bytes written to the device so far."""
        return int(self._stat.read_text().split()[6]) * _SECTOR_BYTES

    def let_a_minute_pass(self) -> None:
        """Have written what the kernel would have written by itself half a minute later."""
        if _LIBC.syncfs(self._directory):
            raise OSError(ctypes.get_errno(), "syncfs")

    def close(self) -> None:
        """Let go of it, so that it can be unmounted."""
        os.close(self._directory)


@contextmanager
def device() -> Iterator[Device]:
    """Make one, mount it, and take it away; raises Missing without the rights to mount."""
    if os.geteuid() != 0:
        raise Missing("needs root for a loop mount")
    with tempfile.TemporaryDirectory() as directory:
        image, mount = Path(directory) / "image", Path(directory) / "mount"
        mount.mkdir()
        with image.open("wb") as file:
            file.truncate(_IMAGE_MB * 1024 * 1024)
        run("mkfs.ext4", "-q", *_AS_ON_A_BOARD, str(image))
        loop = run("losetup", "--find", "--show", str(image)).strip()
        try:
            run("mount", "-o", "noatime", loop, str(mount))
            try:
                made = Device(mount, Path(loop).name)
                made.let_a_minute_pass()
                yield made
                made.close()
            finally:
                run("umount", str(mount))
        finally:
            run("losetup", "--detach", loop)
