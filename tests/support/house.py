"""A whole monitor as a household has it: Home Assistant, broker, services, web server."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from demo.server import serving
from support.broker import Broker
from support.one_sensor import one_sensor, section
from support.stack import ANY_CLOCK, MovedClock, Stack
from support.web import Web


class House:
    """Parts below one directory; use it in a `with` statement, then `start` what is needed.

    `now` moves the services' clock (seconds since 1970), not the broker's or the browser's.
    The simulated Home Assistant has one sensor and lives in this process.
    """

    def __init__(
        self, directory: Path, broker: Broker, now: float | None = None, **config: Any
    ) -> None:
        self.broker = broker
        self.topics = broker.topics
        self.clock = MovedClock(directory, now) if now is not None else None
        self.home_assistant = one_sensor(self.clock.now if self.clock else time.time)
        self._directory = directory
        self._config = config
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        url = self._parts.enter_context(serving(self.home_assistant))
        own: dict[str, Any] = {"home_assistant": section(url), **self._config}
        environment = self.clock.environment if self.clock else ANY_CLOCK
        self.stack = Stack(self._directory, self.broker, environment, **own)
        self._parts.callback(self.stack.stop)
        sections = {name: told for name, told in self.stack.config.items() if name != "mqtt"}
        paths = {name: str(self.stack.data) for name in ("data_dir", "volatile_dir")}
        self.web = Web(self._directory, self.broker, **{**sections, "paths": paths})
        self.web.start()
        self._parts.callback(self.web.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def start(self, *services: str) -> None:
        """Start services and wait until they have subscribed."""
        self.stack.start(*services)
