"""A power cut from its start to its end: Home Assistant, every service, topic, webhook, page."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from support.asyncapi import mistakes
from support.broker import Broker
from support.client import Client
from support.hook import Hook
from support.house import House
from support.monitor import type_line
from support.one_sensor import POWER
from support.wait import wait_until

from shared.times import Zone, parse_timestamp

pytestmark = pytest.mark.long
ZONE = Zone("Europe/Berlin")
NOON = parse_timestamp("2026-11-25T12:00:30+01:00")
MINUTE_S = 60
OUTAGE_S = 4 * 60
PATIENCE_S = 60


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, broker: Broker, hook: Hook) -> Iterator[House]:
    """A house at noon that draws 400 W, with a reading each minute."""
    settings = {"webhook_url": hook.url, "no_reading_minutes": 30}
    config = {"data": {"local_collection_interval_minutes": 1}, "alerts": settings}
    with House(tmp_path, broker, NOON, **config) as running:
        running.home_assistant.insert(POWER, [(NOON - 7200, "400")])
        running.start("aggregator", "collector")
        with running.broker.client("admin") as admin:
            admin.subscribe(running.topics.health("collector"))
            tick(running)
            wait_until(lambda: knows_ticks(admin, running), PATIENCE_S, what="the collector")
        for _ in range(2):  # a source is there once it was heard after all have started
            tick(running)
        yield running


def knows_ticks(client: Client, house: House) -> bool:
    """Say whether the collector has told that it took a reading: uptimes don't jump with clocks."""
    told = client.of(house.topics.health("collector"))
    return any("tick" in json.loads(message.payload)["work"] for message in told)


def now(house: House) -> float:
    assert house.clock
    return house.clock.now()


def tick(house: House, minutes: int = 1) -> None:
    """Go to some seconds after the next minute, or one after that, when its reading has come."""
    assert house.clock
    at = now(house) // MINUTE_S * MINUTE_S + minutes * MINUTE_S + 20
    house.clock.set(at)
    wait_until(lambda: last_reading(house) >= at - 25, PATIENCE_S, what="the reading")


def last_reading(house: House) -> float:
    points = house.stack.document("daily").get("data_points") or [{}]
    stamp = points[-1].get("timestamp")
    return parse_timestamp(stamp) if stamp else 0.0


def told(hook: Hook) -> list[tuple[str, str]]:
    return [(taken["name"], taken["event"]) for taken in hook.taken]


def until_told(house: House, hook: Hook, count: int) -> Any:
    """Let minutes pass until so much has arrived; return the last of it."""
    for _ in range(6):
        tick(house)
        if len(hook.taken) >= count:
            break
    wait_until(lambda: len(hook.taken) >= count, PATIENCE_S, what=f"{count} messages")
    return hook.taken[count - 1]


def retained(house: House, name: str = "power-cut") -> Any:
    with house.broker.client("viewer") as viewer:
        viewer.subscribe(house.topics.alert("+"))
        return json.loads(viewer.wait_for(house.topics.alert(name)).payload)


def events(house: House) -> list[Any]:
    """Return events.json as the page gets it."""
    document = requests.get(f"{house.web.url}events.json", timeout=10).json()
    assert mistakes("schema/events.json", document) == []
    found: list[Any] = document["events"]
    return found


