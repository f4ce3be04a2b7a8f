"""The `power-monitor` command."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import NoReturn

from cli.commands.table import COMMANDS, find
from cli.complain import complain, complain_of_system
from shared import leaks
from shared.errors import MonitorError, Refused
from shared.version import VERSION

_MISUSED = 2  # as argparse itself has it
_INTERRUPTED = 130  # as a shell reports SIGINT
_BROKEN_PIPE = 141  # as a shell reports SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    leaks.prevent()
    try:
        arguments = make_parser(words).parse_args(words)
    except _MisusedError as misused:
        return _explain(misused, as_json="--json" in words)
    try:
        return find(arguments.command).execute(arguments)
    except MonitorError as error:
        return complain(error, as_json=getattr(arguments, "json", False))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stdout = None
        return _BROKEN_PIPE
    except OSError as error:  # what nobody has foreseen is told all the same
        return complain_of_system(error, as_json=getattr(arguments, "json", False))


class _MisusedError(Exception):
    """A command line that nobody understands."""

    def __init__(self, parser: ArgumentParser, message: str) -> None:
        super().__init__(message)
        self.parser = parser


class _Parser(ArgumentParser):
    """Leaves it to others to tell what is wrong."""

    def error(self, message: str) -> NoReturn:
        raise _MisusedError(self, message)


def _explain(misused: _MisusedError, *, as_json: bool) -> int:
    prog = misused.parser.prog
    if not as_json:
        misused.parser.print_usage(sys.stderr)
        sys.stderr.write(f"{prog}: error: {misused}\n")
    else:
        complain(Refused(str(misused), hint=f"{prog} --help"), as_json=True)
    return _MISUSED


def make_parser(words: Sequence[str]) -> ArgumentParser:
    """Declare the options; those of a command only if it is among the words."""
    parser = _Parser(
        prog="power-monitor",
        description="A house's power, kept honestly, on a small Linux board.",
        epilog="power-monitor COMMAND --help says more about each.",
    )
    parser.add_argument(
        "--config", type=Path, metavar="PATH", help="the configuration file (default: config.json)"
    )
    parser.add_argument(
        "--var",
        type=Path,
        metavar="DIRECTORY",
        help="where data and state are, unless the configuration says; `run --var` was started "
        "with the same",
    )
    parser.add_argument("--version", action="version", version=f"power-monitor {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_line in COMMANDS.items():
        command = commands.add_parser(name, help=help_line, formatter_class=_Help)
        if name in words:  # only the one that is called has to be read
            find(name).configure(command)
    return parser


class _Help(RawDescriptionHelpFormatter):
    """Wraps the description and leaves the examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("examples:"):
            return super()._fill_text(text, width, indent)
        return fill(text, width, initial_indent=indent, subsequent_indent=indent)


if __name__ == "__main__":
    sys.exit(main())
