"""The command line that reaches one monitor again: exactly what a person has to type."""

import shutil
import sys
from pathlib import Path
from shlex import quote

PROGRAM = "power-monitor"


def command_line(config: Path | None, var: Path | None) -> str:
    """Return the program and its options, as short as they work in this directory."""
    words = [program()]
    if config and config.absolute() != Path.cwd() / "config.json":
        words += ["--config", quote(_shown(config))]
    if var:
        words += ["--var", quote(_shown(var))]
    return " ".join(words)


def program() -> str:
    """Return what the command is called from here."""
    beside = Path(sys.executable).parent / PROGRAM
    found = shutil.which(PROGRAM)
    if not beside.exists() or (found and beside.samefile(found)):
        return PROGRAM
    return quote(_shown(beside))


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