def test_an_outage_is_told_from_its_start_to_its_end(house: House, hook: Hook) -> None:
    """With the aggregator killed while it lasts, and the webhook down when it ends."""
    begin = now(house) + 5
    house.home_assistant.unavailable(POWER, begin, begin + OUTAGE_S)
    start = until_told(house, hook, 1)
    assert (start["name"], start["event"], start["until"]) == ("power-cut", "start", None)
    assert abs(parse_timestamp(start["since"]) - begin) <= MINUTE_S
    wait_until(lambda: retained(house)["state"] == "on", PATIENCE_S, what="the start")
    text = "The power is out: none of the sources says anything."
    assert retained(house) == {"state": "on", "since": start["since"], "text": text}
    assert [(event["name"], event["until"]) for event in events(house)] == [("power-cut", None)]
    config = str(house.stack.data.parent / "config.json")
    assert "power is out" in type_line("--config", config, "status").out

    # What was sent and is not yet struck off would be sent once more; that is not tried here.
    wait_until(lambda: waiting(house) == [], PATIENCE_S, what="the start struck off")
    house.stack.service("aggregator").stop(signal.SIGKILL)
    hook.stop()
    house.start("aggregator")
    while now(house) < begin + OUTAGE_S + MINUTE_S:
        tick(house)  # none is left out: each says exactly when the power is back
    tick(house, minutes=2)
    wait_until(lambda: retained(house)["state"] == "off", PATIENCE_S, what="the end")
    house.stack.service("aggregator").stop(signal.SIGKILL)  # with the end still waiting
    hook.start()
    house.start("aggregator")
    wait_until(lambda: len(hook.taken) == 2, PATIENCE_S, what="the end at the webhook")
    end = hook.taken[1]
    assert (end["name"], end["event"], end["since"]) == ("power-cut", "end", start["since"])
    assert abs(parse_timestamp(end["until"]) - begin - OUTAGE_S) <= MINUTE_S
    assert end["text"].startswith("The power is back. ")
    assert retained(house)["text"] == end["text"]
    (event,) = events(house)  # and no second one
    assert (event["since"], event["until"]) == (end["since"], end["until"])
    log = house.stack.service("aggregator").log
    assert "hook-secret" not in log + (house.stack.state / "alerts.json").read_text()


def test_nothing_is_told_in_maintenance_but_what_is_still_so_after_it(
    house: House, hook: Hook
) -> None:
    with house.broker.client("admin") as admin:
        admin.publish(house.topics.maintenance_request, "on")
        wait_until(lambda: maintenance(house) == "on", what="maintenance")
        house.home_assistant.unavailable(POWER, now(house) + 5, now(house) + 9000)
        tick(house)
        tick(house, minutes=2)
        wait_until(lambda: is_on(house), PATIENCE_S, what="the cut, seen and not told")
        house.stack.service("aggregator").stop(signal.SIGKILL)
        house.start("aggregator")
        tick(house)
        assert hook.taken == []
        admin.publish(house.topics.maintenance_request, "off")
    assert until_told(house, hook, 1)["event"] == "start"


def is_on(house: House) -> bool:
    """Say whether the aggregator remembers that a power cut is going on, told or not."""
    remembered = json.loads((house.stack.state / "alerts.json").read_text())["alerts"]
    return bool(remembered.get("power-cut", {}).get("on"))


def waiting(house: House) -> list[Any]:
    """Return the messages that are still to be sent, as the aggregator remembers them."""
    found: list[Any] = json.loads((house.stack.state / "alerts.json").read_text())["waiting"]
    return found


def maintenance(house: House) -> str:
    file = house.stack.state / "collector" / "maintenance"
    return file.read_text().strip() if file.exists() else ""


def test_a_cut_with_the_board_itself_is_told_at_the_next_start(house: House, hook: Hook) -> None:
    """Two hours dark, house, Home Assistant and board; and told once."""
    assert house.clock
    house.stack.stop()
    last = last_reading(house)
    back = last + 7200
    house.home_assistant.outage(last + 10, back)
    house.clock.set(back + MINUTE_S)
    house.stack.start("aggregator", "collector", machine_on_since=back)
    tick(house)
    house.clock.set(back + 15 * MINUTE_S)  # history had its chance
    wait_until(lambda: len(hook.taken) > 1, PATIENCE_S, what="the outage")
    outage = hook.taken[1]
    assert (outage["name"], outage["event"], outage["state"]) == ("power-cut", "end", "off")
    assert parse_timestamp(outage["since"]) == last
    assert abs(parse_timestamp(outage["until"]) - back) < 10
    assert "for 2 h, from 2026-11-25 12:" in outage["text"]
    house.stack.service("aggregator").stop()
    house.stack.start("aggregator", machine_on_since=back)
    tick(house)
    outages = [("power-cut", "start"), ("power-cut", "end")]
    assert [one for one in told(hook) if one[0] == "power-cut"] == outages
    assert [event["name"] for event in events(house)].count("power-cut") == 1


def test_the_command_sends_a_test(house: House, hook: Hook) -> None:
    line = ("--config", str(house.stack.data.parent / "config.json"), "alert", "test")
    typed = type_line(*line)
    assert (typed.status, typed.out) == (
        0,
        "the webhook took the test; look whether it arrived\n",
    )
    assert told(hook) == [("test", "test")]
    hook.status = 401
    typed = type_line(*line)
    assert typed.status != 0
    assert "127.0.0.1 refuses us (401)" in typed.err
    assert "hook-secret" not in typed.err
