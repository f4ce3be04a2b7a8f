"""Real service processes around a real broker, and the clock they see."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shared.topics import SERVICES
from support import nursery
from support.broker import Broker
from support.client import Client
from support.wait import DEADLINE_S, wait_until

ROOT = Path(__file__).parents[2]
# Tests live in any year; a service believes no clock from before it was made.
ANY_CLOCK = {"POWER_MONITOR_EARLIEST_CLOCK": "2000-01-01T00:00:00Z"}
_FOUND = sorted(Path("/usr/lib").glob("**/faketime/libfaketime.so.1"))
LIBFAKETIME = str(_FOUND[0]) if _FOUND else ""


def clock_at(now: float) -> Mapping[str, str]:
    """Return the environment of a process that sees another clock, which nobody moves."""
    offset_s = now - time.time()
    own = {"FAKETIME": f"{offset_s:+.0f}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return {"LD_PRELOAD": str(LIBFAKETIME[0]), **own, **ANY_CLOCK}


class MovedClock:
    """A clock for child processes that a test moves while they run (libfaketime)."""

    def __init__(self, directory: Path, now: float) -> None:
        assert LIBFAKETIME, "libfaketime is not installed: scripts/test installs it"
        self._file = directory / "faketime"
        self.offset_s = 0.0
        self.set(now)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs in its environment to see this clock."""
        return {
            "LD_PRELOAD": LIBFAKETIME,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            **ANY_CLOCK,
        }

    def set(self, now: float) -> None:
        """Move the clock to an instant, from which it goes on at its usual pace."""
        self.offset_s = now - time.time()
        temporary = self._file.with_suffix(".new")
        temporary.write_text(f"{self.offset_s:+.3f}")
        temporary.rename(self._file)

    def now(self) -> float:
        """Return what the children see."""
        return time.time() + self.offset_s


class Service:
    """One service in a process of its own."""

    def __init__(self, name: str, config: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._config = config
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self._log = config.with_name(f"{name}.log")
        self._process: nursery.Child | subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start the process, with something more in its environment."""
        with self._log.open("ab") as log:
            words = [f"services.{self.name}", "--config", str(self._config)]
            if not environment:
                self._process = nursery.start(words, self._environment, log, log)
                return
            self._process = subprocess.Popen(
                [sys.executable, "-m", *words],
                env={**self._environment, **environment},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process and return its exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        status = self._process.wait(DEADLINE_S)
        self._process = None
        return status

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process, f"the {self.name} is not running"
        return self._process.pid

    @property
    def log(self) -> str:
        """Return everything it said."""
        return self._log.read_text()


class Stack:
    """A configuration around one broker, and the services a test starts with it."""

    def __init__(
        self,
        directory: Path,
        broker: Broker,
        environment: Mapping[str, str] = ANY_CLOCK,
        **config: Any,
    ) -> None:
        self.broker = broker
        self.topics = broker.topics
        self.data = directory / "data"
        self.state = directory / "state"
        self.config = self._config(config)
        path = directory / "config.json"
        path.write_text(json.dumps(self.config))
        path.chmod(0o600)
        self._services = {name: Service(name, path, environment) for name in SERVICES}

    def start(self, *names: str, machine_on_since: float | None = None) -> None:
        """Start services and wait until they have subscribed; the machine may be on since then."""
        environment = {}
        if machine_on_since is not None:
            environment["PYTHONPATH"] = f"{ROOT}:{ROOT / 'tests' / 'support' / 'machine'}"
            environment["MACHINE_ON_SINCE"] = str(machine_on_since)
        for name in names:
            self.service(name).start(environment)
        with self.broker.client() as client:
            self.wait_online(client, *names)

    def service(self, name: str) -> Service:
        """Return a service, running or not."""
        return self._services[name]

    def stop(self) -> None:
        """Stop whatever runs."""
        for service in self._services.values():
            service.stop()

    def wait_online(self, client: Client, *names: str) -> None:
        """Wait until services have subscribed, so that what is published reaches them."""
        client.subscribe(self.topics.availability("+"))
        for name in names:
            wait_until(partial(self._is_online, client, name), what=f"{name} online")

    def _is_online(self, client: Client, name: str) -> bool:
        heard = client.of(self.topics.availability(name))
        return bool(heard) and heard[-1].payload == b"online"

    def document(self, tier: str) -> dict[str, Any]:
        """Return a tier file as a reader sees it; an empty object while there is none."""
        try:
            found: dict[str, Any] = json.loads((self.data / f"{tier}.json").read_bytes())
        except FileNotFoundError:
            return {}
        return found

    def wait_for_points(
        self, tier: str, points: int, deadline_s: float = DEADLINE_S
    ) -> dict[str, Any]:
        """Return a tier file once it has this many points."""

        def there() -> dict[str, Any] | None:
            document = self.document(tier)
            return document if len(document.get("data_points", ())) == points else None

        return wait_until(there, deadline_s, what=f"{points} points in {tier}.json") or {}

    def _config(self, config: dict[str, Any]) -> dict[str, Any]:
        mqtt = self.broker.settings
        return {
            "home_assistant": {
                "url": "http://127.0.0.1:9",
                "token": "no-home-assistant-here",
                "entities": {"power": "sensor.power"},
            },
            "mqtt": {
                "host": mqtt.address,
                "port": mqtt.port,
                "base_topic": mqtt.base_topic,
                "credentials": str(self.broker.own.credentials_dir),
            },
            "paths": {"data_dir": str(self.data), "state_dir": str(self.state)},
            "timezone": "Europe/Berlin",
            **config,
        }
