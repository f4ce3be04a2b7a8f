"""kill -9 of every process of `run`, in any order and under load: all comes back, nothing lacks."""

import json
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
from support.asyncapi import mistakes
from support.client import Client
from support.cut.again import SCHEMAS
from support.one_sensor import POWER, one_sensor
from support.run import CHILDREN, INTERVAL_S, LOOK_BACK_S, SUPERVISOR, Run
from support.wait import wait_until

from demo.server import serving
from services.aggregator.history import History
from services.aggregator.journal import Journal
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
PATIENCE_S = 180
AHEAD_S = 3600
WATTS = 600
ROUNDS = 8  # in each every process is killed once
IMPORTED = 100  # readings in one import
OLD = ZONE.day_start(ZONE.day_of(time.time() - 4 * 86400.0))  # of a finished day


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
    with serving(house) as url, Run(tmp_path, url) as run:
        yield run


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
