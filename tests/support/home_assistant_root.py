"""A Debian in a directory that has the newest Home Assistant, made once and kept between runs."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from support.board import make_root, package_settings

SUITE = "trixie"  # its Python is 3.13, which Home Assistant asks for
_PACKAGES = (
    *("python3", "python3-venv", "python3-dev", "gcc", "g++", "libc6-dev"),
    *("libffi-dev", "libssl-dev", "libjpeg-dev", "zlib1g-dev"),
)
_HOME_ASSISTANT = "homeassistant==2026.2.3"
# What its integrations would fetch by themselves at their start, in the releases it names.
_REQUIREMENTS = (
    "SQLAlchemy==2.0.41",
    "fnv-hash-fast==1.6.0",
    "psutil-home-assistant==0.0.1",
    "paho-mqtt==2.1.0",
    "home-assistant-frontend==20260128.6",
    "hassil==3.5.0",
    "home-assistant-intents==2026.1.28",
    "PyTurboJPEG==1.8.0",
    "cronsim==2.7",
    "securetar==2025.2.1",
    "pycountry==24.6.1",
)
_DIRECTORY = "POWER_MONITOR_TEST_ROOTS"
_VENV = "/opt/home-assistant"
_READY = "opt/home-assistant/complete"
_INSTALL_S = 3600


def home_assistant_root() -> Path:
    """Return the root directory, made now unless the same recipe has made it before.

    It lies below `$POWER_MONITOR_TEST_ROOTS`, or the user's cache, and may be deleted at any time.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = Path(os.environ.get(_DIRECTORY) or cache / "power-monitor-tests")
    recipe = repr((SUITE, _PACKAGES, _HOME_ASSISTANT, _REQUIREMENTS))
    root = directory / f"home-assistant-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not (root / _READY).exists():
        shutil.rmtree(root, ignore_errors=True)  # a run that was cut short
        directory.mkdir(parents=True, exist_ok=True)
        make_root(root, *_PACKAGES, suite=SUITE)
        _install(root)
    return root


def _install(root: Path) -> None:
    pip = f"{_VENV}/bin/pip install --quiet"
    constraints = f"{_VENV}/lib/python3.13/site-packages/homeassistant/package_constraints.txt"
    lines = (
        f"python3 -m venv {_VENV}",
        f"{pip} wheel {_HOME_ASSISTANT}",
        f"{pip} --constraint {constraints} {' '.join(_REQUIREMENTS)}",
        f"touch /{_READY}",
    )
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        **package_settings(),
    }
    done = subprocess.run(
        [_tool("chroot"), str(root), "sh", "-e", "-c", "\n".join(lines)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_INSTALL_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]


def _tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed"
    return found
