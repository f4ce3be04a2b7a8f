"""kill -9 of every process of `run`, in any order and under load: all comes back, nothing lacks."""

import http.client
import json
import queue
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from threading import Event, Thread
from uuid import uuid4

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

pytestmark = pytest.mark.long

ZONE = Zone("Europe/Berlin")
PATIENCE_S = 180
AHEAD_S = 3600
WATTS = 600
ROUNDS = 8  # in each every process is killed once
IMPORTED = 100  # readings in one import
BREATH_S = 0.2
BASE = "power-monitor"
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
        while not self._enough.wait(BREATH_S):
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
        times = [OLD + self.sent + number for number in range(IMPORTED)]
        self.sent += IMPORTED
        raw = [{"timestamp": ZONE.iso(at), "power": WATTS} for at in times]
        if ask(self._run, "aggregator", "import", readings=raw):
            self.received += times


def ask(run: Run, service: str, command: str, **arguments: object) -> bool:
    """Ask a service for something; say whether it was done. Raises when nobody answers."""
    password = (run.state / "credentials" / "admin").read_text().strip()
    transaction = uuid4().hex
    with Client(run.told("broker")["port"], "admin", password) as client:
        client.subscribe(f"{BASE}/response/{service}/{command}")
        payload = json.dumps({**arguments, "transaction": transaction})
        client.publish(f"{BASE}/request/{service}/{command}", payload)
        answer = json.loads(client.wait_for(f"{BASE}/response/{service}/{command}", 5).payload)
    return bool(answer["status"] == "ok" and answer["transaction"] == transaction)


def shown(run: Run) -> str:
    """Return the newest reading of daily.json, as the web server serves it."""
    page = http.client.HTTPConnection("127.0.0.1", run.told("web")["port"], timeout=5)
    try:
        page.request("GET", "/daily.json")
        points = json.loads(page.getresponse().read())["data_points"]
        return str(points[-1]["timestamp"]) if points else ""
    finally:
        page.close()


def works(run: Run, since: str) -> bool:
    """Whether every process has done its work: a new reading, served, and a push."""
    try:
        return shown(run) > since and ask(run, "syncer", "push")
    except (AssertionError, OSError, ValueError, http.client.HTTPException, queue.Empty):
        return False  # not yet


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


@pytest.mark.parametrize("rounds", [1, pytest.param(ROUNDS, marks=pytest.mark.slow)])
def test_whatever_is_killed_comes_back_and_nothing_is_missing(
    running: Run, rounds: int, seed: int
) -> None:
    chance, since = Random(seed), time.time() - 60
    load = Load(running)
    load.start()
    wait_until(lambda: works(running, ""), PATIENCE_S, what="all at work")
    for _ in range(rounds):
        for name in chance.sample([SUPERVISOR, *CHILDREN], len(CHILDREN) + 1):
            before, last = len(load.received), shown(running)
            running.kill(name)
            wait_until(partial(works, running, last), PATIENCE_S, what=f"all after {name}")
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
