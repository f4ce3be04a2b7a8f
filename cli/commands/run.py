"""`power-monitor run`: start everything on this machine."""

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path

from cli.output import add_examples
from cli.run.options import LOCAL, RunOptions, again
from cli.run.places import ROOT


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Start the services, and a broker and a web server of their own, and keep them running "
        "until Ctrl-C. With mqtt.host in the configuration that broker is used instead."
    )
    parser.add_argument(
        "--listen",
        default=LOCAL,
        metavar="ADDRESS",
        help="where the page is served; 0.0.0.0 shows it to the whole network (default: only "
        "this machine)",
    )
    parser.add_argument(
        "--port", type=int, help="port of the page (default: the last one, 8080, or a free one)"
    )
    parser.add_argument(
        "--mqtt-listen",
        default=LOCAL,
        metavar="ADDRESS",
        help="where the own broker listens (default: only this machine)",
    )
    parser.add_argument(
        "--var",
        type=Path,
        default=SUPPRESS,  # so that `power-monitor --var DIRECTORY run` is the same
        metavar="DIRECTORY",
        help="keep data and state here, unless the configuration names other places",
    )
    add_examples(parser, "run", "run --var var", "run --listen 0.0.0.0 --port 8080")


def execute(arguments: Namespace) -> int:
    """Become the supervisor, in a fresh process image that holds nothing but what it needs."""
    options = RunOptions(
        config=arguments.config,
        var=arguments.var,
        listen=arguments.listen,
        port=arguments.port,
        mqtt_listen=arguments.mqtt_listen,
    )
    become(options)
    return 0


def become(options: RunOptions) -> None:
    """Replace this process by `python -m cli.run`; the pid stays."""
    sys.stdout.flush()
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    os.execve(sys.executable, again(options), {**os.environ, "PYTHONPATH": path})  # noqa: S606 - no shell
