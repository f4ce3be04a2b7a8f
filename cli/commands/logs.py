"""`power-monitor logs`: what the services said last, and what they say now."""

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from cli.output import add_examples
from cli.settings import settings
from shared.errors import MonitorError
from shared.plain import plain
from shared.topics import SERVICES

if TYPE_CHECKING:
    from cli.log_lines import Line

_SYSTEMD = Path("/run/systemd/system")  # there when systemd is what started this machine
_LAST = "100"


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Show what the services said last, at most 100 lines of each since its start; with -f go "
        "on until Ctrl-C. When no broker answers, the system's own log is shown where systemd "
        "keeps one."
    )
    parser.add_argument("service", nargs="?", choices=SERVICES, help="only this one")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    parser.add_argument("--json", action="store_true", help="a JSON object a line: service, line")
    add_examples(parser, "logs", "logs -f collector")


def execute(arguments: Namespace) -> int:
    """Print what was said, then what is said."""
    from cli.log_lines import follow, last_lines  # noqa: PLC0415 - brings paho along

    config = settings(arguments)
    services = (arguments.service,) if arguments.service else SERVICES
    try:
        for line in (follow if arguments.follow else last_lines)(config, services):
            _print(line, as_json=arguments.json)
    except MonitorError:
        if not _SYSTEMD.is_dir() or not shutil.which("journalctl"):
            raise
        _become_journalctl(follow=arguments.follow)
    return 0


def _print(line: "Line", *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps({"service": line.service, "line": line.text}).decode())
    else:
        sys.stdout.write(f"{line.service:<10} {plain(line.text)}")
    sys.stdout.write("\n")
    sys.stdout.flush()


def _become_journalctl(*, follow: bool) -> None:
    words = ["journalctl", "--no-pager", "-n", _LAST, "-u", "power-monitor*"]
    os.execvp(words[0], [*words, *(["-f"] if follow else [])])  # noqa: S606 - no shell
