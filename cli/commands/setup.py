"""`power-monitor setup`: ask what is needed, try each answer, write the configuration."""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from cli.output import add_examples
from shared.config_files import PATH_VARIABLE, SYSTEM_PATH


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Ask where the power comes from (Home Assistant and its sensors, or a device that speaks "
        "MQTT), what a kWh costs, and where to keep the history safe; try each answer at once, "
        "and write the configuration, readable only by you. It can be repeated: the old answers "
        "are the defaults, and what it does not ask about stays. A configuration without "
        "mistakes is never replaced by one with mistakes. With --output it works on another "
        "computer, too; it needs no monitor. The answers may also come from a file or a pipe, "
        "one a line."
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write there, for another machine; the old answers are those of this file",
    )
    add_examples(parser, "setup", "setup --output config.json", "--config my.json setup")


def execute(arguments: Namespace) -> int:
    """Ask, then write."""
    from cli.setup.run import run  # noqa: PLC0415 - brings HTTP along

    target = arguments.output or _target(arguments.config)
    try:
        run(target, here=arguments.output is None)
    except KeyboardInterrupt:
        sys.stdout.write("\nNothing was written.\n")
        raise
    return 0


def _target(config: Path | None) -> Path:
    """Return where the configuration is, or else where it is sought first."""
    named = os.environ.get(PATH_VARIABLE)
    if config or named:
        return config or Path(str(named))
    own = Path("config.json")
    installed = SYSTEM_PATH.exists() or os.access(SYSTEM_PATH.parent, os.W_OK)
    return SYSTEM_PATH if installed and not own.exists() else own
