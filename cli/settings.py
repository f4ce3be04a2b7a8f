"""Which monitor a command is about: its configuration, and where its files are."""

import os
from argparse import Namespace

from cli.run.again import command_line
from cli.run.places import ROOT, RunPlaces, placed
from shared.config import Config, load
from shared.lock import is_held


def settings(arguments: Namespace) -> Config:
    """Return the configuration that `--config` and `--var` lead to; raises ConfigError."""
    return placed(load(arguments.config, os.environ), arguments.var)


def running_elsewhere(config: Config) -> str:
    """Return the beginning of the command line for a monitor of this checkout, "" when none runs.

    That is what somebody who has just typed `scripts/run` means.
    """
    var = ROOT / "var"
    lines = {
        var / "state": command_line(None, var),
        var / "demo" / "state": command_line(var / "demo" / "config.json", None),
    }
    for state, line in lines.items():
        if state != config.paths.state_dir and is_held(RunPlaces(state).lock):
            return line
    return ""
