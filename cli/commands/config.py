"""`power-monitor config check|show|convert`: what the configuration says, before anything runs."""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from cli.complain import complain, hint_of
from cli.ground import as_owner, owner_of
from cli.output import add_examples, add_json, write_json
from cli.settings import raw_settings, settings
from shared.config import Config, parse, redacted
from shared.errors import ConfigError


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Check the configuration, show it complete with all defaults, or make one of the old "
        "system's."
    )
    parser.add_argument(
        "what",
        choices=("check", "show", "convert"),
        help="check for mistakes, show without secrets, or convert an old one",
    )
    parser.add_argument(
        "old", nargs="?", type=Path, metavar="OLD", help="the file to convert; it stays as it is"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("config.json"),
        metavar="FILE",
        help="what to convert to, readable by you alone; must not be there (default: config.json)",
    )
    add_json(parser)
    add_examples(
        parser,
        "config check",
        "--config other.json config show",
        "config convert /opt/power-monitor/config.json --output config.json",
    )


def execute(arguments: Namespace) -> int:
    """Check, show or convert."""
    if arguments.what == "convert":
        from cli.converting import convert_file  # noqa: PLC0415 - needed once in a lifetime

        return convert_file(arguments.old, arguments.output, as_json=arguments.json)
    try:
        config = settings(arguments)
        _require_secrets(arguments, config)
    except ConfigError as error:
        if not arguments.json:
            return complain(error)
        write_json({"status": "error", "mistakes": str(error).splitlines(), "hint": hint_of(error)})
        return ConfigError.EXIT_STATUS
    if arguments.what == "show":
        write_json(redacted(config))
    elif arguments.json:
        write_json({"status": "ok"})
    else:
        sys.stdout.write("The configuration is complete and has no mistakes.\n")
    return 0


def _require_secrets(arguments: Namespace, config: Config) -> None:
    """Refuse secret files that root can read and the monitor's own user can't."""
    state = config.paths.state_dir
    path, raw = raw_settings(arguments.config)
    with as_owner(state):
        try:
            parse(raw, os.environ, base=path.absolute().parent)
        except ConfigError as error:
            user = owner_of(state)
            raise ConfigError(
                f"{error}",
                hint=f"the monitor runs as {user}: sudo chown {user} FILE, in a directory that "
                f"{user} may enter",
            ) from None
