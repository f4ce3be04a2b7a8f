"""A broker that is away, forgets, drops, or serves a thief: no time is missing in the end."""

import signal
import time
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
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
INTERVAL_S = 10
AWAY = (
    6  # readings: a minute stands for an hour, which a moved clock can't (libfaketime breaks paho)
)
PATIENCE_S = 180


@pytest.fixture
def house(tmp_path: Path, broker: Broker) -> Iterator[House]:
    """A house with a reading every ten seconds, of which the last minutes are known."""
    begun = int(time.time())
    data = {"local_collection_interval_minutes": INTERVAL_S / 60, "backfill_days": 0.01}
    with House(tmp_path, broker, data=data) as running:
        seconds = range(begun - 3600, begun + 3600, 5)
        running.home_assistant.insert(POWER, [(second, 600 + second % 7) for second in seconds])
        running.start("aggregator", "collector")
        until_whole(running)
        yield running


def until_whole(house: House) -> None:
    """Wait until intervals speak for all of the last minutes."""
    tick = time.time() // INTERVAL_S * INTERVAL_S

    def whole() -> bool:
        return not History(house.stack.state, ZONE).gaps(tick - 600, tick, exact=True, now=tick)

    wait_until(whole, PATIENCE_S, what=f"all until {ZONE.iso(tick)}")


def pass_time(kept: Callable[[], int]) -> None:
    """Wait for some readings, wherever they are kept meanwhile."""
    there = kept() + AWAY
    wait_until(lambda: kept() >= there, PATIENCE_S, what="readings kept")


def lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


@pytest.mark.slow
@pytest.mark.parametrize("left", ["whole", "lost", "corrupt"])
def test_a_broker_that_is_away_costs_nothing(house: House, left: str) -> None:
    """Whatever is left of its database when it comes back."""
    database = house.broker.places.broker_state / "mosquitto.db"
    house.broker.stop(signal.SIGTERM if left == "whole" else signal.SIGKILL)
    outbox = house.stack.state / "collector" / "outbox.jsonl"
    pass_time(lambda: lines(outbox))
    if left == "lost":
        database.unlink(missing_ok=True)
    elif left == "corrupt":
        database.write_bytes(b"\x00\xb5\x00mosquitto db\x00torn")
        for failures in (1, 2):  # as the supervisor, who sees it end at once each time
            house.broker.own.prepare(failures)
    house.broker.start()
    until_whole(house)
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
    until_whole(house)
    house.stack.service("aggregator").stop(signal.SIGKILL)
    with house.broker.client() as witness:
        witness.subscribe(house.topics.reading)
        pass_time(lambda: len(witness.of(house.topics.reading)))
    house.start("aggregator")
    until_whole(house)


@pytest.mark.slow
def test_readings_that_went_to_a_stolen_session_are_filled(house: House) -> None:
    """Somebody connects with the aggregator's own id and takes what was meant for it."""
    aggregator = house.stack.service("aggregator")
    aggregator.stop(signal.SIGKILL)
    password = house.broker.password("aggregator")
    stolen = client_id(replace(house.broker.settings, password=password), "aggregator")
    with house.broker.client("aggregator", stolen) as thief:
        thief.subscribe(house.topics.reading)
        pass_time(lambda: len(thief.of(house.topics.reading)))
        aggregator.start()
        wait_until(lambda: "is away" in aggregator.log, PATIENCE_S, what="a fight for it")
    until_whole(house)
