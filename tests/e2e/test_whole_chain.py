"""From Home Assistant to the journal, with every process of the chain killed on the way."""

import math
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.broker import Broker
from support.one_sensor import POWER, one_sensor, section
from support.stack import Stack
from support.wait import wait_until

from demo.server import serving
from demo.simulator import Simulator
from services.aggregator.history import History
from services.aggregator.resolve import Resolver
from shared.reading import Reading
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
INTERVAL_S = 10
STRETCH_S = 600  # the longest a backfilled reading speaks for; where one begins, none is cut
PATIENCE_S = 120
LOOK_BACK_S = STRETCH_S + PATIENCE_S  # counted from when it is asked
LOOK_AHEAD_S = 900


def watts(second: int) -> float:
    """Return a load with kettles: what a spot sample every ten seconds gets wrong."""
    return round(400 + 100 * math.sin(second / 7) + (2000 if second % 37 < 5 else 0), 1)


def household(now: int) -> Simulator:
    simulator = one_sensor()
    rows = [
        (second, str(watts(second))) for second in range(now - 2 * LOOK_BACK_S, now + LOOK_AHEAD_S)
    ]
    simulator.insert(POWER, rows)
    return simulator


@pytest.fixture
def begun() -> int:
    return int(time.time())


@pytest.fixture
def stack(tmp_path: Path, broker: Broker, begun: int) -> Iterator[Stack]:
    with serving(household(begun)) as url:
        running = Stack(
            tmp_path,
            broker,
            home_assistant=section(url),
            data={
                "local_collection_interval_minutes": INTERVAL_S / 60,
                "backfill_days": LOOK_BACK_S / 86400,
            },
        )
        yield running
        running.stop()


def is_whole(stack: Stack, since: float, until: float) -> bool:
    """Whether intervals speak for all of [since, until)."""
    return not History(stack.state, ZONE).gaps(since, until, exact=True, now=until)


def energy_kwh(stack: Stack, since: float, until: float) -> float:
    """Sum the resolved segments of [since, until)."""
    kwh = 0.0

    def add(start: float, end: float, reading: Reading) -> None:
        nonlocal kwh
        interval = reading.interval
        assert interval is not None
        inside = max(0.0, min(end, until) - max(start, since))
        kwh += (interval.energy_kwh or 0.0) * inside / interval.seconds

    resolver = Resolver(add)
    for reading in History(stack.state, ZONE).around(since, until):
        resolver.push(reading)
    resolver.advance(until)
    return kwh


def test_killing_every_process_loses_nothing_home_assistant_remembers(
    stack: Stack, broker: Broker, begun: int
) -> None:
    """Gaps are found and filled from history: the energy is that of every change."""
    stack.service("aggregator").start()
    stack.service("collector").start()
    since = begun // STRETCH_S * STRETCH_S
    wait_until(lambda: is_whole(stack, since, begun - 30), PATIENCE_S, what="the first backfill")

    broker.stop(signal.SIGKILL)
    broker.start()
    stack.service("collector").stop(signal.SIGKILL)
    stack.service("aggregator").stop(signal.SIGKILL)
    stack.service("collector").start()
    stack.service("aggregator").start()
    broker.stop(signal.SIGKILL)
    end = (int(time.time()) // INTERVAL_S + 1) * INTERVAL_S
    broker.start()

    wait_until(lambda: is_whole(stack, since, end), PATIENCE_S, what="all gaps filled")
    assert stack.service("collector").stop() == 0
    assert stack.service("aggregator").stop() == 0

    truth = sum(watts(second) for second in range(since, end)) / 3.6e6
    assert energy_kwh(stack, since, end) == pytest.approx(truth, rel=1e-3)
