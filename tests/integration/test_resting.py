"""A supervisor that has nothing to do leaves its memory to others, and is there when needed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from support.wait import DEADLINE_S, wait_until

from cli.run import watch

ROOT = Path(__file__).resolve().parents[2]
_RESTS_S = 120.0


def _fd(pid: int) -> Path:
    return Path(f"/proc/{pid}/fd")


class Monitor:
    """`power-monitor run` without a Home Assistant that answers."""

    def __init__(self, directory: Path) -> None:
        self.state = directory / "state"
        self.log = directory / "log"
        self.config = directory / "config.json"
        self.config.write_text(
            json.dumps(
                {
                    "home_assistant": {
                        "url": "http://127.0.0.1:9",
                        "token": "none",
                        "entities": {"power": "sensor.house_power"},
                    },
                    "paths": {"data_dir": str(directory), "state_dir": str(self.state)},
                    "timezone": "Europe/Berlin",
                }
            )
        )
        self.config.chmod(0o600)
        command = [sys.executable, "-m", "cli", "--config", str(self.config), "run"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def rests(self) -> bool:
        """Whether the process is the small one now."""
        return b"watch.py" in Path(f"/proc/{self.process.pid}/cmdline").read_bytes().split(b"--")[0]

    def wait_for_rest(self) -> None:
        """Wait until nothing is to be done."""
        wait_until(self.rests, _RESTS_S, what=f"rest\n{self.log.read_text()[-2000:]}")

    def pid(self, name: str) -> int:
        """Return the process id of a child, 0 while there is none."""
        file = self.state / "run" / f"{name}.pid"
        return int(file.read_text().split()[0]) if file.exists() else 0

    def has_new(self, name: str, before: int) -> bool:
        """Whether a child was started again."""
        return self.pid(name) not in {0, before}

    def sockets(self) -> list[str]:
        """Return what kinds of things it holds that are no files of the disk."""
        with suppress(FileNotFoundError):  # one that was just closed
            links = [str(file.readlink()) for file in _fd(self.process.pid).iterdir()]
            return sorted(link.split(":")[0] for link in links if ":" in link)
        return self.sockets()

    def port(self) -> int:
        """Return where the broker is."""
        port: int = json.loads((self.state / "run" / "broker.json").read_text())["port"]
        return port


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    """Run one; it is ended at the end, whatever happens."""
    running = Monitor(tmp_path_factory.mktemp("monitor"))
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(DEADLINE_S)


def test_what_dies_while_it_rests_is_started_again(monitor: Monitor) -> None:
    """With the configuration it had, even if the file is no good any more; the rest stays."""
    monitor.wait_for_rest()
    before = {name: monitor.pid(name) for name in ("mosquitto", "aggregator", "collector")}
    port = monitor.port()
    text = monitor.config.read_text()
    monitor.config.write_text("{")
    os.kill(before["collector"], signal.SIGKILL)
    os.kill(before["mosquitto"], signal.SIGKILL)
    for name in ("collector", "mosquitto"):
        wait_until(partial(monitor.has_new, name, before[name]), what=name)
    assert monitor.pid("aggregator") == before["aggregator"]
    assert monitor.port() == port
    monitor.config.write_text(text)


def test_rest_comes_back_after_each_start(monitor: Monitor) -> None:
    """No descriptor is left open by lying down and getting up."""
    monitor.wait_for_rest()
    before = monitor.sockets()
    killed = monitor.pid("aggregator")
    os.kill(killed, signal.SIGKILL)
    wait_until(partial(monitor.has_new, "aggregator", killed), what="a new aggregator")
    monitor.wait_for_rest()
    assert monitor.sockets() == before


def test_everything_stops_from_rest(monitor: Monitor) -> None:
    """SIGTERM to the small process ends all the others first."""
    monitor.wait_for_rest()
    monitor.process.terminate()
    assert monitor.process.wait(DEADLINE_S) == 0
    assert not list((monitor.state / "run").glob("*.pid"))


def test_who_watches_tells_the_manager_and_kills_what_is_silent() -> None:
    """As the supervisor does while it is awake."""
    manager, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    heart, silent = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    heart.settimeout(0)
    told.settimeout(DEADLINE_S)
    with subprocess.Popen(["/bin/sleep", "600"]) as child:
        words = [str(manager.fileno()), "0.05", "0.2", f"{child.pid}:{heart.fileno()}"]
        command = [sys.executable, "-I", "-S", watch.__file__, *words, "--", "/bin/true"]
        with subprocess.Popen(command, pass_fds=(manager.fileno(), heart.fileno())) as watching:
            assert told.recv(64) == b"WATCHDOG=1"
            silent.send(b"WATCHDOG=1")
            assert child.wait(DEADLINE_S) == -signal.SIGKILL
            watching.kill()
    for end in (manager, told, heart, silent):
        end.close()
