"""kill -9 at any moment of a stream of readings: none received is lost, none is doubled."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from support.broker import Broker
from support.client import Client
from support.stack import Stack
from support.wait import wait_until

from services.aggregator.journal import Journal
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
READINGS = 10_000
KILLS = 6
WATTS = 3600.0
PATIENCE_S = 120  # the machine may be busy, and much is read
START = ZONE.day_start(ZONE.day_of(1_795_338_000)) - 86400 * 3  # a finished day, 10 000 s of it


@pytest.fixture
def stack(tmp_path: Path, broker: Broker) -> Iterator[Stack]:
    running = Stack(tmp_path, broker)
    running.service("aggregator").start()
    yield running
    running.stop()


def payload(second: int) -> bytes:
    return orjson.dumps(
        {
            "timestamp": ZONE.iso(START + second),
            "power": WATTS,
            "interval": {
                "seconds": 1,
                "coverage": 1.0,
                "power": {"mean": WATTS, "min": WATTS, "max": WATTS},
            },
        }
    )


def stored(stack: Stack) -> list[float]:
    journal = Journal(stack.state / "journal", ZONE)
    return [reading.time for reading in journal.readings(START, START + 2 * READINGS)]


def test_killing_the_aggregator_in_a_stream_loses_nothing(stack: Stack, broker: Broker) -> None:
    """The broker holds what was not acknowledged; what was is in the journal, once."""
    chance = random.Random(20261122)
    aggregator = stack.service("aggregator")
    deaths = sorted(chance.sample(range(1, READINGS), KILLS))
    with broker.client() as client:
        stack.wait_online(client, "aggregator")
        for second in range(1, READINGS + 1):
            client.send(stack.topics.reading, payload(second))
            if deaths and second == deaths[0]:
                deaths.pop(0)
                aggregator.stop(signal.SIGKILL)
                aggregator.start()
        client.wait_until_sent()
    wait_until(
        lambda: len(stored(stack)) == READINGS, PATIENCE_S, what="all readings in the journal"
    )
    assert stored(stack) == [START + second for second in range(1, READINGS + 1)]

    def energy() -> float:
        points = stack.document("monthly").get("data_points", ())
        return float(sum(point["energy_kwh"] for point in points))

    expected = WATTS * READINGS / 3.6e6
    wait_until(lambda: energy() == pytest.approx(expected), PATIENCE_S, what="the day rolled up")


def test_what_a_torn_line_was_part_of_comes_again(stack: Stack, broker: Broker) -> None:
    """A power cut in mid line: the line was never acknowledged, so nobody misses it."""
    aggregator = stack.service("aggregator")
    with broker.client() as client:
        stack.wait_online(client, "aggregator")
        client.publish(stack.topics.reading, payload(1))
        wait_until(lambda: stored(stack) == [START + 1], what="the first reading")
        aggregator.stop(signal.SIGKILL)
        with next((stack.state / "journal").glob("*.jsonl")).open("ab") as journal:
            journal.write(b'{"timestamp":"2026-11-19T00:00:02+00:0')
        aggregator.start()
        client.publish(stack.topics.reading, payload(2))
        wait_until(lambda: stored(stack) == [START + 1, START + 2], what="the second reading")


def test_a_polling_reader_never_sees_a_torn_file(stack: Stack, broker: Broker) -> None:
    """Whatever moment a browser asks in, each file is whole JSON."""
    seen: set[int] = set()

    def look(client: Client) -> bool:
        for tier in ("daily", "weekly", "monthly", "yearly"):
            stack.document(tier)  # raises for half a file
        seen.add(len(stack.document("monthly").get("data_points", ())))
        return len(client.of(stack.topics.file_updated("monthly"))) > 0

    with broker.client() as client:
        client.subscribe(f"{stack.topics.base}/file-updated/#")
        stack.wait_online(client, "aggregator")
        for second in range(1, 2000):
            client.send(stack.topics.reading, payload(second))
            if second % 20 == 0:
                look(client)
        client.wait_until_sent()
        wait_until(lambda: look(client), what="the monthly file announced")
    assert seen >= {1}
