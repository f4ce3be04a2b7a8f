"""`power-monitor config check|show`: what the configuration says, before anything runs."""

import sys
from argparse import ArgumentParser, Namespace

from cli.complain import complain
from cli.output import add_examples, add_json, write_json
from cli.settings import settings
from shared.config import redacted
from shared.errors import ConfigError


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = "Check the configuration, or show it complete with all defaults."
    parser.add_argument(
        "what", choices=("check", "show"), help="check for mistakes, or show without secrets"
    )
    add_json(parser)
    add_examples(parser, "config check", "--config other.json config show")


def execute(arguments: Namespace) -> int:
    """Check or show."""
    try:
        config = settings(arguments)
    except ConfigError as error:
        if not arguments.json:
            return complain(error)
        write_json({"status": "error", "mistakes": str(error).splitlines(), "hint": error.hint})
        return ConfigError.EXIT_STATUS
    if arguments.what == "show":
        write_json(redacted(config))
    elif arguments.json:
        write_json({"status": "ok"})
    else:
        sys.stdout.write("The configuration is complete and has no mistakes.\n")
    return 0
