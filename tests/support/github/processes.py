"""Aggregator and syncer as processes of their own, on a real broker, against our GitHub."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import orjson

from support import nursery
from support.broker import Broker
from support.client import Client
from support.github.server import FakeGitHub
from support.wait import wait_until

ROOT = Path(__file__).resolve().parents[3]
LONG_S = 60.0


class Processes:
    """The services that are started, below one directory; use it in a `with` statement."""

    def __init__(self, directory: Path, broker: Broker, github: FakeGitHub, **more: Any) -> None:
        self.directory = directory
        self.data, self.state = directory / "data", directory / "state"
        self.broker = broker
        self.github = github
        self.log = directory / "log"
        self.configuration: dict[str, Any] = {
            "home_assistant": {
                "url": "http://127.0.0.1",
                "token": "t",
                "entities": {"power": "sensor.p"},
            },
            "mqtt": {
                "host": "127.0.0.1",
                "port": broker.port,
                "base_topic": broker.topics.base,
                "credentials": str(broker.own.credentials_dir),
            },
            "github": {
                "token": github.token,
                "repo": github.repository.full_name,
                "api_url": github.url,
                **more,
            },
            "paths": {"data_dir": str(self.data), "state_dir": str(self.state)},
            "timezone": "Europe/Berlin",
        }
        self.config = directory / "config.json"
        self._running: dict[str, nursery.Child] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for made in (self.data, self.state):
            made.mkdir(parents=True, exist_ok=True)
        self.client: Client = self._stack.enter_context(self.broker.client())
        self.client.subscribe(f"{self.broker.topics.base}/#")
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._running):
            self.stop(name)
        self._stack.close()

    def start(self, name: str) -> int:
        """Start a service; return its process id."""
        self.config.write_bytes(orjson.dumps(self.configuration))
        self.config.chmod(0o600)
        module = "support.github.quick_syncer" if name == "syncer" else f"services.{name}"
        environ = os.environ | {
            "POWER_MONITOR_EARLIEST_CLOCK": "2020-01-01T00:00:00Z",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
        }
        with self.log.open("ab") as log:
            running = nursery.start([module, "--config", str(self.config)], environ, log, log)
        self._running[name] = running
        return running.pid

    def stop(self, name: str) -> int:
        """End a service cleanly; return its exit status."""
        running = self._running.pop(name)
        running.terminate()
        return running.wait(LONG_S)

    def ask(self, service: str, command: str, payload: Any = b"") -> dict[str, Any]:
        """Send a request; return the response."""
        topic = self.broker.topics.response(service, command)
        before = len(self.client.of(topic))
        content = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        self.client.publish(self.broker.topics.request(service, command), content)
        wait_until(
            lambda: len(self.client.of(topic)) > before, LONG_S, what=f"an answer to {command}"
        )
        response: dict[str, Any] = orjson.loads(self.client.of(topic)[-1].payload)
        return response

    def health(self) -> dict[str, Any]:
        """Return the syncer's last health, {} while there is none."""
        told = self.client.of(self.broker.topics.health("syncer"))
        messages = [message for message in told if not message.retained]
        document: dict[str, Any] = orjson.loads(messages[-1].payload) if messages else {}
        return document

    def wait_for_state(self, state: str) -> dict[str, Any]:
        """Wait until the syncer's health tells a state; return the health."""

        def told() -> dict[str, Any]:
            health = self.health()
            return health if health.get("state") == state else {}

        return wait_until(told, LONG_S, what=f"state {state}")
