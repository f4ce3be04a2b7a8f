"""A real Mosquitto with our generated users and rights, through the code that `run` uses."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from cli.broker_users import SALT_BYTES, password_line
from cli.run.broker import OwnBroker
from cli.run.places import RunPlaces, executable, make_private
from shared.config import MqttConfig
from shared.topics import Topics
from support.client import Client
from support.wait import DEADLINE_S, wait_until

WITNESS = "witness"  # may do everything, for tests only


class Broker:
    """One broker process; `state_dir` is what `paths.state_dir` would be."""

    def __init__(self, state_dir: Path, base_topic: str, heard: Sequence[str] = ()) -> None:
        self.state_dir = state_dir
        self.topics = Topics(base_topic)
        self.places = RunPlaces(state_dir)
        self._process: subprocess.Popen[bytes] | None = None
        found = executable("mosquitto")
        assert found, "mosquitto is not installed: scripts/test installs it"
        self.own = OwnBroker(_unset(base_topic), self.places, found, heard=heard)

    @property
    def port(self) -> int:
        """Where it listens; the same after a restart."""
        return self.own.port

    @property
    def settings(self) -> MqttConfig:
        """What a service's configuration says about this broker."""
        return self.own.settings()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process, "the broker is not running"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self.start_with(str)

    def start_with(self, change: Callable[[str], str]) -> None:
        """Start it with another configuration, made of the generated one."""
        make_private(self.places.run)
        self.own.prepare(0)
        self._add_witness()
        configuration = self.places.run / "mosquitto.conf"
        configuration.write_text(change(configuration.read_text()))
        self._process = subprocess.Popen(self.own.arguments, stderr=subprocess.DEVNULL)
        wait_until(self.own.is_ready, what="mosquitto accepting connections")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, cleanly or with SIGKILL, and wait until it is gone."""
        if self._process:
            self._process.send_signal(number)
            self._process.wait(DEADLINE_S)
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process, "the broker is not running"
        self._process.send_signal(number)

    def password(self, user: str) -> str:
        """Return the generated password of a user."""
        return WITNESS if user == WITNESS else (self.own.credentials_dir / user).read_text().strip()

    def client(self, user: str = WITNESS, client_id: str = "") -> Client:
        """Return a client that signs in as this user; use it in a `with` statement."""
        return Client(self.port, user, self.password(user), client_id=client_id)

    def _add_witness(self) -> None:
        with (self.places.run / "acl").open("a") as acl:
            acl.write(f"\nuser {WITNESS}\ntopic readwrite #\n")
        with (self.places.run / "passwords").open("a") as passwords:
            passwords.write(password_line(WITNESS, WITNESS, os.urandom(SALT_BYTES)) + "\n")


def _unset(base_topic: str) -> MqttConfig:
    return MqttConfig(
        host=None,
        port=1883,
        username=None,
        password=None,
        tls=False,
        base_topic=base_topic,
        credentials_dir=None,
    )
