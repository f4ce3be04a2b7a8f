"""How every command tells that it could not do its work."""

import sys

from shared.errors import ConfigError, MonitorError

FAILED = 1


def complain(error: MonitorError) -> int:
    """Write the error and its hint to stderr; return the exit status that goes with it."""
    sys.stderr.write(f"power-monitor: {error}\n")
    if error.hint:
        sys.stderr.write(f"  try: {error.hint}\n")
    return ConfigError.EXIT_STATUS if isinstance(error, ConfigError) else FAILED
