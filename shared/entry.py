"""The command line of one service run alone: `python -m services.<name> [--config PATH]`."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from shared import leaks
from shared.config import Config, load
from shared.errors import ConfigError, MonitorError
from shared.own_broker import located
from shared.plain import plain
from shared.version import VERSION

_FAILED = 1
_USAGE = 64  # EX_USAGE of sysexits.h


def main(name: str, run: Callable[[Config], int], argv: Sequence[str] | None = None) -> int:
    """Run a service until SIGTERM; return the exit status. Without argparse, which costs 2 MiB."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--help"], ["-h"]):
        print(  # noqa: T201 - this is what --help is for
            f"usage: python -m services.{name} [--config PATH] [--version]\n\n"
            f"Runs the {name} until SIGTERM. `power-monitor run` starts everything at once."
        )
        return 0
    if words == ["--version"]:
        print(f"power-monitor {VERSION}")  # noqa: T201
        return 0
    if words and (words[0] != "--config" or len(words) != 2):  # noqa: PLR2004 - option and value
        return _complain(
            f"can't use {' '.join(words)!r}", f"python -m services.{name} --help", _USAGE
        )
    leaks.prevent()
    try:
        config = load(Path(words[1]) if words else None, os.environ)
        return run(replace(config, mqtt=located(config.mqtt, config.paths.state_dir)))
    except ConfigError as error:
        return _complain(str(error), error.hint, ConfigError.EXIT_STATUS)
    except MonitorError as error:
        return _complain(str(error), error.hint, _FAILED)


def _complain(text: str, hint: str, status: int) -> int:
    sys.stderr.write(plain(f"{text}\n" + (f"  try: {hint}\n" if hint else "")))
    return status
