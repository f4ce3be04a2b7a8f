"""A broker that is away, forgets, drops, or serves a thief: no time is missing in the end."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.broker import Broker
from support.house import House
from support.one_sensor import POWER
from support.wait import wait_until

from services.aggregator.history import History
from shared.link import client_id
from shared.times import Zone, parse_timestamp

ZONE = Zone("Europe/Berlin")
NOON = parse_timestamp("2026-11-25T12:00:30+01:00")
HOUR_S = 3600
MINUTES = 10
WATTS = 600
PATIENCE_S = 120
CHANGES = [(NOON - 86400 + 60 * minute, WATTS + minute % 7) for minute in range(2 * 1440)]


@pytest.fixture
def house(tmp_path: Path, broker: Broker) -> Iterator[House]:
    """A house at noon with a reading every ten minutes, of which the last hours are known."""
    data = {"local_collection_interval_minutes": MINUTES, "backfill_days": 0.2}
    with House(tmp_path, broker, NOON, data=data) as running:
        running.home_assistant.insert(POWER, CHANGES)
        running.start("aggregator", "collector")
        until_whole(running, NOON)
        yield running


def now(house: House) -> float:
    assert house.clock
    return house.clock.now()


def gaps(house: House, until: float) -> list[tuple[float, float]]:
    """Return the time of the last hours that no reading speaks for."""
    return History(house.stack.state, ZONE).gaps(NOON - HOUR_S, until, exact=True, now=until)


def until_whole(house: House, until: float) -> None:
    """Wait until nothing is missing up to the last tick before an instant."""
    tick = until // (60 * MINUTES) * 60 * MINUTES
    wait_until(lambda: not gaps(house, tick), PATIENCE_S, what=f"all until {ZONE.iso(tick)}")


def pass_time(house: House, ticks: int, kept: Callable[[], int]) -> None:
    """Go from tick to tick; each leaves one reading more wherever they are kept meanwhile."""
    assert house.clock
    for _ in range(ticks):
        before = kept()
        house.clock.set((now(house) // (60 * MINUTES) + 1) * 60 * MINUTES + 15)
        wait_until(lambda before=before: kept() > before, PATIENCE_S, what="a reading kept")  # type: ignore[misc]


def lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


@pytest.mark.slow
@pytest.mark.parametrize("left", ["whole", "lost", "corrupt"])
def test_a_broker_away_for_an_hour_costs_nothing(house: House, left: str) -> None:
    """Whatever is left of its database when it comes back."""
    database = house.broker.places.broker_state / "mosquitto.db"
    house.broker.stop(signal.SIGTERM if left == "whole" else signal.SIGKILL)
    outbox = house.stack.state / "collector" / "outbox.jsonl"
    pass_time(house, 6, lambda: lines(outbox))
    if left == "lost":
        database.unlink(missing_ok=True)
    elif left == "corrupt":
        database.write_bytes(b"\x00\xb5\x00mosquitto db\x00torn")
        house.broker.own.prepare(2)  # as the supervisor after two failures
    house.broker.start()
    until_whole(house, now(house))
    wait_until(lambda: not outbox.exists(), PATIENCE_S, what="the outbox sent")


@pytest.mark.slow
def test_what_the_broker_could_not_keep_for_the_aggregator_is_filled(house: House) -> None:
    """Its queue is full: it drops readings without a word, and the collector never lost it."""
    house.broker.stop()
    house.broker.start_with(
        lambda text: text.replace("max_queued_messages 20000", "max_queued_messages 1").replace(
            "max_inflight_messages 1000", "max_inflight_messages 1"
        )
    )
    until_whole(house, now(house))
    house.stack.service("aggregator").stop(signal.SIGKILL)
    with house.broker.client() as witness:
        witness.subscribe(house.topics.reading)
        pass_time(house, 6, lambda: len(witness.of(house.topics.reading)))
    house.start("aggregator")
    until_whole(house, now(house))


@pytest.mark.slow
def test_readings_that_went_to_a_stolen_session_are_filled(house: House) -> None:
    """Somebody connects with the aggregator's own id and takes what was meant for it."""
    aggregator = house.stack.service("aggregator")
    aggregator.stop(signal.SIGKILL)
    password = house.broker.password("aggregator")
    stolen = client_id(replace(house.broker.settings, password=password), "aggregator")
    with house.broker.client("aggregator", stolen) as thief:
        thief.subscribe(house.topics.reading)
        pass_time(house, 3, lambda: len(thief.of(house.topics.reading)))
        aggregator.start()
        wait_until(lambda: "Session taken over" in aggregator.log, what="the fight told of")
    until_whole(house, now(house))
