"""How every command tells that it could not do its work."""

import sys
from pathlib import Path

from shared.errors import ConfigError, MonitorError, Refused
from shared.plain import plain

FAILED = 1


def complain(error: MonitorError, *, as_json: bool = False) -> int:
    """Tell the error and its hint; return the exit status that goes with it."""
    if as_json:
        from cli.output import write_json  # noqa: PLC0415 - only then

        write_json({"status": "error", "error": str(error), "hint": hint_of(error)})
    else:
        sys.stderr.write(f"power-monitor: {plain(str(error))}\n")
        if hint := hint_of(error):
            sys.stderr.write(f"  try: {plain(hint)}\n")
    return ConfigError.EXIT_STATUS if isinstance(error, ConfigError) else FAILED


def hint_of(error: MonitorError) -> str:
    """Return what to type next: the same with sudo, where that is all that is in the way."""
    denied = error.__cause__
    if not (isinstance(denied, PermissionError) and isinstance(denied.filename, str)):
        return error.hint
    from cli.ground import as_root  # noqa: PLC0415 - only then

    return as_root(Path(denied.filename))


def complain_of_system(error: OSError, *, as_json: bool = False) -> int:
    """Tell what the system refused; an error without a file's name is our own output's."""
    from cli.ground import forbidden  # noqa: PLC0415 - only then

    why = error.strerror or str(error)
    if not isinstance(error.filename, str):
        sys.stdout = None  # it would be tried again, and refused again, at the end
        return complain(Refused(f"the output can't be written: {why}", hint="df -h"))
    if isinstance(error, PermissionError):
        return complain(forbidden(Path(error.filename)), as_json=as_json)
    hint = f"ls -ld {error.filename}; df -h"
    return complain(Refused(f"{error.filename}: {why}", hint=hint), as_json=as_json)
