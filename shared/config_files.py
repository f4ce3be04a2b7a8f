"""Where the configuration is sought, and what else of the machine's files it is made from."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from shared.errors import BadInput, ConfigError, NoConfig
from shared.option_checks import zone

SYSTEM_PATH = Path("/opt/power-monitor/config.json")
PATH_VARIABLE = "POWER_MONITOR_CONFIG"
_NAME = "config.json"
LARGEST_FILE = 256 * 1024  # bytes


def find(
    path: Path | None, environ: Mapping[str, str], cwd: Path, system: Path
) -> tuple[Path, bytes, int]:
    """Return the configuration's path, content and permission bits, from the first place it is."""
    places = _places(path, environ, cwd, system)
    for place in places:
        try:
            content, mode, owner = _read(place)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise ConfigError(f"{place}: {reason_of(error)}", hint=f"ls -l {place}") from error
        if place == cwd / _NAME and place not in _named(path, environ, cwd):
            _require_own(place, owner, environ)
        return place, content, mode
    looked = "\n".join(f"{place}: there is no such file" for place in places)
    raise NoConfig(
        looked,
        hint="power-monitor setup asks for what is needed and writes it; --config PATH or "
        f"{PATH_VARIABLE} names another file",
    )


def _places(
    path: Path | None, environ: Mapping[str, str], cwd: Path, system: Path
) -> tuple[Path, ...]:
    return _named(path, environ, cwd) or (cwd / _NAME, system)


def _named(path: Path | None, environ: Mapping[str, str], cwd: Path) -> tuple[Path, ...]:
    """Return the one place that was asked for, if any was."""
    name = path or environ.get(PATH_VARIABLE)
    return (cwd / name,) if name else ()


def _require_own(found: Path, owner: int, environ: Mapping[str, str]) -> None:
    """Refuse a file that merely lies in the directory somebody works in, /tmp perhaps.

    It names files to read secrets from, and where to send them.
    """
    ours = {0, os.geteuid(), int(environ.get("SUDO_UID") or 0)}
    if owner not in ours:
        raise ConfigError(
            f"{found.absolute()} belongs to somebody else and was not asked for",
            hint=f"if it is yours to use: --config {found}",
        )


def base_of(found: Path, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return where relative paths in the configuration start: at its directory.

    A configuration that systemd handed over as a credential has left its directory: the unit's
    working directory stands for it.
    """
    directory = found.absolute().parent
    return cwd.absolute() if environ.get("CREDENTIALS_DIRECTORY") == str(directory) else directory


def read(path: Path) -> tuple[bytes, int]:
    """Return a small file's content and permission bits; raise OSError or ValueError."""
    content, mode, _ = _read(path)
    return content, mode


def _read(path: Path) -> tuple[bytes, int, int]:
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
        status = os.fstat(file.fileno())
    if len(content) > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE} bytes")
    return content, status.st_mode, status.st_uid


def open_to_all(mode: int) -> bool:
    """Whether permission bits let everybody on the machine read."""
    return bool(mode & stat.S_IROTH)


def reason_of(error: Exception) -> str:
    """Say why a file can't be read, without its name."""
    return getattr(error, "strerror", None) or str(error)


def system_timezone(environ: Mapping[str, str], etc: Path = Path("/etc")) -> str:
    """Return the IANA name of the machine's own time zone, UTC when it can't be found."""
    for place in (environ.get("TZ", ""), _first_line(etc / "timezone"), _link(etc / "localtime")):
        try:
            return zone(place.removeprefix(":").rpartition("zoneinfo/")[2])
        except BadInput:
            continue
    return "UTC"


def _first_line(path: Path) -> str:
    try:
        return read(path)[0].decode().partition("\n")[0].strip()
    except (OSError, ValueError):
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
