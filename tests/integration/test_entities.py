"""The device of Home Assistant and the summary, told by a real aggregator on a real Mosquitto."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.broker import Broker
from support.client import Client
from support.stack import MovedClock, Stack
from support.wait import wait_until

from services.aggregator.discovery import topic
from shared.times import Zone, parse_timestamp
from shared.topics import HOME_ASSISTANT_STATUS, Topics

ZONE = Zone("Europe/Berlin")
NOON = parse_timestamp("2026-11-22T12:00:00+01:00")
DEADLINE_S = 30.0
ANY_DEVICE = "homeassistant/#"


@pytest.fixture(name="stack")
def a_stack(tmp_path: Path, broker: Broker) -> Iterator[Stack]:
    stack = Stack(tmp_path, broker, {"POWER_MONITOR_EARLIEST_CLOCK": "2000-01-01T00:00:00Z"})
    change(stack, discovery=True)
    yield stack
    stack.stop()


@pytest.fixture(name="client")
def a_client(stack: Stack, broker: Broker) -> Iterator[Client]:
    """A client beside a running aggregator that shows itself."""
    with broker.client() as connected:
        stack.start("aggregator")
        connected.subscribe(ANY_DEVICE)
        connected.wait_for(topic(stack.topics), DEADLINE_S)
        yield connected


def change(stack: Stack, *, base: str = "", **house: Any) -> None:
    """Change the configuration; the aggregator reads it at its next start."""
    stack.config["home_assistant"] |= house
    if base:
        stack.config["mqtt"]["base_topic"] = base
    stack.data.with_name("config.json").write_text(json.dumps(stack.config))


def retained(broker: Broker, topic_filter: str = ANY_DEVICE) -> dict[str, bytes]:
    """Return what a client that comes now is told."""
    with broker.client() as late:
        late.subscribe(topic_filter)
        late.subscribe("nothing/more")
        return {one.topic: one.payload for one in late.messages}


def summary(client: Client, stack: Stack) -> dict[str, Any]:
    """Return the last summary heard."""
    found: dict[str, Any] = json.loads(client.wait_for(stack.topics.summary, DEADLINE_S).payload)
    return found


def test_the_device_is_retained_and_told_again_when_home_assistant_starts(
    stack: Stack, broker: Broker, client: Client
) -> None:
    where = topic(stack.topics)
    assert set(retained(broker)) == {where}
    assert json.loads(retained(broker)[where])["components"]["power"]["platform"] == "sensor"
    before = len(client.of(where))
    for word in (b"offline", b"online"):
        client.publish(HOME_ASSISTANT_STATUS, word)
    wait_until(lambda: len(client.of(where)) > before, DEADLINE_S, what="the device again")
    assert client.of(where)[-1].payload == client.of(where)[0].payload
    client.publish(HOME_ASSISTANT_STATUS, b"\xff" * 1000)
    client.subscribe(stack.topics.response("aggregator", "rollup"))
    client.publish(stack.topics.request("aggregator", "rollup"), b"")
    client.wait_for(stack.topics.response("aggregator", "rollup"), DEADLINE_S)
    assert len(client.of(where)) == before + 1
    assert "malformed" not in stack.service("aggregator").log


def test_nothing_is_told_to_home_assistant_unless_it_is_wanted(
    stack: Stack, broker: Broker
) -> None:
    change(stack, discovery=False)
    stack.start("aggregator")
    with broker.client() as client:
        client.subscribe(f"{stack.topics.base}/response/#")
        client.publish(HOME_ASSISTANT_STATUS, b"online")
        client.publish(stack.topics.request("aggregator", "rollup"), b"")
        client.wait_for(stack.topics.response("aggregator", "rollup"), DEADLINE_S)
    assert retained(broker) == {}
    assert not (stack.state / "announced.json").exists()


def test_the_device_goes_with_the_option_though_nobody_was_running_then(
    stack: Stack, broker: Broker, client: Client
) -> None:
    """It is told so once: a second time makes Home Assistant complain in its log."""
    stack.stop()
    assert retained(broker)  # a stopped monitor is unavailable, not gone
    change(stack, discovery=False)
    stack.start("aggregator")
    wait_until(lambda: not retained(broker), DEADLINE_S, what="no device")
    wait_until(lambda: announced(stack) == [], DEADLINE_S, what="nothing remembered")
    assert [one.payload for one in client.of(topic(stack.topics))].count(b"") == 1
    change(stack, discovery=True)
    stack.stop()
    stack.start("aggregator")
    wait_until(lambda: retained(broker), DEADLINE_S, what="the device, wanted again")


def announced(stack: Stack) -> list[str]:
    """Return what the aggregator remembers of its devices."""
    found: list[str] = json.loads((stack.state / "announced.json").read_bytes())["topics"]
    return found


@pytest.mark.usefixtures("client")
def test_under_a_new_base_topic_the_old_device_is_taken_away(stack: Stack, broker: Broker) -> None:
    stack.stop()
    new = f"{stack.topics.base}-new"
    change(stack, base=new)
    stack.config["mqtt"] |= {"username": "witness", "password": "witness"}
    change(stack)
    stack.service("aggregator").start()
    only = {topic(Topics(new))}
    wait_until(lambda: set(retained(broker)) == only, DEADLINE_S, what="the new device alone")


def test_a_broker_that_forgot_everything_is_told_again(
    stack: Stack, broker: Broker, client: Client
) -> None:
    """As after a power cut: it saves what it holds once an hour."""
    client.close()
    broker.stop()
    broker.places.broker_database.unlink()
    broker.start()
    wait_until(lambda: retained(broker), DEADLINE_S * 2, what="the device")
    assert stack.service("aggregator").log.count("aggregator started") == 1


def test_the_summary_is_what_the_files_say(tmp_path: Path, broker: Broker) -> None:
    """Also for those who show nothing in Home Assistant; at noon, far from any midnight."""
    stack = Stack(tmp_path, broker, MovedClock(tmp_path, NOON).environment)
    with broker.client() as client:
        client.subscribe(stack.topics.summary)
        stack.start("aggregator")
        try:
            compare(client, stack)
        finally:
            stack.stop()


def compare(client: Client, stack: Stack) -> None:
    """Publish and correct a reading, and look at the summary each time."""
    assert summary(client, stack)["today"]["energy_kwh"] is None
    stats = {"mean": 1000.0, "min": 0.0, "max": 2000.0}
    reading = {"seconds": 7200, "coverage": 1.0, "power": stats}
    for _ in range(2):
        client.publish(
            stack.topics.reading,
            json.dumps({"timestamp": ZONE.iso(NOON), "power": 500.0, "interval": reading}),
        )
    wait_until(lambda: agree(client, stack), DEADLINE_S, what="summary and daily.json agreeing")
    kwh = summary(client, stack)["lifetime"]["energy_kwh"]
    assert kwh == 2.0
    client.publish(
        stack.topics.request("aggregator", "correct"),
        json.dumps({"timestamp": ZONE.iso(NOON), "set": {"power": 100.0}}),
    )
    wait_until(
        lambda: summary(client, stack)["lifetime"]["energy_kwh"] < kwh,
        DEADLINE_S,
        what="a correction that lowers it",
    )
    wait_until(lambda: agree(client, stack), DEADLINE_S, what="the correction in both")


def agree(client: Client, stack: Stack) -> bool:
    """Tell whether the last summary says of today what daily.json says."""
    today, last = stack.document("daily").get("today") or {}, summary(client, stack)["today"]
    return bool(today) and last == {key: today[key] for key in last}
