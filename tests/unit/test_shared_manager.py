"""What a service tells the one who started it."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from shared.manager import Manager

WATCHDOG_S = 30


class Listener:
    """Stands in for systemd: a socket, and what the environment says of it."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.setblocking(False)  # noqa: FBT003 - its only argument
        self.environ: Mapping[str, str] = {
            "NOTIFY_SOCKET": address,
            "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000),
            "WATCHDOG_PID": str(os.getpid()),
        }

    def heard(self) -> list[bytes]:
        """Return what came since the last time."""
        words = []
        while True:
            try:
                words.append(self._socket.recv(64))
            except BlockingIOError:
                return words

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()


class Tick:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


Make = Callable[[Mapping[str, str], Tick], Manager]


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listener]:
    name = f"@power-monitor-test-{os.getpid()}" if request.param == "abstract" else tmp_path / "s"
    listening = Listener(str(name))
    yield listening
    listening.close()


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Manager] = []

    def maker(environ: Mapping[str, str], tick: Tick) -> Manager:
        made.append(Manager(environ, tick))
        return made[-1]

    yield maker
    for manager in made:
        manager.stopping()


def test_it_tells_that_it_is_ready_and_that_it_stops(listener: Listener, make: Make) -> None:
    manager = make(listener.environ, Tick())
    manager.ready()
    manager.stopping()
    assert listener.heard() == [b"READY=1", b"STOPPING=1"]


def test_it_tells_of_its_turns_a_few_times_in_each_watchdog_interval(
    listener: Listener, make: Make
) -> None:
    tick = Tick()
    manager = make(listener.environ, tick)
    for _ in range(WATCHDOG_S * 10):  # ten turns a second for the whole interval
        manager.turned()
        tick.now += 0.1
    assert listener.heard() == [b"WATCHDOG=1"] * 3


def test_without_a_turn_it_says_nothing(listener: Listener, make: Make) -> None:
    tick = Tick()
    make(listener.environ, tick)
    tick.now += WATCHDOG_S
    assert listener.heard() == []


@pytest.mark.parametrize("change", [{"WATCHDOG_USEC": ""}, {"WATCHDOG_PID": "1"}])
def test_without_a_watchdog_of_ours_turns_are_not_told(
    listener: Listener, make: Make, change: Mapping[str, str]
) -> None:
    make({**listener.environ, **change}, Tick()).turned()
    assert listener.heard() == []


def test_nobody_has_to_listen(listener: Listener, make: Make, tmp_path: Path) -> None:
    """Started by hand, or with a manager that is gone."""
    make({}, Tick()).ready()
    make({"NOTIFY_SOCKET": str(tmp_path / "nobody")}, Tick()).ready()
    manager = make(listener.environ, Tick())
    listener.close()
    manager.ready()
    manager.turned()
