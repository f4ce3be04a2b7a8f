"""What a process leaves behind: no secrets in a core, no file that others may change."""

import os
import resource
from contextlib import suppress

_OTHERS_WRITE = 0o022


def prevent() -> None:
    """Write files that only we may change, whatever the umask was; leave no core when we crash."""
    os.umask(os.umask(_OTHERS_WRITE) | _OTHERS_WRITE)
    # systemd forbids it to our units, and has done it for them (LimitCORE).
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
