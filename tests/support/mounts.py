"""Mounts of this process and its children alone: none is left behind, however a test ends."""

import ctypes
import os
import subprocess
from collections.abc import Container, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

_CLONE_NEWNS = 0x00020000
_TIMEOUT_S = 60
CAN_MOUNT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount file systems")


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """Mount something at a place for a block; `options` are those of `mount`."""
    _leave()
    place.mkdir(exist_ok=True)
    run("mount", *options, str(place))
    try:
        yield place
    finally:
        run("umount", "--lazy", str(place))


def run(*command: str, good: Container[int] = (0,)) -> None:
    """Run a command of the system; AssertionError when it ends with another status."""
    done = subprocess.run(command, check=False, timeout=_TIMEOUT_S, capture_output=True, text=True)
    assert done.returncode in good, (command, done.stderr)


@cache
def _leave() -> None:
    """Go to a namespace of mounts of our own, for good."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    run("mount", "--make-rprivate", "/")
