"""Which monitor a command is about: its configuration, and where its files are."""

import os
from argparse import Namespace
from pathlib import Path

from cli.run.again import command_line
from cli.run.places import ROOT, RunPlaces, placed
from shared.config import Config, load
from shared.config_files import SYSTEM_PATH, find
from shared.config_keys import decode
from shared.lock import is_held


def settings(arguments: Namespace) -> Config:
    """Return the configuration that `--config` and `--var` lead to; raises ConfigError."""
    return placed(load(arguments.config, os.environ), arguments.var)


def raw_settings(path: Path | None) -> tuple[Path, dict[str, object]]:
    """Return the configuration file's place and what it holds, unchecked; raises ConfigError."""
    found, content, _ = find(path, os.environ, Path(), SYSTEM_PATH)
    raw = decode(content, found)
    return found, raw if isinstance(raw, dict) else {}


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
