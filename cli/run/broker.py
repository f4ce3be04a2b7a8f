"""Our own Mosquitto instance: its files, its port, and whether it answers."""

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import orjson

from cli.broker_users import acl
from cli.run import ports
from cli.run.answers import accepts, reachable
from cli.run.credentials import ensure_passwords, password_file
from cli.run.places import BROKER_TEMPLATE, RunPlaces, make_private, write_private
from cli.run.program import Program, execute
from cli.run.template import fill, is_safe
from shared.config import MqttConfig
from shared.errors import ConfigError
from shared.topics import Topics

LOCAL = "127.0.0.1"
NAME = "mosquitto"
_FAILURES_BEFORE_DOUBT = 2
_ADMIN_PROGRAMS = ("mosquitto_pub", "mosquitto_sub", "mosquitto_rr")


def known_port(mqtt: MqttConfig, address: str) -> int | None:
    """Return the port that others rely on: one that devices were told can't be any free one."""
    return None if address == LOCAL else mqtt.port


class OwnBroker:
    """Mosquitto for one state directory; `prepare` writes all it needs before each start."""

    name = NAME

    def __init__(
        self,
        mqtt: MqttConfig,
        places: RunPlaces,
        executable: Path,
        *,
        address: str = LOCAL,
        host: str | None = None,
        port: int | None = None,
        heard: Sequence[str] = (),
    ) -> None:
        """Let devices speak on the topics that are `heard`."""
        self.address = address
        self.host = host or reachable(address)  # by which everybody else finds it
        self.port = port or 0
        self._fixed = port is not None
        self.credentials_dir = mqtt.credentials_dir or places.state_dir / "credentials"
        self._mqtt = mqtt
        self._heard = heard
        self._places = places
        self._executable = executable
        self._answered = False
        self._answers = False  # since its last start

    @property
    def arguments(self) -> list[str]:
        """The command line, valid after `prepare`."""
        return [str(self._executable), "-c", str(self._file("mosquitto.conf"))]

    def program(self) -> Program:
        """Return what the supervisor runs."""
        body = execute(self.arguments)
        return Program(NAME, body, ready=self.is_ready, prepare=self.prepare)

    def is_ready(self) -> bool:
        """Whether it accepts connections."""
        answers = accepts(self.address, self.port)
        self._answered = self._answered or answers
        self._answers = self._answers or answers
        return answers

    def prepare(self, failures: int) -> None:
        """Choose the port, make users and rights, and write the configuration; raises OSError.

        A disk that refuses is in nobody's way once there is what Mosquitto has worked with.
        """
        with suppress(OSError) if self._answered else nullcontext():
            self._choose_port()
            if failures >= _FAILURES_BEFORE_DOUBT:
                self._set_state_aside()
            self._write()
        self._answers = False

    def _write(self) -> None:
        make_private(self._places.broker_state)
        passwords = ensure_passwords(self.credentials_dir)
        write_private(self._file("acl"), acl(Topics(self._mqtt.base_topic), self._heard))
        write_private(self._file("passwords"), password_file(passwords))
        write_private(self._file("mosquitto.conf"), self._configuration())
        self._tell_clients(passwords)

    def keep(self, port: int) -> None:
        """Take the one that runs since before us."""
        self.port = port
        self._answered = self._answers = True

    def settings(self) -> MqttConfig:
        """Return how the services reach it, each with its own password."""
        return replace(
            self._mqtt,
            host=self.host,
            port=self.port,
            username=None,
            password=None,
            tls=False,
            credentials_dir=self.credentials_dir,
        )

    def _file(self, name: str) -> Path:
        return self._places.run.absolute() / name

    def _choose_port(self) -> None:
        """Keep the port once services know it; before that any other free one will do."""
        if self._answered or self._fixed:
            return
        wanted = self.port or ports.remembered(self._places.ports).get(NAME)
        self.port = ports.choose(self.address, wanted)
        ports.remember(self._places.ports, NAME, self.port)

    def _configuration(self) -> str:
        values = {
            "ADDRESS": self.address,
            "PORT": str(self.port),
            "ACL_FILE": str(self._file("acl")),
            "PASSWORD_FILE": str(self._file("passwords")),
            "PERSISTENCE_DIRECTORY": str(self._places.broker_state.absolute()),
        }
        for value in values.values():
            if not is_safe(value):
                raise ConfigError(f"{value!r} can't stand in mosquitto.conf")
        return fill(BROKER_TEMPLATE.read_text(), values)

    def _set_state_aside(self) -> None:
        """Begin anew: a database torn by a power cut keeps Mosquitto from starting."""
        database = self._places.broker_database
        if database.exists() and not self._answers:
            database.replace(database.with_name(f"mosquitto.db.corrupt-{int(time.time())}"))

    def _tell_clients(self, passwords: Mapping[str, str]) -> None:
        where = orjson.dumps({"host": self.host, "port": self.port}).decode()
        write_private(self._places.broker, f"{where}\n")
        options = f"-h {self.host}\n-p {self.port}\n-u admin\n-P {passwords['admin']}\n"
        make_private(self._places.client_options)
        for program in _ADMIN_PROGRAMS:
            write_private(self._places.client_options / program, options)
