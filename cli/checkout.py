"""What scripts/run does once Python is there: run this checkout in its own var/ directory."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cli.commands import run
from cli.complain import complain
from cli.run import demo
from cli.run.options import RunOptions
from cli.run.places import ROOT
from shared.config_files import PATH_VARIABLE, system_timezone
from shared.errors import MonitorError

_EPILOG = """Without config.json a simulated Home Assistant with a year of a real household's
history takes the place of yours; its data is kept apart, in var/demo."""


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Start the demo or the real thing; return the exit status."""
    parser = ArgumentParser(prog="scripts/run", epilog=_EPILOG)
    parser.add_argument(
        "--config", type=Path, metavar="PATH", help="the configuration (default: config.json)"
    )
    parser.set_defaults(var=None)
    run.configure(parser)
    arguments = parser.parse_args(argv)
    options = RunOptions(
        config=arguments.config or _configured(environ),
        var=arguments.var or ROOT / "var",
        listen=arguments.listen,
        port=arguments.port,
        mqtt_listen=arguments.mqtt_listen,
    )
    try:
        run.become(options if options.config else _demo(options, environ))
    except MonitorError as error:
        return complain(error)
    return 0


def _configured(environ: Mapping[str, str]) -> Path | None:
    if environ.get(PATH_VARIABLE):
        return Path(environ[PATH_VARIABLE])
    own = ROOT / "config.json"
    return own if own.exists() else None


def _demo(options: RunOptions, environ: Mapping[str, str]) -> RunOptions:
    var = options.var or ROOT / "var"
    print("No config.json: this is the demo, with a simulated Home Assistant.", flush=True)  # noqa: T201 - said before the supervisor speaks
    return replace(options, config=demo.prepare(var, system_timezone(environ)), simulate=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
