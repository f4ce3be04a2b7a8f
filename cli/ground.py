"""What must hold before a command works on a monitor's own directories."""

import os
import pwd
import sys
from pathlib import Path

from shared.errors import Refused


def running(service: str) -> Refused:
    """Return the refusal while a service has the directory."""
    return Refused(
        f"the {service} is running here, and only one may write",
        hint="leave out --offline: the running monitor does it; or stop it first",
    )


def require_owner(directory: Path) -> None:
    """Refuse to leave files behind that the monitor's own user could not write."""
    try:
        owner = directory.stat().st_uid
    except FileNotFoundError:
        return
    if owner != os.geteuid():
        name = _user_name(owner)
        words = " ".join(sys.argv[1:])
        raise Refused(
            f"{directory} belongs to {name}", hint=f"sudo -u {name} power-monitor {words}"
        )


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"
