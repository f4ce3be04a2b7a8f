"""Where the parts of one running monitor keep their files."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from shared.config import Config, MqttConfig, PathsConfig

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "dashboard"
TEMPLATES = ROOT / "deploy" / "lighttpd"
BROKER_TEMPLATE = ROOT / "mosquitto.conf"

_SYSTEM_DATA = Path("/var/www/html")
_SYSTEM_STATE = Path("/var/lib/power-monitor")

# Debian keeps servers out of a plain user's PATH.
_SEARCH_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"))


@dataclass(frozen=True, slots=True)
class RunPlaces:
    """The files below `state_dir`; all of it is readable by its owner only."""

    state_dir: Path

    @property
    def run(self) -> Path:
        """What `run` writes for its children and for the command line."""
        return self.state_dir / "run"

    @property
    def lock(self) -> Path:
        """Held by the one supervisor of this state directory."""
        return self.run / "lock"

    @property
    def ports(self) -> Path:
        """The ports of last time, so that addresses stay the same."""
        return self.run / "ports.json"

    @property
    def broker(self) -> Path:
        """`{"host", "port"}` of our own broker, for the command line."""
        return self.run / "broker.json"

    @property
    def web(self) -> Path:
        """`{"address", "port"}` of our own page, for the command line."""
        return self.run / "web.json"

    @property
    def site(self) -> Path:
        """The directory of site.json, which the web server hands to the page."""
        return self.run / "site"

    @property
    def client_options(self) -> Path:
        """A configuration home for mosquitto_pub and mosquitto_sub."""
        return self.run / "admin"

    @property
    def broker_state(self) -> Path:
        """What Mosquitto itself keeps."""
        return self.state_dir / "mosquitto"

    @property
    def broker_database(self) -> Path:
        """Its retained messages and queues."""
        return self.broker_state / "mosquitto.db"


def placed(config: Config, var: Path | None) -> Config:
    """Move data and state below `var`, unless the configuration names other places."""
    if var is None:
        return config
    paths = _within(var.absolute(), config.paths)
    return replace(config, paths=paths, mqtt=_moved(config, paths))


def _within(var: Path, paths: PathsConfig) -> PathsConfig:
    data = var / "data" if paths.data_dir == _SYSTEM_DATA else paths.data_dir
    state = var / "state" if paths.state_dir == _SYSTEM_STATE else paths.state_dir
    volatile = data if paths.volatile_dir == paths.data_dir else paths.volatile_dir
    return PathsConfig(data_dir=data, volatile_dir=volatile, state_dir=state)


def _moved(config: Config, paths: PathsConfig) -> MqttConfig:
    """Let the passwords move with the state they lie in."""
    there = config.mqtt.credentials_dir
    if there is None or not there.is_relative_to(config.paths.state_dir):
        return config.mqtt
    moved = paths.state_dir / there.relative_to(config.paths.state_dir)
    return replace(config.mqtt, credentials_dir=moved)


def executable(name: str) -> Path | None:
    """Return the path of a server program, or None when it isn't installed."""
    found = shutil.which(name, path=_SEARCH_PATH)
    return Path(found) if found else None


def make_private(directory: Path) -> Path:
    """Make a directory that only its owner may enter; return it."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    return directory


def write_private(path: Path, content: str) -> None:
    """Replace a file of mode 600, whole or not at all, unless it has this content already."""
    try:
        if path.read_text() == content and path.stat().st_mode & 0o777 == 0o600:  # noqa: PLR2004
            return
    except (OSError, ValueError):
        pass
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
