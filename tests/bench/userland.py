"""A 32-bit Debian in a directory, and work done inside it with nothing else running there.

A process shares its files' pages with whoever maps the same files, so memory is honest only where
nobody else does. It stands in for a 32-bit ARM board, whose programs are of nearly the same size.
"""

import ctypes
import encodings.idna  # noqa: F401 - for sockets inside, where this Python's files are out of sight
import hashlib
import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.board import make_root, package_settings
from support.checkout import ROOT

from bench.tools import Missing, executable, run

PYTHON = "/opt/venv/bin/python"
_PACKAGES = ("python3", "python3-venv", "mosquitto", "lighttpd", "lighttpd-mod-deflate", "tzdata")
_COLLECTD = ("collectd-core", "rrdtool", "mosquitto-clients")  # and its plugins' libraries
_DIRECTORY = "POWER_MONITOR_TEST_ROOTS"
_READY = "opt/complete"
_REQUIREMENTS = ROOT / "deploy" / "requirements.txt"
_NEW_MOUNT_NAMESPACE = 0x00020000  # CLONE_NEWNS of unshare(2)
ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(ROOT),
}


def userland(suite: str, *, collectd: bool = False) -> Path:
    """Return its root directory, made now unless the same recipe has made it before.

    It lies below `$POWER_MONITOR_TEST_ROOTS`, or the user's cache, and may be deleted at any time.
    Raises Missing where it can't be made.
    """
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise Missing("needs root and debootstrap, for a 32-bit userland")
    packages = (*_PACKAGES, *(_COLLECTD if collectd else ()))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = Path(os.environ.get(_DIRECTORY) or cache / "power-monitor-tests")
    recipe = repr((suite, packages, _REQUIREMENTS.read_text()))
    root = directory / f"i386-{suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not (root / _READY).exists():
        shutil.rmtree(root, ignore_errors=True)  # a run that was cut short
        directory.mkdir(parents=True, exist_ok=True)
        make_root(root, *packages, suite=suite, architecture="i386")
        _install(root)
    return root


def inside(root: Path, work: Callable[[], Any]) -> Any:
    """Return what `work` does in a child that sees only that directory, and this checkout.

    What it returns must fit into JSON; what it starts ends with it.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        status = 1
        try:
            _enter(root)
            os.write(writing, json.dumps(work()).encode())
            status = 0
        except BaseException:  # noqa: BLE001 - the last frame of the process
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        answer = told.read()
    _, status = os.waitpid(pid, 0)
    assert status == 0, f"the work in {root} failed"
    return json.loads(answer)


def _enter(root: Path) -> None:
    done = ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNT_NAMESPACE)
    assert done == 0, os.strerror(ctypes.get_errno())
    checkout = root / str(ROOT).lstrip("/")
    checkout.mkdir(parents=True, exist_ok=True)
    for words in (
        ("--make-rprivate", "/"),
        ("-t", "proc", "proc", str(root / "proc")),
        ("--bind", str(ROOT), str(checkout)),
    ):
        run("mount", *words)
    os.chroot(root)
    os.chdir("/")
    os.environ.clear()
    os.environ.update(ENVIRONMENT)


def _install(root: Path) -> None:
    shutil.copy(_REQUIREMENTS, root / "opt")
    pip = "/opt/venv/bin/pip install --quiet --only-binary=:all: --require-hashes"
    lines = (
        "python3 -m venv /opt/venv",
        f"{pip} -r /opt/requirements.txt",
        f"touch /{_READY}",
    )
    done = subprocess.run(
        [executable("chroot"), str(root), "sh", "-e", "-c", "\n".join(lines)],
        env={**ENVIRONMENT, **package_settings()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
