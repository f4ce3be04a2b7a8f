"""The directories of an installation: the usual ones, and which others will do."""

import re
from fnmatch import fnmatch
from pathlib import Path

from shared.config import PathsConfig
from shared.errors import ConfigError

HOME = Path("/opt/power-monitor")
MANIFEST = HOME / "manifest"
# What the files in deploy/systemd name, and what volatile_dir is where an installation makes it.
USUAL = PathsConfig(
    data_dir=Path("/var/www/html"),
    volatile_dir=Path("/run/power-monitor"),
    state_dir=Path("/var/lib/power-monitor"),
)
_STATE_NAMES = Path(__file__).resolve().parents[2] / "deploy" / "state-names"
_OF_EVERY_DISK = "lost+found"
_UNFIT = re.compile(r"[\s\"'\\%$:]")


def fit(path: Path) -> Path:
    """Return a path that may stand in a systemd unit; raises ConfigError for any other."""
    if _UNFIT.search(str(path)):
        raise ConfigError(
            f"{path} can't stand in a systemd unit", hint="choose a path without such characters"
        )
    return path


def require_own(state: Path) -> None:
    """Raise ConfigError for a state directory in which somebody else keeps things."""
    names = [*_STATE_NAMES.read_text().split(), _OF_EVERY_DISK]
    try:
        found = sorted(path.name for path in state.iterdir())
    except OSError:  # not there yet, or not for whoever asks for a dry run
        return
    for name in found:
        if not any(fnmatch(name, pattern) for pattern in names):
            raise ConfigError(
                f"paths.state_dir: {state} has something else in it: {name}",
                hint=f"give the monitor a directory of its own: {state / 'power-monitor'}",
            )
