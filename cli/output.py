"""What every command prints: JSON for programs, lines for people."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from cli.terminal import harmless


def add_json(parser: ArgumentParser) -> None:
    """Declare `--json`."""
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def add_examples(parser: ArgumentParser, *examples: str) -> None:
    """Show lines to copy at the end of `--help`."""
    parser.epilog = "examples:\n" + "\n".join(f"  power-monitor {line}" for line in examples)


def answer(data: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print a result, for a program or a person."""
    if as_json:
        write_json(data)
    else:
        write_lines(lines)


def write_json(document: object) -> None:
    """Print a document."""
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()


def write_lines(lines: Iterable[str]) -> None:
    """Print lines; what others wrote into them commands no terminal."""
    sys.stdout.writelines(f"{harmless(line)}\n" for line in lines)
    sys.stdout.flush()
