"""Waiting for something to become true, never for time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

DEADLINE_S = 60.0  # only a failure waits that long; the machine may be busy
_POLL_S = 0.01
_LAZY = 0.05  # of what was waited: a look may cost more than the pause before it
_LONGEST_POLL_S = 0.1


def wait_until(
    found: Callable[[], Found], deadline_s: float = DEADLINE_S, *, what: str = ""
) -> Found:
    """Return the first true answer of `found`; AssertionError when there is none in time."""
    begin = time.monotonic()
    while not (answer := found()):
        waited_s = time.monotonic() - begin
        if waited_s > deadline_s:
            raise AssertionError(f"not within {deadline_s} s: {what or found}")
        time.sleep(min(max(_POLL_S, _LAZY * waited_s), _LONGEST_POLL_S))
    return answer
