"""What must hold before a command works on a monitor's own directories."""

import os
import pwd
import sys
from pathlib import Path
from shlex import quote

from shared.config import Config
from shared.errors import Refused


def running(service: str) -> Refused:
    """Return the refusal while a service has the directory."""
    return Refused(
        f"the {service} is running here, and only one may write",
        hint="leave out --offline: the running monitor does it; or stop it first",
    )


def require_remote(config: Config) -> None:
    """Refuse what needs a remote while none is configured."""
    if not (config.github or config.remote):
        raise Refused(
            "no remote is configured: the history stays on this machine",
            hint="power-monitor setup, or see docs/sync.md",
        )


def require_owner(directory: Path) -> None:
    """Refuse to leave files behind that the monitor's own user could not write."""
    try:
        owner = directory.stat().st_uid
    except FileNotFoundError:
        return
    if owner != os.geteuid():
        raise not_ours(directory)


def not_ours(directory: Path) -> Refused:
    """Return the refusal to touch another user's directory, with what to type instead."""
    name = _user_name(directory.stat().st_uid)
    again = " ".join(quote(word) for word in sys.argv[1:])
    return Refused(f"{directory} belongs to {name}", hint=f"sudo -u {name} power-monitor {again}")


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"
