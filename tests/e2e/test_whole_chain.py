"""From Home Assistant to the journal, with every process of the chain killed on the way."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.broker import Broker
from support.kettles import energy_kwh, is_whole, kettles, true_kwh
from support.one_sensor import section
from support.stack import Stack
from support.wait import wait_until

from demo.server import serving
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
INTERVAL_S = 10
STRETCH_S = 600  # the longest a backfilled reading speaks for; where one begins, none is cut
PATIENCE_S = 120
LOOK_BACK_S = STRETCH_S + PATIENCE_S  # counted from when it is asked
LOOK_AHEAD_S = 900


@pytest.fixture
def begun() -> int:
    return int(time.time())


@pytest.fixture
def stack(tmp_path: Path, broker: Broker, begun: int) -> Iterator[Stack]:
    with serving(kettles(begun, 2 * LOOK_BACK_S, LOOK_AHEAD_S)) as url:
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


def test_killing_every_process_loses_nothing_home_assistant_remembers(
    stack: Stack, broker: Broker, begun: int
) -> None:
    """Gaps are found and filled from history: the energy is that of every change."""
    stack.service("aggregator").start()
    stack.service("collector").start()
    since = begun // STRETCH_S * STRETCH_S
    wait_until(
        lambda: is_whole(stack, ZONE, since, begun - 30), PATIENCE_S, what="the first backfill"
    )

    broker.stop(signal.SIGKILL)
    broker.start()
    stack.service("collector").stop(signal.SIGKILL)
    stack.service("aggregator").stop(signal.SIGKILL)
    stack.service("collector").start()
    stack.service("aggregator").start()
    broker.stop(signal.SIGKILL)
    end = (int(time.time()) // INTERVAL_S + 1) * INTERVAL_S
    broker.start()

    wait_until(lambda: is_whole(stack, ZONE, since, end), PATIENCE_S, what="all gaps filled")
    assert stack.service("collector").stop() == 0
    assert stack.service("aggregator").stop() == 0

    found = energy_kwh(stack, ZONE, since, end)
    assert found == pytest.approx(true_kwh(since, end), rel=1e-3)
