"""`power-monitor config check|show`: what the configuration says, before anything runs."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace

from cli.complain import complain
from shared.config import load, redacted
from shared.errors import ConfigError


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = "Check the configuration, or show it complete with all defaults."
    parser.add_argument(
        "what", choices=("check", "show"), help="check for mistakes, or show without secrets"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def execute(arguments: Namespace) -> int:
    """Check or show."""
    try:
        config = load(arguments.config, os.environ)
    except ConfigError as error:
        if not arguments.json:
            return complain(error)
        _write({"status": "error", "mistakes": str(error).splitlines(), "hint": error.hint})
        return ConfigError.EXIT_STATUS
    if arguments.what == "show":
        _write(redacted(config))
    elif arguments.json:
        _write({"status": "ok"})
    else:
        sys.stdout.write("The configuration is complete and has no mistakes.\n")
    return 0


def _write(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
