"""Midnight and the deadlines after it, with real processes under a clock that is moved."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import orjson
import pytest
from support.broker import Broker
from support.client import Client
from support.stack import MovedClock, Stack
from support.wait import wait_until

from shared.times import Zone

ZONE = Zone("Europe/Berlin")
LAST_OF_YEAR = date(2026, 12, 31)
MIDNIGHT = ZONE.day_end(LAST_OF_YEAR)
MINUTE = 60.0
SOON_S = 600.0  # the clock goes on while a busy machine gets ready: midnight must not come first


@pytest.fixture
def clock(tmp_path: Path) -> MovedClock:
    return MovedClock(tmp_path, MIDNIGHT - SOON_S)


@pytest.fixture
def stack(tmp_path: Path, broker: Broker, clock: MovedClock) -> Iterator[Stack]:
    running = Stack(tmp_path, broker, clock.environment)
    running.service("aggregator").start()
    yield running
    running.stop()


def publish(client: Client, stack: Stack, time: float, power: float, seconds: int = 3600) -> None:
    payload = {
        "timestamp": ZONE.iso(time),
        "power": power,
        "interval": {
            "seconds": seconds,
            "coverage": 1.0,
            "power": {"mean": power, "min": power, "max": power},
        },
    }
    assert client.publish(stack.topics.reading, orjson.dumps(payload)) == 0


def problems(client: Client, stack: Stack) -> list[str]:
    health = orjson.loads(client.wait_for(stack.topics.health("aggregator")).payload)
    return [problem["name"] for problem in health["problems"]]


def reasons(client: Client, stack: Stack, tier: str) -> list[str]:
    return [
        orjson.loads(message.payload)["reason"]
        for message in client.of(stack.topics.file_updated(tier))
    ]


def test_a_day_rotates_at_midnight_and_is_rolled_up_at_its_deadlines(
    stack: Stack, broker: Broker, clock: MovedClock
) -> None:
    """Each file changes at its own deadline, not before, and says why."""
    with broker.client() as client:
        client.subscribe(f"{stack.topics.base}/#")
        stack.wait_online(client, "aggregator")
        for hour in range(1, 24):
            publish(client, stack, ZONE.day_start(LAST_OF_YEAR) + hour * 3600, 1000)
        stack.wait_for_points("daily", 23)

        clock.set(MIDNIGHT + 1)
        rotated = stack.wait_for_points("daily", 0)
        assert rotated["date"] == "2027-01-01"
        assert rotated["today"] is None
        publish(client, stack, MIDNIGHT, 2000)
        assert len(stack.wait_for_points("daily", 1)["data_points"]) == 1
        assert stack.document("weekly")["data_points"] == []

        clock.set(MIDNIGHT + 2 * MINUTE)
        weekly = stack.wait_for_points("weekly", 24)
        assert weekly["data_points"][-1]["energy_kwh"] == 2
        assert stack.document("monthly")["data_points"] == []

        clock.set(MIDNIGHT + 5 * MINUTE)
        monthly = stack.wait_for_points("monthly", 1)
        assert monthly["data_points"][0]["timestamp"] == "2026-12-31T00:00:00+01:00"
        assert monthly["data_points"][0]["energy_kwh"] == 25
        assert stack.document("yearly")["data_points"] == []

        clock.set(MIDNIGHT + 15 * MINUTE)
        yearly = stack.wait_for_points("yearly", 1)
        assert yearly["data_points"] == monthly["data_points"]
        wait_until(lambda: reasons(client, stack, "yearly"), what="yearly announced")
        assert reasons(client, stack, "daily")[-2:] == ["rotation", "reading"]
        for tier in ("weekly", "monthly", "yearly"):
            assert reasons(client, stack, tier) == ["rollup"]


def test_off_over_midnight_and_a_week_changes_nothing_in_the_result(
    stack: Stack, broker: Broker, clock: MovedClock
) -> None:
    """What is on stable storage is rolled up at the next start, however late."""
    with broker.client() as client:
        stack.wait_online(client, "aggregator")
        for hour in range(1, 24):
            publish(client, stack, ZONE.day_start(LAST_OF_YEAR) + hour * 3600, 1000)
        stack.wait_for_points("daily", 23)
    assert stack.service("aggregator").stop() == 0

    clock.set(ZONE.day_start(date(2027, 1, 7)) + 10 * 3600)
    stack.service("aggregator").start()
    assert stack.wait_for_points("weekly", 23)["data_points"][0]["energy_kwh"] == 1
    assert stack.wait_for_points("monthly", 1)["data_points"][0]["energy_kwh"] == 23
    assert stack.wait_for_points("yearly", 1)["data_points"][0]["samples"] == 23
    assert stack.document("daily")["date"] == "2027-01-07"


def test_a_clock_at_1970_keeps_readings_waiting_until_it_is_right(
    stack: Stack, broker: Broker, clock: MovedClock
) -> None:
    """A board without a battery boots in 1970: nothing is rotated, nothing is lost."""
    stack.service("aggregator").stop()
    clock.set(60.0)
    stack.service("aggregator").start()
    with broker.client() as client:
        client.subscribe(f"{stack.topics.base}/#")
        stack.wait_online(client, "aggregator")
        wait_until(lambda: "clock" in problems(client, stack), what="clock problem")
        before = stack.document("daily")
        publish(client, stack, MIDNIGHT - 3600, 500)
        aside = stack.state / "aside.jsonl"
        wait_until(lambda: aside.exists() and aside.stat().st_size, what="reading set aside")
        assert stack.document("daily") == before

        clock.set(MIDNIGHT - SOON_S)
        points = stack.wait_for_points("daily", 1)["data_points"]
        assert points[0]["power"] == 500
        wait_until(lambda: "clock" not in problems(client, stack), what="clock healed")
