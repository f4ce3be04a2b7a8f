"""All subcommands: name to one line of help; each lives in the module of its name."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Protocol, cast

COMMANDS: Mapping[str, str] = {
    "setup": "ask what is needed and write the configuration",
    "run": "start everything on this machine",
    "status": "show how it is, on one screen",
    "doctor": "look at everything that may be in the way",
    "logs": "show what the services say",
    "collect": "take a reading now",
    "rollup": "bring the files up to date now",
    "maintenance": "switch maintenance on or off",
    "alert": "send a test to where alerts go",
    "correct": "make a wrong reading or day right",
    "backup": "save everything in one file",
    "restore": "put a backup in place",
    "config": "check or show the configuration",
    "push": "bring the remote up to date now",
    "fetch": "bring the history back from the remote",
    "import": "bring in what the old system, or a table, has",
    "export": "take readings or days out, as CSV or JSON",
}


class Command(Protocol):
    """What the module of a subcommand offers."""

    def configure(self, parser: ArgumentParser) -> None:
        """Declare the options."""

    def execute(self, arguments: Namespace) -> int:
        """Do it; return the exit status."""


def find(name: str) -> Command:
    """Import a subcommand's module; the others stay unread, which keeps each one quick."""
    module = import_module(f"cli.commands.{name.replace('-', '_')}" + "_" * iskeyword(name))
    return cast("Command", module)
