"""Which units an installation needs, and their text for this configuration; pure."""

import re
from pathlib import Path

from cli.install.paths import USUAL, fit
from cli.run import services
from shared.config import Config

WHOLE = "power-monitor.service"  # everything in one process tree
TARGET = "power-monitor.target"
COMMON = "10-common.conf"
_WRITES_DATA = ("power-monitor.service", "power-monitor-aggregator.service")
_WRITES_REMOTE = ("power-monitor.service", "power-monitor-syncer.service")
_USUAL_NAMES = re.compile(
    "|".join(map(str, (USUAL.state_dir / "credentials", USUAL.state_dir, USUAL.data_dir)))
)
_WRITABLE = re.compile(r"^ReadWritePaths=.*$", re.MULTILINE)


def parts(config: Config) -> tuple[str, ...]:
    """Return the parts this configuration needs: no broker of our own beside a configured one."""
    own = () if config.mqtt.host else ("broker",)
    return (*own, "web", *services.names(config))


def files(config: Config, *, whole: bool) -> tuple[str, ...]:
    """Return the files to install below systemd's directory; taken away in the reverse order."""
    if whole:
        return (f"{WHOLE}.d/{COMMON}", WHOLE, TARGET)
    each = (f"power-monitor-{part}.service" for part in parts(config))
    return (f"power-monitor-.service.d/{COMMON}", *each, TARGET)


def template(file: str) -> str:
    """Return the name in deploy/systemd of an installed file."""
    return f"power-monitor-.service.d/{COMMON}" if file.endswith(COMMON) else file


def localised(file: str, text: str, config: Config) -> str:
    """Return a file's text with the configuration's directories in place of the usual ones.

    Raises ConfigError for a directory that can't stand in a unit file.
    """
    paths, remote = config.paths, config.remote
    credentials = config.mqtt.credentials_dir or paths.state_dir / "credentials"
    more: list[Path] = []
    if file in _WRITES_DATA and paths.volatile_dir not in {USUAL.volatile_dir, paths.data_dir}:
        more.append(paths.volatile_dir)
    if file in _WRITES_REMOTE and remote:
        more.append(remote.path)
    places = {
        USUAL.state_dir / "credentials": credentials,
        USUAL.state_dir: paths.state_dir,
        USUAL.data_dir: paths.data_dir,
    }
    names = {str(usual): str(fit(wanted)) for usual, wanted in places.items()}
    text = _USUAL_NAMES.sub(lambda found: names[found[0]], text)
    # One that is not there at the start, such as a stick, is no reason to fail.
    extra = "".join(f" -{fit(path)}" for path in more)
    return _WRITABLE.sub(lambda line: line[0] + extra, text)
