"""Hear whether a forked service's loop still turns, over a socket both ends of which we made."""

import os
import socket
import time

from shared.manager import INHERITED_VARIABLE, WATCHDOG_VARIABLE

# A rollup at a reading a second of a day takes a slow board a minute, and several may be due.
LONGEST_SILENCE_S = 900.0
_WORD_BYTES = 64


class Heart:
    """One child's; `renew` in the parent before each fork, `lend` in the child after it."""

    def __init__(self, longest_silence_s: float = LONGEST_SILENCE_S) -> None:
        self._longest_silence_s = longest_silence_s
        self._ends: tuple[socket.socket, ...] = ()
        self._heard_at = 0.0

    @property
    def descriptor(self) -> int:
        """On which the child is heard."""
        return self._ends[0].fileno()

    def keep(self, descriptor: int) -> None:
        """Hear a child that was there before us, as if just now."""
        self._ends = (socket.socket(fileno=descriptor),)
        self._heard_at = time.monotonic()

    def renew(self, _failures: int) -> None:
        """Make a fresh pair, heard just now."""
        for end in self._ends:
            end.close()
        self._ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._heard_at = time.monotonic()

    def lend(self) -> None:
        """Let this process, the child, find its end in its environment."""
        ours, theirs = self._ends
        ours.close()
        os.environ[INHERITED_VARIABLE] = str(theirs.detach())
        os.environ[WATCHDOG_VARIABLE] = str(round(self._longest_silence_s * 1e6))
        os.environ.pop("WATCHDOG_PID", None)

    def stopped(self) -> bool:
        """Whether the child has been silent for too long."""
        ours, *_ = self._ends
        try:
            while ours.recv(_WORD_BYTES, socket.MSG_DONTWAIT):
                self._heard_at = time.monotonic()
        except BlockingIOError:
            pass
        return time.monotonic() - self._heard_at > self._longest_silence_s
