"""Which process is meant by a pid, even after the pid was given to another one."""

import contextlib
import os
import signal
import time
from pathlib import Path

from cli.run.places import write_private

_PROC = Path("/proc")
_START_TICKS = 19  # place of field 22 of /proc/PID/stat, counted from the state, field 3
_POLL_S = 0.02
_TERM_WAIT_S = 12.0  # a service gets ten seconds to finish
_KILL_WAIT_S = 3.0


def identity(pid: int) -> str | None:
    """Return "pid start-time boot" of a live process; None when there is none."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else f"{pid} {fields[_START_TICKS]} {boot}"


def record(directory: Path, name: str, pid: int) -> None:
    """Write the pid file of a process we started, if the disk takes it.

    Without one all goes on: children end with their supervisor by themselves.
    """
    with contextlib.suppress(OSError):
        write_private(directory / f"{name}.pid", f"{identity(pid) or pid}\n")


def forget(directory: Path, name: str) -> None:
    """Remove the pid file of a process that ended; one that stays names nobody any more."""
    with contextlib.suppress(OSError):
        (directory / f"{name}.pid").unlink(missing_ok=True)


def end_leftovers(directory: Path) -> list[str]:
    """End what an earlier supervisor left behind; return the names of what still ran."""
    ended = []
    for file in sorted(directory.glob("*.pid")):
        if _end(_recorded(file)):
            ended.append(file.stem)
        file.unlink(missing_ok=True)
    return ended


def _recorded(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, ValueError):
        return ""


def _end(recorded: str) -> bool:
    pid = recorded.partition(" ")[0]
    if not pid.isdecimal() or identity(int(pid)) != recorded:
        return False
    for number, patience_s in ((signal.SIGTERM, _TERM_WAIT_S), (signal.SIGKILL, _KILL_WAIT_S)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), number)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and identity(int(pid)) == recorded:
            time.sleep(_POLL_S)
    return True
