"""Tell the service manager that we are ready and that our loop turns (systemd's sd_notify).

Whoever started us is named in the environment: systemd by a socket's address, our own supervisor
by a descriptor that survived the fork. Both hear the same words.
"""

import os
import socket
from collections.abc import Callable, Mapping

ADDRESS_VARIABLE = "NOTIFY_SOCKET"
INHERITED_VARIABLE = "POWER_MONITOR_NOTIFY_FD"
WATCHDOG_VARIABLE = "WATCHDOG_USEC"  # how long we may be silent
WATCHDOG_PROCESS_VARIABLE = "WATCHDOG_PID"  # whom that is said to
TURNED = b"WATCHDOG=1"
_READY = b"READY=1"
_STOPPING = b"STOPPING=1"
_TELLS_PER_WATCHDOG = 3  # so that one late word is no reason to be killed
_MICROSECONDS = 1e6


class Manager:
    """The one who started this process; silent when nobody listens."""

    def __init__(self, environ: Mapping[str, str], tick: Callable[[], float]) -> None:
        self._tick = tick
        self._channel = _open(environ)
        self.every_s = _silence_s(environ) / _TELLS_PER_WATCHDOG
        self._told_at = float("-inf")

    @property
    def descriptor(self) -> int | None:
        """The connected socket on which we are heard, None when nobody listens."""
        return self._channel.fileno() if self._channel else None

    def ready(self) -> None:
        """Say that we can be used now."""
        self._tell(_READY)

    def turned(self) -> None:
        """Say that the loop came round, no more often than needed; call it once a turn."""
        if self.every_s and self._tick() - self._told_at >= self.every_s:
            self._told_at = self._tick()
            self._tell(TURNED)

    def stopping(self) -> None:
        """Say that we end; nothing is said after it."""
        self._tell(_STOPPING)
        if self._channel:
            self._channel.close()
            self._channel = None

    def _tell(self, word: bytes) -> None:
        if self._channel:
            try:
                self._channel.send(word, socket.MSG_DONTWAIT)
            except OSError:  # nobody listens any more; whether we live is theirs to judge
                return


def _open(environ: Mapping[str, str]) -> socket.socket | None:
    if inherited := environ.get(INHERITED_VARIABLE):
        return socket.socket(fileno=int(inherited))
    address = environ.get(ADDRESS_VARIABLE, "")
    if not address.startswith(("/", "@")):
        return None
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        channel.connect(address.replace("@", "\0", 1) if address[0] == "@" else address)
    except OSError:
        channel.close()
        return None
    return channel


def _silence_s(environ: Mapping[str, str]) -> float:
    """Return after how many silent seconds we are taken for dead; 0 for never."""
    meant = environ.get(WATCHDOG_PROCESS_VARIABLE, "")
    if meant and meant != str(os.getpid()):
        return 0.0
    return int(environ.get(WATCHDOG_VARIABLE) or 0) / _MICROSECONDS
