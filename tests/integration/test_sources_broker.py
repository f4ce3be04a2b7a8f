"""Devices at a real broker: what each family says, who may say it, and what the broker survives."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.asyncapi import mistakes, payload
from support.broker import Broker
from support.client import NOT_AUTHORISED, Client
from support.devices import FAMILIES, bridge, example, recorded
from support.stack import Stack
from support.wait import wait_until

from cli.broker_users import DEVICE
from cli.doctor.sources import sources
from cli.overview import look
from cli.run import ports
from cli.run.places import executable
from shared.config import load, parse
from shared.sources import heard_topics

PATIENCE_S = 60.0
PLUG = {"topic": "plug/kitchen", "path": "power", "unit": "W", "availability": "plug/there"}
TWO = {
    "kitchen": PLUG,
    "pump": {"topic": "pump/power", "unit": "kW"},
    "power": {"sum": ["kitchen", "pump"]},
}
Make = Callable[[dict[str, Any]], Stack]


@pytest.fixture
def make(tmp_path: Path, base_topic: str) -> Iterator[Make]:
    """Return what makes a monitor of some sources, each second a reading."""
    with ExitStack() as ends:

        def made(sources: dict[str, Any]) -> Stack:
            heard = heard_topics(parse({"sources": sources}, {"TZ": "UTC"}).sources)
            broker = Broker(tmp_path / "broker-state", base_topic, heard)
            broker.start()
            ends.callback(broker.stop)
            stack = Stack(
                tmp_path,
                broker,
                {"POWER_MONITOR_EARLIEST_CLOCK": "2000-01-01T00:00:00Z"},
                home_assistant={},
                sources=sources,
                data={"local_collection_interval_minutes": 1 / 60},
            )
            ends.callback(stack.stop)
            return stack

        yield made


def wait_for_reading(
    stack: Stack, witness: Client, fits: Callable[[dict[str, Any]], bool], what: str
) -> dict[str, Any]:
    """Return the first reading from now on that fits."""
    begin = len(witness.of(stack.topics.reading))

    def found() -> dict[str, Any] | None:
        heard = witness.of(stack.topics.reading)[begin:]
        return next((r for r in map(_document, heard) if fits(r)), None)

    return wait_until(found, PATIENCE_S, what=what) or {}


def _document(message: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(message.payload)
    return loaded


@pytest.mark.parametrize("family", FAMILIES)
def test_each_familys_messages_become_readings(make: Make, family: str) -> None:
    """As the page shows them; then everything else that was recorded, and the device is gone."""
    shown = example(family)
    stack = make(shown.sources)
    stack.start("collector")
    with stack.broker.client() as witness, stack.broker.client(DEVICE) as device:
        witness.subscribe(stack.topics.reading)
        for said in shown.messages:
            device.publish(said.topic, said.payload, retain=family == "ESPHome")
        reading = wait_for_reading(
            stack,
            witness,
            lambda found: (
                shown.values.items() <= found.items()
                and found.get("interval", {}).get("coverage") == 1.0
            ),
            "a second in which all is known",
        )
        power = shown.values["power"]
        assert reading["interval"]["power"] == {"mean": power, "min": power, "max": power}
        for said in recorded(family):
            device.publish(said.topic, said.payload)
        wait_for_reading(stack, witness, lambda found: found.get("power") is None, "power unknown")
        assert stack.service("collector").stop() == 0


def test_a_device_speaks_for_its_topics_and_nothing_else(make: Make) -> None:
    """Not even by a last will, or by clearing what is retained; and it hears nothing."""
    broker = make(TWO).broker
    topics = broker.topics
    with broker.client() as witness, broker.client(DEVICE) as device:
        witness.subscribe("#")
        device.subscribe("#")
        may = ("plug/kitchen", "plug/there", "pump/power")
        for topic in may:
            assert device.publish(topic, b"1") != NOT_AUTHORISED
        for topic in (
            topics.reading,
            topics.live,
            topics.maintenance,
            topics.maintenance_request,
            topics.health("collector"),
            topics.request("aggregator", "correct"),
            topics.request("collector", "collect"),
            topics.response("aggregator", "gaps"),
            "homeassistant/device/x/config",
            "plug/kitchen/more",
        ):
            assert device.publish(topic, b"1") == NOT_AUTHORISED, topic
            assert device.publish(topic, b"", retain=True) == NOT_AUTHORISED, topic
        witness.publish("any", b"last")
        witness.wait_for("any")
        assert {one.topic for one in witness.messages} == {*may, "any"}
        assert device.messages == []
    for user in ("viewer", "publisher", "syncer", "aggregator"):
        with broker.client(user) as other:
            assert other.publish("plug/kitchen", b"1") == NOT_AUTHORISED, user


def test_a_huge_message_is_counted_and_harms_nothing(make: Make) -> None:
    """A megabyte of HTML gets through the broker; more ends the device's own connection."""
    stack = make(TWO)
    stack.start("collector")
    with stack.broker.client() as witness, stack.broker.client(DEVICE) as device:
        witness.subscribe(stack.topics.reading)
        witness.subscribe(stack.topics.health("collector"))
        device.publish("plug/kitchen", '{"power": 60}')
        device.publish("pump/power", "0.1")
        device.publish("plug/kitchen", b"<html>" * 160_000)
        with stack.broker.client(DEVICE) as rude:
            rude.send("plug/kitchen", b"<html>" * 1_000_000)

            def counted() -> bool:
                told = witness.of(stack.topics.health("collector"))
                counters = [_document(one)["counters"] for one in told]
                return bool(counters) and counters[-1].get("sensor_too_large", 0) >= 1

            wait_until(counted, PATIENCE_S, what="the large message counted")
        wait_for_reading(stack, witness, lambda found: found.get("power") == 160, "160 W")


