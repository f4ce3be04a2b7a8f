"""A machine switched on at `MACHINE_ON_SINCE` (seconds since 1970, on a moved clock).

Python imports this by its name at the start of a service whose PYTHONPATH leads here.
"""

import os
import time

_real = time.clock_gettime


def _clock_gettime(clock: int) -> float:
    if clock == time.CLOCK_BOOTTIME:
        return time.time() - float(os.environ["MACHINE_ON_SINCE"])
    return _real(clock)


time.clock_gettime = _clock_gettime
