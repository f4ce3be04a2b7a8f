"""kill -9 of every process of `run`, in any order and under load: all comes back, nothing lacks."""

import json
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from support.asyncapi import mistakes
from support.client import Client
from support.cut.again import SCHEMAS
from support.one_sensor import POWER, one_sensor, section
from support.stack import ROOT
from support.wait import wait_until

from demo.server import serving
from services.aggregator.history import History
from services.aggregator.journal import Journal
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
INTERVAL_S = 10
LOOK_BACK_S = 660
PATIENCE_S = 180
AHEAD_S = 3600
WATTS = 600
ROUNDS = 8  # in each every process is killed once
IMPORTED = 100  # readings in one import
OLD = ZONE.day_start(ZONE.day_of(time.time() - 4 * 86400.0))  # of a finished day
SUPERVISOR = "supervisor"
CHILDREN = ("mosquitto", "lighttpd", "collector", "aggregator", "syncer")


class Run:
    """`power-monitor run` on a directory of its own."""

    def __init__(self, directory: Path, url: str) -> None:
        self.data, self.state = directory / "data", directory / "state"
        self._log = directory / "log"
        self._config = directory / "config.json"
        (directory / "stick").mkdir()
        data = {"local_collection_interval_minutes": INTERVAL_S / 60}
        config = {
            "home_assistant": section(url),
            "data": {**data, "backfill_days": LOOK_BACK_S / 86400},
            "paths": {"data_dir": str(self.data), "state_dir": str(self.state)},
            "remote": {"path": str(directory / "stick")},
            "timezone": ZONE.name,
        }
        self._config.write_text(json.dumps(config))
        self._config.chmod(0o600)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the supervisor."""
        command = [sys.executable, "-m", "cli", "--config", str(self._config), "run"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait_until(lambda: all(map(self.pid, CHILDREN)), PATIENCE_S, what="all started")

    def stop(self) -> None:
        """End it cleanly."""
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE_S)

    def kill(self, name: str) -> None:
        """Kill a process; wait until it runs again."""
        if name == SUPERVISOR:
            assert self._process
            self._process.kill()
            self._process.wait()
            self.start()
            return
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.pid(name) not in (0, before), PATIENCE_S, what=f"{name} again")

    def pid(self, name: str) -> int:
        """Return the process that runs under a name, 0 when none does."""
        file = self.state / "run" / f"{name}.pid"
        words = file.read_text().split() if file.exists() else []
        return int(words[0]) if words and Path(f"/proc/{words[0]}").exists() else 0

    def told(self, name: str) -> Any:
        """Return what the run directory says of a server; None before there is one."""
        file = self.state / "run" / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else None


class Load(Thread):
    """Imports of old readings, and a reader of all files, while processes die."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run
        self._enough = Event()
        self.sent = 0  # readings, one a second
        self.received: list[float] = []
        self.mistakes: list[str] = []
        self.looked = 0

    def run(self) -> None:
        """Go on until it is enough."""
        while not self._enough.is_set():
            self._look()
            try:
                self._import()
            except (AssertionError, OSError, queue.Empty):
                continue  # whoever should have answered was killed: not received

    def end(self) -> None:
        """Let it end, and wait."""
        self._enough.set()
        self.join()

    def _look(self) -> None:
        for tier, schema in SCHEMAS.items():
            file = self._run.data / f"{tier}.json"
            if file.exists():
                self.looked += 1
                self.mistakes += mistakes(schema, json.loads(file.read_bytes()))

    def _import(self) -> None:
        broker = self._run.told("broker")
        password = (self._run.state / "credentials" / "admin").read_text().strip()
        times = [OLD + self.sent + number for number in range(IMPORTED)]
        self.sent += IMPORTED
        raw = [{"timestamp": ZONE.iso(at), "power": WATTS} for at in times]
        base = "power-monitor"
        with Client(broker["port"], "admin", password) as client:
            client.subscribe(f"{base}/response/aggregator/import")
            payload = json.dumps({"readings": raw, "transaction": self.sent})
            client.publish(f"{base}/request/aggregator/import", payload)
            answer = json.loads(client.wait_for(f"{base}/response/aggregator/import", 5).payload)
        if answer["status"] == "ok" and answer["transaction"] == self.sent:
            self.received += times


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Run]:
    house = one_sensor()
    begun = int(time.time())
    seconds = range(begun - 2 * LOOK_BACK_S, begun + AHEAD_S, 5)
    house.insert(POWER, [(second, WATTS + second % 7) for second in seconds])
    with serving(house) as url:
        run = Run(tmp_path, url)
        run.start()
        yield run
        run.stop()


def is_whole(run: Run, since: float, until: float) -> bool:
    """Whether intervals speak for all of [since, until)."""
    return not History(run.state, ZONE).gaps(since, until, exact=True, now=until)


@pytest.mark.slow
def test_whatever_is_killed_comes_back_and_nothing_is_missing(running: Run) -> None:
    chance, since = Random(ROUNDS), time.time() - 60
    load = Load(running)
    load.start()
    for _ in range(ROUNDS):
        for name in chance.sample([SUPERVISOR, *CHILDREN], len(CHILDREN) + 1):
            before = len(load.received)
            running.kill(name)
            wait_until(lambda: len(load.received) > before, PATIENCE_S, what=f"{name} works")  # noqa: B023
    end = time.time() // INTERVAL_S * INTERVAL_S
    load.end()
    wait_until(lambda: is_whole(running, since, end), PATIENCE_S, what="all gaps filled")
    assert load.mistakes == []
    assert load.looked > 10
    journal = Journal(running.state / "journal", ZONE)
    old = [one.time for one in journal.readings(OLD, OLD + load.sent)]
    assert set(load.received) <= set(old)
    assert len(old) == len(set(old))
    assert list(running.state.parent.rglob("*.corrupt-*")) == []
