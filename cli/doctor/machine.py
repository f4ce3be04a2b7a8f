"""The machine: versions, clock, disks."""

import ctypes
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli.doctor.finding import Findings, fail, ok, warn
from cli.run.places import executable
from cli.spans import size
from shared import clock
from shared.config import Config, PathsConfig
from shared.config_files import system_timezone
from shared.times import Zone
from shared.version import VERSION

_PACKAGES = ("paho-mqtt", "requests", "orjson")
_PROGRAM_TIMEOUT_S = 5.0
_TIME_ERROR = 5  # adjtimex(2): nothing keeps this clock right
_TIMEX_BYTES = 512  # larger than struct timex on any machine
_LITTLE_BYTES, _TOO_LITTLE_BYTES = 64 << 20, 8 << 20
_SELDOM_S = 600  # a file rewritten less often spares the flash by itself


def versions() -> Findings:
    """Tell what a report of trouble must name."""
    yield ok(f"power-monitor {VERSION}, Python {platform.python_version()}")
    yield ok(f"{_system()}, {platform.machine()}")
    found = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            yield fail(f"{package} is not installed", "scripts/run installs it in a checkout")
    yield ok(", ".join(found))
    mosquitto, lighttpd = _program("mosquitto", "-h"), _program("lighttpd", "-v")
    yield ok(mosquitto) if mosquitto else warn("mosquitto is not installed", _INSTALL)
    yield ok(lighttpd) if lighttpd else warn("lighttpd is not installed: no page", _INSTALL)


_INSTALL = "apt-get install mosquitto lighttpd (Debian, Ubuntu), apk add ... (Alpine)"


def time(config: Config, now: float) -> Findings:
    """Look at the clock and the time zone."""
    zone = Zone(config.timezone)
    shown = zone.iso(round(now))
    if now < clock.earliest_believable():
        yield fail(f"{shown} can't be right: it is before this release", "date -u; timedatectl")
    elif ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) == _TIME_ERROR:
        yield warn(
            f"{shown}, and no time server keeps it right",
            "timedatectl set-ntp true, or rc-service chronyd start",
        )
    else:
        yield ok(f"{shown}, kept by a time server")
    system = system_timezone(os.environ)
    if system == zone.name:
        yield ok(f"time zone {zone.name}, here and in the configuration")
    else:
        yield ok(f"time zone {zone.name} of the configuration; this machine's is {system}")


def disks(config: Config) -> Findings:
    """Look at the space, and at what wears the flash."""
    paths = config.paths
    for name, path in {"state": paths.state_dir, "data": paths.data_dir}.items():
        yield from _space(name, path)
    if paths.volatile_dir != paths.data_dir:
        yield from _volatile(paths)
    elif config.data.interval_s < _SELDOM_S and _mount(paths.data_dir)[1] != "tmpfs":
        yield warn(
            f"daily.json is written to {paths.data_dir} at each reading, which wears flash",
            "set paths.volatile_dir to a directory in a tmpfs, such as /run/power-monitor",
        )


def _space(name: str, path: Path) -> Findings:
    point, kind, options = _mount(path)
    if not path.is_dir():
        yield fail(f"{name}: {path} is not there", f"sudo install -d -o $USER {path}")
        return
    if not os.access(path, os.W_OK):
        why = "is mounted read-only" if "ro" in options.split(",") else "may not be written to"
        yield fail(
            f"{name}: {path} {why}", f"ls -ld {path}; mount | grep ' {point} '; dmesg | tail"
        )
        return
    there = os.statvfs(path)
    free = there.f_bavail * there.f_frsize
    text = f"{name}: {path}, {size(free)} free on {point} ({kind})"
    if free < _TOO_LITTLE_BYTES:
        yield fail(text, f"du -xh {point} | sort -h | tail")
    elif free < _LITTLE_BYTES or there.f_favail == 0 < there.f_files:
        yield warn(text, f"du -xh {point} | sort -h | tail; df -i {point}")
    else:
        yield ok(text)


def _volatile(paths: PathsConfig) -> Findings:
    _, kind, _ = _mount(paths.volatile_dir)
    link = paths.data_dir / "daily.json"
    if kind != "tmpfs":
        yield warn(f"paths.volatile_dir {paths.volatile_dir} is no tmpfs but {kind}")
    elif not link.is_symlink():
        yield warn(f"{link} is no link to {paths.volatile_dir}", "start the monitor: it makes it")
    else:
        yield ok(f"daily.json is in {paths.volatile_dir}, which spares the flash")


def _mount(path: Path) -> tuple[str, str, str]:
    """Return mount point, kind of file system and options of where a path is."""
    real = path.resolve()
    best = ("/", "unknown", "")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind, options, *_ = line.split()
        place = point.replace("\\040", " ")
        if real.is_relative_to(place) and len(place) >= len(best[0]):
            best = (place, kind, options)
    return best


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()


def _program(name: str, option: str) -> str:
    found = executable(name)
    if found is None:
        return ""
    try:
        said = subprocess.run(
            [found, option], capture_output=True, check=False, timeout=_PROGRAM_TIMEOUT_S, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"{name} does not start"
    return (said.stdout or said.stderr).splitlines()[0][:70]