def test_a_broker_that_is_killed_costs_nothing_but_its_time(make: Make) -> None:
    """Devices come back and speak, and are heard; what was retained before is not news."""
    stack = make(TWO)
    stack.start("collector")
    with stack.broker.client() as witness, stack.broker.client(DEVICE) as device:
        witness.subscribe(stack.topics.reading)
        device.publish("plug/kitchen", '{"power": 60}')
        device.publish("pump/power", "0.1", retain=True)
        wait_for_reading(stack, witness, lambda found: found.get("power") == 160, "160 W")
    stack.broker.stop(signal.SIGKILL)
    stack.broker.start()
    with stack.broker.client() as witness, stack.broker.client(DEVICE) as device:
        stack.wait_online(witness, "collector")
        witness.subscribe(stack.topics.reading)
        device.publish("plug/there", "Offline", retain=True)
        wait_for_reading(stack, witness, lambda found: found.get("power") is None, "unknown")
        device.publish("plug/there", "Online", retain=True)
        device.publish("plug/kitchen", '{"power": 80}')
        wait_for_reading(stack, witness, lambda found: found.get("power") == 180, "180 W")


def test_a_collector_that_starts_hears_who_is_away_and_takes_no_old_value(make: Make) -> None:
    """The broker keeps both for whoever comes; only one of them is true whatever its age.

    What was said meanwhile and not retained is not kept for a collector that was here before.
    """
    stack = make(TWO)
    stack.start("collector")
    stack.service("collector").stop()
    with stack.broker.client(DEVICE) as device:
        device.publish("plug/there", "Offline", retain=True)
        device.publish("pump/power", "0.2")
        device.publish("pump/power", "0.1", retain=True)
    stack.start("collector")
    with stack.broker.client() as witness:
        witness.subscribe(stack.topics.health("collector"))

        def told() -> dict[str, Any] | None:
            heard = witness.of(stack.topics.health("collector"))
            health = _document(heard[-1]) if heard else {}
            names = {problem["name"] for problem in health.get("problems", ())}
            return health if "source:kitchen" in names and "sources" in health else None

        health = wait_until(told, PATIENCE_S, what="the plug known to be away") or {}
        assert health["counters"]["sensor_retained"] == 1
        assert health["sources"]["pump"]["value"] is None
        assert health["sources"]["pump"]["messages"] == 0
        assert mistakes(payload("health"), health) == []


