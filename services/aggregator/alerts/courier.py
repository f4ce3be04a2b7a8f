"""Carries one message at a time in a thread of its own, so that no silence holds up a reading.

A step with a deadline would not do: looking up a name can't be cut short, and while it lasts no
reading is acknowledged. The thread knows one message and its outcome, nothing else.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from shared.errors import MonitorError, Retryable

Post = Callable[[bytes], None]


class Courier:
    """Hand it a message with `carry`, ask for the outcome with `outcome`."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._outcomes: SimpleQueue[MonitorError | None] = SimpleQueue()
        self.busy = False

    def carry(self, content: bytes) -> None:
        """Set out with a message; only while not busy."""
        self.busy = True
        # It must not keep the service from ending: what was not delivered is sent again.
        threading.Thread(target=self._run, args=(content,), name="webhook", daemon=True).start()

    def outcome(self, wait_s: float = 0.0) -> tuple[bool, MonitorError | None]:
        """Return whether it is back since the last time asked, and what kept it."""
        try:
            error = self._outcomes.get(timeout=wait_s) if wait_s else self._outcomes.get_nowait()
        except Empty:
            return False, None
        self.busy = False
        return True, error

    def _run(self, content: bytes) -> None:
        try:
            self._post(content)
        except MonitorError as error:
            self._outcomes.put(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold the address
            self._outcomes.put(Retryable(f"sending failed: {type(error).__name__}"))
        else:
            self._outcomes.put(None)
