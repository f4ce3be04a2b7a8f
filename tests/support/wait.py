"""Waiting for something to become true, never for time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

DEADLINE_S = 60.0  # only a failure waits that long; the machine may be busy
_POLL_S = 0.01


def wait_until(
    found: Callable[[], Found], deadline_s: float = DEADLINE_S, *, what: str = ""
) -> Found:
    """Return the first true answer of `found`; AssertionError when there is none in time."""
    end = time.monotonic() + deadline_s
    while not (answer := found()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what or found}")
        time.sleep(_POLL_S)
    return answer