def test_doctor_tells_of_each_source_and_how_devices_sign_in(make: Make, tmp_path: Path) -> None:
    """One that is heard, one that is away, what is made of them; then the way in for devices."""
    stack = make(TWO)
    stack.start("collector")
    config = load(tmp_path / "config.json", {})
    with stack.broker.client(DEVICE) as device:
        device.publish("pump/power", "0.1")
        device.publish("plug/there", "Offline", retain=True)

        def told() -> str | None:
            found = list(sources(config, look(config, time.time())))
            text = "\n".join(f"{one.verdict.value} {one.text} | {one.hint}" for one in found)
            return text if "device is away" in text and "pump is 100 W" in text else None

        text = wait_until(told, PATIENCE_S, what="both sources told") or ""
    assert "FAIL kitchen: the device is away: plug/there says so | has the device power" in text
    assert "ok power is the sum of kitchen, pump" in text
    assert "sign in" not in text, "that broker is somebody else's"
    ours = replace(config, mqtt=replace(config.mqtt, host=None))
    *_, way_in = sources(ours, look(config, time.time()))
    assert "devices sign in as device, password in " in way_in.text
    assert "only from this machine" in way_in.text
    assert '{"mqtt": {"listen": "0.0.0.0"}}' in way_in.hint


def test_the_bridge_of_the_page_passes_on_what_is_needed(make: Make, tmp_path: Path) -> None:
    """Another Mosquitto, with the lines of docs/integrations.md, signs in as `device`."""
    broker = make(example("Zigbee2MQTT").sources).broker
    port = ports.choose("127.0.0.1", None)
    lines = (
        bridge()
        .replace("192.168.1.20:1883", f"127.0.0.1:{broker.port}")
        .replace("the-password", broker.password(DEVICE))
    )
    configuration = tmp_path / "other.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n{lines}")
    program = executable("mosquitto")
    assert program
    other = subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        with broker.client() as witness:
            witness.subscribe("zigbee2mqtt/#")

            def passed_on() -> bool:
                with Client(port) as zigbee2mqtt:
                    for said in example("Zigbee2MQTT").messages:
                        zigbee2mqtt.publish(said.topic, said.payload)
                return len({one.topic for one in witness.messages}) == 3

            wait_until(_quietly(passed_on), PATIENCE_S, what="three topics passed on")
            payload = witness.of("zigbee2mqtt/plug_zigbee23")[-1].payload
            assert json.loads(payload)["power"] == 3
    finally:
        other.terminate()
        other.wait(10)


def _quietly(asked: Callable[[], bool]) -> Callable[[], bool]:
    """Take a broker that does not accept connections yet for a no."""

    def answer() -> bool:
        try:
            return asked()
        except OSError:
            return False

    return answer


def test_two_sources_and_their_sum_reach_the_files(make: Make) -> None:
    """All the way through a real aggregator, which knows nothing of where a metric comes from."""
    stack = make(TWO)
    stack.start("aggregator", "collector")
    with stack.broker.client(DEVICE) as device:
        device.publish("plug/kitchen", '{"power": 60}')
        device.publish("pump/power", "0.1")

        def point() -> dict[str, Any] | None:
            points = stack.document("daily").get("data_points", [])
            return next((one for one in points if one.get("power") == 160), None)

        found = wait_until(point, PATIENCE_S, what="a point in daily.json") or {}
    assert (found["kitchen"], found["pump"]) == (60, 100)
    units = stack.document("daily")["units"]
    assert (units["kitchen"], units["pump"]) == ("W", "W")
