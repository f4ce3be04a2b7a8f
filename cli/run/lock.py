"""One supervisor for one state directory."""

import fcntl
import os
from pathlib import Path

from shared.errors import Refused


def take(path: Path) -> int:
    """Hold the lock until this process ends; return its descriptor, Refused when it is taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise Refused(
            f"{path.parent.parent}: a monitor already runs here (process {holder or 'unknown'})",
            hint=f"kill {holder}" if holder.isdecimal() else "",
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
