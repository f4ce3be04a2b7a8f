"""The wall clock of a board that has no battery for it."""

import os
import time

from shared.times import parse_timestamp
from shared.version import RELEASE_DATE

EARLIEST_CLOCK_VARIABLE = "POWER_MONITOR_EARLIEST_CLOCK"


def now() -> float:
    """Return what the clock shows, right or wrong: seconds since 1970 UTC."""
    return time.time()


def earliest_believable() -> float:
    """Return the time before which no clock can be right: this release's date."""
    return parse_timestamp(os.environ.get(EARLIEST_CLOCK_VARIABLE) or RELEASE_DATE)
