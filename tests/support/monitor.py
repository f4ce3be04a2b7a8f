"""A small monitor that runs: simulated Home Assistant, broker, collector, aggregator, commands."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

from demo.server import serving
from support import nursery
from support.broker import Broker
from support.one_sensor import POWER, one_sensor, section
from support.stack import ROOT, Stack
from support.wait import wait_until

WATTS = 400.0
_COMMAND_TIMEOUT_S = 180
_BACKFILL_S = 3600


@dataclass(frozen=True, slots=True)
class Typed:
    """What came of a command line."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it said in JSON."""
        return json.loads(self.out)


class Monitor:
    """Everything below one directory; use it in a `with` statement."""

    def __init__(self, directory: Path, base_topic: str, **config: Any) -> None:
        self.directory = directory
        self.config = directory / "config.json"
        self.house = one_sensor()
        self._base_topic = base_topic
        self._more = config
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        now = int(time.time())
        self.house.insert(POWER, [(now - _BACKFILL_S - 60, WATTS)])
        url = self._exits.enter_context(serving(self.house))
        self.broker = Broker(self.directory / "broker-state", self._base_topic)
        self.broker.start()
        self._exits.callback(self.broker.stop)
        self.stack = Stack(
            self.directory,
            self.broker,
            home_assistant=section(url),
            data={
                "local_collection_interval_minutes": 1,
                "backfill_days": _BACKFILL_S / 86400,
            },
            **self._more,
        )
        self._exits.callback(self.stack.stop)
        with self.broker.client() as client:
            for name in ("aggregator", "collector"):
                self.stack.service(name).start()
            self.stack.wait_online(client, "aggregator", "collector")
        wait_until(lambda: self.stack.document("yearly"), what="the files")
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def type(self, *words: str) -> Typed:
        """Type a command line for this monitor."""
        return type_line("--config", str(self.config), *words)

    def process(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command that goes on."""
        return subprocess.Popen(
            [sys.executable, "-m", "cli", "--config", str(self.config), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=environment(),
        )


def environment(**more: str) -> dict[str, str]:
    """Return the environment of commands: no configuration of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if "POWER_MONITOR" not in name}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def type_line(*words: str, cwd: Path = ROOT, **variables: str) -> Typed:
    """Type a command line; nobody is at the keyboard for its questions."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        typed = nursery.start(["cli", *words], environment(**variables), out, err, cwd)
        status = typed.wait(_COMMAND_TIMEOUT_S)
        said = [(file.seek(0), file.read())[1] for file in (out, err)]
    return Typed(status, *said)
