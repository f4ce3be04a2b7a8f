"""A throw-away machine: Debian in a directory, started with its own systemd or OpenRC.

It shares this machine's network, so ports must be chosen; nothing else of it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.run import ports
from cli.run.answers import accepts
from support.checkout import ROOT, copy_checkout
from support.wait import wait_until

LOCAL = "127.0.0.1"
CHECKOUT = "/root/checkout"
SUITE = "bookworm"
CAN_START = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("systemd-nspawn"),
    reason="a machine in a directory needs root, and systemd-nspawn, which Alpine does not have",
)
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_TAKEN_OVER = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", str(_CERTIFICATES))
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What the machine, its package manager and whoever adds a user keep for themselves.
_NOT_OURS = frozenset(
    (
        *("proc", "sys", "dev", "run", "tmp", "root/checkout"),
        *("var/log", "var/cache", "var/tmp", "var/lib/apt", "var/lib/dpkg", "var/lib/systemd"),
        *("etc/.pwd.lock", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-"),
        "etc/ld.so.cache",
    )
)
_BOOT_S = 300
_OFF_S = 120
_COMMAND_S = 600


def make_root(
    directory: Path, *packages: str, suite: str = SUITE, architecture: str | None = None
) -> None:
    """Install the smallest Debian there, with this machine's settings for package sources."""
    include = ",".join(("ca-certificates", *packages))
    options = [f"--arch={architecture}"] if architecture else []
    command = ["debootstrap", "--variant=minbase", f"--include={include}", *options]
    command += [suite, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    for file in filter(os.path.exists, _TAKEN_OVER):
        target = directory / file.lstrip("/")
        target.unlink(missing_ok=True)
        shutil.copy(file, target)


class Board:
    """A root directory with a checkout in it; `run` types a line there as root."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._leader = 0

    def put_checkout(self, place: str = CHECKOUT) -> Path:
        """Copy what git knows of this tree, and what it would take up; return where."""
        target = self.directory / place.lstrip("/")
        shutil.rmtree(target, ignore_errors=True)
        copy_checkout(target)
        return target

    @contextmanager
    def booted(self) -> Iterator[None]:
        """Start systemd in it; AssertionError when it does not come up."""
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.directory}"]
        command += ["--register=no", "--keep-unit", "--resolv-conf=off", "--console=pipe"]
        log = self.directory.with_suffix(".log")
        with log.open("wb") as output:
            nspawn = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            wait_until(lambda: self._is_up(nspawn.pid), _BOOT_S, what=f"systemd ({log})")
            yield
        finally:
            nspawn.terminate()  # which lets it power off
            try:
                nspawn.wait(_OFF_S)
            except subprocess.TimeoutExpired:
                nspawn.kill()
                nspawn.wait()

    def _is_up(self, nspawn: int) -> bool:
        self._leader = _child(nspawn)  # its first children are helpers that end soon
        said = self.run("systemctl is-system-running").stdout.strip() if self._leader else ""
        return said in {"running", "degraded"}

    def run(self, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell in the running machine."""
        return self._run(
            ["nsenter", "-t", str(self._leader), "-m", "-p", "-u", "-i"], line, environment
        )

    def run_alone(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell in the machine while it is off."""
        nspawn = [
            "systemd-nspawn",
            "--quiet",
            "--register=no",
            "--keep-unit",
            "--as-pid2",
            "--pipe",
        ]
        return self._run([*nspawn, "--resolv-conf=off", f"--directory={self.directory}"], line, {})

    @staticmethod
    def _run(
        inside: list[str], line: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        own = {
            "PATH": _PATH,
            "HOME": "/root",
            "LANG": "C.UTF-8",
            **package_settings(),
            **environment,
        }
        words = [f"{name}={value}" for name, value in own.items()]
        return subprocess.run(
            [*inside, "env", "-i", *words, "sh", "-c", f"cd /root; {line}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )

    def files(self) -> set[str]:
        """Return every path in it, but what package managers, logs and the machine itself keep."""
        found = set()
        for place, directories, names in os.walk(self.directory):
            inside = Path(place).relative_to(self.directory)
            directories[:] = [name for name in directories if str(inside / name) not in _NOT_OURS]
            found |= {str(inside / name) for name in (*directories, *names)}
        return found - _NOT_OURS


@contextmanager
def simulated_house() -> Iterator[dict[str, Any]]:
    """Run a Home Assistant with two days of history; give the configuration for it."""
    port = ports.choose(LOCAL, None)
    words = ["--demo", "--port", str(port), "--token", "demo", "--days", "2"]
    with subprocess.Popen(
        [sys.executable, "-m", "demo.home_assistant", *words, "--zone", "Europe/Berlin"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        wait_until(lambda: accepts(LOCAL, port), _BOOT_S, what="Home Assistant")
        entities = {"power": "sensor.house_power", "voltage": "sensor.house_voltage"}
        yield {
            "home_assistant": {
                "url": f"http://{LOCAL}:{port}",
                "token": "demo",
                "entities": entities,
            },
            "data": {"local_collection_interval_minutes": 1},
            "timezone": "Europe/Berlin",
        }
        process.terminate()


def _child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


def package_settings() -> dict[str, str]:
    """Return how this machine reaches package sources."""
    names = ("PIP_", "SSL_CERT", "REQUESTS_CA")
    return {name: value for name, value in os.environ.items() if name.startswith(names)}
