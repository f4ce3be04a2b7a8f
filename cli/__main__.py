"""The `power-monitor` command."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from cli.commands.table import COMMANDS, find
from cli.complain import complain
from shared.errors import MonitorError
from shared.version import VERSION

_INTERRUPTED = 130  # as a shell reports SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    try:
        return find(arguments.command).execute(arguments)
    except MonitorError as error:
        return complain(error)
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser(words: Sequence[str]) -> ArgumentParser:
    parser = ArgumentParser(
        prog="power-monitor", description="A house's power, kept honestly, on a small Linux board."
    )
    parser.add_argument(
        "--config", type=Path, metavar="PATH", help="the configuration file (default: config.json)"
    )
    parser.add_argument("--version", action="version", version=f"power-monitor {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_line in COMMANDS.items():
        command = commands.add_parser(name, help=help_line)
        if name in words:  # only the one that is called has to be read
            find(name).configure(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
