"""A real lighttpd with our generated configuration, through the code that `run` uses."""

import subprocess
from dataclasses import replace
from pathlib import Path

from cli.run.places import RunPlaces, executable, make_private
from cli.run.web import OwnWeb
from shared.config import parse
from support.broker import Broker
from support.wait import wait_until


class Web:
    """One web server process in front of a data directory and, if given, a broker."""

    def __init__(self, directory: Path, broker: Broker | None = None) -> None:
        self.data = directory / "data"
        self.volatile = directory / "volatile"
        state = directory / "web-state"
        for made in (self.data, self.volatile, make_private(RunPlaces(state).run)):
            made.mkdir(exist_ok=True)
        config = parse(
            {
                "home_assistant": {
                    "url": "http://127.0.0.1",
                    "token": "t",
                    "entities": {"power": "sensor.p"},
                },
                "paths": {
                    "data_dir": str(self.data),
                    "volatile_dir": str(self.volatile),
                    "state_dir": str(state),
                },
            },
            {},
        )
        if broker:
            config = replace(config, mqtt=replace(config.mqtt, base_topic=broker.topics.base))
        found = executable("lighttpd")
        assert found, "lighttpd is not installed: scripts/test installs it"
        self.own = OwnWeb(config, RunPlaces(state), found, broker=broker.own if broker else None)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.own.prepare(0)
        self._process = subprocess.Popen(self.own.arguments, stderr=subprocess.DEVNULL)
        wait_until(self.own.is_ready, what="lighttpd answering")

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)
