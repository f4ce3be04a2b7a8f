"""How every command tells that it could not do its work."""

import sys

from shared.errors import ConfigError, MonitorError

FAILED = 1


def complain(error: MonitorError, *, as_json: bool = False) -> int:
    """Tell the error and its hint; return the exit status that goes with it."""
    if as_json:
        from cli.output import write_json  # noqa: PLC0415 - only then

        write_json({"status": "error", "error": str(error), "hint": error.hint})
    else:
        sys.stderr.write(f"power-monitor: {error}\n")
        if error.hint:
            sys.stderr.write(f"  try: {error.hint}\n")
    return ConfigError.EXIT_STATUS if isinstance(error, ConfigError) else FAILED
