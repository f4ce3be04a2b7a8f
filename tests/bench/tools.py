"""Public tools that measure, or that others take in our place."""

import shutil
import subprocess

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Missing(Exception):
    """Something a line needs is not here; it says what, in the words of the table."""


def executable(name: str) -> str:
    """Return where a command is, servers too; raises Missing."""
    found = shutil.which(name, path=_PATH)
    if not found:
        raise Missing(f"needs {name}")
    return found


def run(name: str, *words: str, given: str | None = None) -> str:
    """Run a command to its end and return what it said; raises Missing, CalledProcessError."""
    command = [executable(name), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, input=given).stdout
