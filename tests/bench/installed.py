"""What deploy/install.sh adds to the smallest Debian: Python, packages, servers, and ours."""

import json
import os
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from support.board import CHECKOUT, SUITE, Board, make_root

from bench.table import Row, Section, Subject
from bench.tools import Missing, executable, run
from cli.run.options import LOCAL
from cli.run.ports import choose

_ROOTS = "POWER_MONITOR_TEST_ROOTS"
_BASE = ("systemd", "systemd-sysv")  # every board has it
_PASSING = ("proc", "tmp", "var/cache", "var/lib/apt", "var/log", "root")
_MB = 1e6
_PARTS = {
    "python": "Python of the distribution",
    "libpython": "Python of the distribution",
    "mosquitto": "Mosquitto and its clients",
    "libmosquitto": "Mosquitto and its clients",
    "lighttpd": "lighttpd",
}
_REST = "libraries that these bring along"
_CONFIG = {
    "home_assistant": {
        "url": "http://127.0.0.1:8123",
        "token": "none",
        "entities": {"power": "sensor.power"},
    },
    "timezone": "Europe/Berlin",
}


def measure() -> Subject:
    """Install on a copy of the smallest Debian, as a person would."""
    if os.geteuid() != 0:
        raise Missing("needs root to install in a directory")
    executable("systemd-nspawn")
    base = _smallest()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "root"
        run("cp", "-a", str(base), str(root))
        before, packages = _bytes(root), _packages(root)
        _install(root)
        added = _bytes(root) - before
        parts = _parts(_packages(root), packages)
        ours = root / "opt" / "power-monitor"
        venvs = sum(_bytes(found) for found in ours.glob("releases/*/venv"))
        parts["paho-mqtt, requests, orjson and theirs"] = venvs
        parts["ours: services, command, page, documents"] = _bytes(ours) - venvs
        parts["modules compiled, and files rounded up to blocks"] = added - parts.total()
    machine = os.uname().machine
    return Subject(
        [
            Row(
                "installed on the board: Python, packages, broker, web server, ours",
                f"{added / _MB:.0f} MB on {machine}",
                f"{_bytes(base) / _MB:.0f} MB is the smallest Debian itself",
                "100 MB",
            )
        ],
        Section(
            "Installed",
            f"deploy/install.sh on the smallest Debian ({SUITE}, {machine}, systemd included), "
            "without recommended packages: what the disk has more afterwards, caches and logs left "
            "out. Parts that are packages are as they say of themselves.",
            ("part", "size"),
            [
                *((part, f"{size / _MB:.1f} MB") for part, size in parts.most_common()),
                ("together, on the disk", f"{added / _MB:.1f} MB"),
            ],
        ),
    )


def _smallest() -> Path:
    """Return a root directory that was made once; it may be deleted at any time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = Path(os.environ.get(_ROOTS) or cache / "power-monitor-tests")
    root, ready = directory / f"smallest-{SUITE}", directory / f"smallest-{SUITE}.ready"
    if not ready.exists():
        executable("debootstrap")
        directory.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        make_root(root, *_BASE)
        ready.touch()
    return root


def _install(root: Path) -> None:
    board = Board(root)
    board.put_checkout()
    config = root / "root" / "config.json"
    config.write_text(json.dumps(_CONFIG))
    config.chmod(0o600)
    words = f"--config /root/config.json --non-interactive --port {choose(LOCAL, None)}"
    done = board.run_alone(f"{CHECKOUT}/deploy/install.sh {words}")
    assert done.returncode == 0, done.stdout[-2000:]


def _bytes(directory: Path) -> int:
    left_out = [f"--exclude={directory / place}" for place in _PASSING]
    told = run(
        "du", "--summarize", "--one-file-system", "--block-size=1", *left_out, str(directory)
    )
    return int(told.split()[0])


def _packages(root: Path) -> dict[str, int]:
    """Return installed packages with the bytes they say they take."""
    asked = "${Package} ${Installed-Size}\n"
    told = run("chroot", str(root), "dpkg-query", "-W", "-f", asked)
    return {name: int(size) * 1024 for name, size in map(str.split, told.splitlines())}


def _parts(after: dict[str, int], before: dict[str, int]) -> Counter[str]:
    parts: Counter[str] = Counter()
    for name, size in after.items():
        if name not in before:
            stem = re.match(r"[a-z]+", name)
            parts[_PARTS.get(stem[0] if stem else "", _REST)] += size
    return parts
