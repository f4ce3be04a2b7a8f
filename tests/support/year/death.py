"""kill -9 before any change of a file: from then on nothing is written, cleaned up or tidied."""

import os
import sys

_CHANGES = frozenset({"os.rename", "os.remove", "os.truncate", "os.mkdir", "os.rmdir"})
_WRITING = os.O_WRONLY | os.O_RDWR


class Killed(BaseException):
    """The process has ended."""


class Death:
    """Ends what runs before the change so many changes from now; there is one in a process."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._hears = False

    def arm(self, changes: int) -> None:
        """Let so many changes of files pass, and kill before the next one."""
        self._left = changes
        if not self._hears:
            self._hears = True
            sys.addaudithook(self._hear)  # for good: nothing takes one away

    def disarm(self) -> None:
        """Let live."""
        self._left = None

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._left is None:
            return
        if event == "open":
            flags = arguments[2]
            if not isinstance(flags, int) or not flags & _WRITING:
                return
        elif event not in _CHANGES:
            return
        if self._left <= 0:
            raise Killed
        self._left -= 1
