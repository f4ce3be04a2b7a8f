"""The bridge of docs/home-assistant.md between real brokers: what passes, and what does not."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support.broker import WITNESS, Broker
from support.client import Client
from support.wait import wait_until

from cli.run import ports
from cli.run.answers import accepts
from cli.run.places import executable
from services.aggregator.discovery import topic
from shared.topics import HOME_ASSISTANT_STATUS

PAGE = Path(__file__).parents[2] / "docs" / "home-assistant.md"
TO_MONITOR, TO_HOUSE = re.findall(
    r"^```conf\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE
)
LOCAL = "127.0.0.1"
DEADLINE_S = 30.0
OPEN = "allow_anonymous true"


@contextmanager
def mosquitto(directory: Path, *lines: str) -> Iterator[int]:
    """Run another broker; give its port."""
    port = ports.choose(LOCAL, None)
    file = directory / f"{port}.conf"
    file.write_text("\n".join((f"listener {port} {LOCAL}", *lines, "")))
    with subprocess.Popen([str(executable("mosquitto")), "-c", str(file)]) as process:
        try:
            wait_until(lambda: accepts(LOCAL, port), what="another broker")
            yield port
        finally:
            process.terminate()


def to_monitor(broker: Broker) -> str:
    """Return the first block of the page, filled in."""
    base = broker.topics.base
    text = TO_MONITOR.replace("power-monitor/config", f"{broker.topics.word}/config")
    text = re.sub(r"^(topic )power-monitor/", rf"\1{base}/", text, flags=re.MULTILINE)
    text = text.replace("127.0.0.1:PORT", f"{LOCAL}:{broker.port}")
    return text.replace("PASSWORD", broker.password("homeassistant"))


def to_house(broker: Broker, port: int) -> str:
    """Return the second block, with the user of a test."""
    text = TO_HOUSE.replace("power-monitor/config", f"{broker.topics.word}/config")
    text = re.sub(r"^(topic )power-monitor/", rf"\1{broker.topics.base}/", text, flags=re.MULTILINE)
    text = text.replace("homeassistant.local:1883", f"{LOCAL}:{port}")
    return text.replace("USER", "x").replace("PASSWORD-THERE", "x")


@pytest.fixture(name="house", params=["one bridge", "a go-between"])
def a_house(request: pytest.FixtureRequest, tmp_path: Path, broker: Broker) -> Iterator[int]:
    """Give the port of Home Assistant's broker, bridged to the monitor's in one way of two."""
    with ExitStack() as running:
        if request.param == "one bridge":
            yield running.enter_context(mosquitto(tmp_path, OPEN, to_monitor(broker)))
        else:
            port = running.enter_context(mosquitto(tmp_path, OPEN))
            between = (to_monitor(broker), to_house(broker, port))
            running.enter_context(mosquitto(tmp_path, *between))
            yield port


def told(port: int, name: str) -> bytes | None:
    """Return what is retained on a topic of a broker."""
    with Client(port) as client:
        client.subscribe(name)
        client.subscribe("nothing/more")
        found = [one.payload for one in client.of(name) if one.retained]
        return found[-1] if found else None


def test_what_the_monitor_tells_is_retained_at_the_other_broker_and_goes_again(
    broker: Broker, house: int
) -> None:
    topics = broker.topics
    kept = [
        *(topics.reading, topics.summary, topics.maintenance, topics.alert("stale")),
        *(topics.availability("collector"), topics.health("syncer"), topic(topics)),
    ]
    with broker.client(WITNESS) as monitor:
        for number, name in enumerate(kept):
            monitor.publish(name, f"first {number}", retain=True)
        for number, name in enumerate(kept):
            first = f"first {number}".encode()
            wait_until(lambda: told(house, name) == first, DEADLINE_S, what=name)  # noqa: B023
        monitor.publish(topics.availability("collector"), "offline", retain=True)
        monitor.publish(topic(topics), b"", retain=True)
        wait_until(lambda: told(house, topics.availability("collector")) == b"offline", DEADLINE_S)
        wait_until(lambda: told(house, topic(topics)) is None, DEADLINE_S, what="no device")


def test_only_buttons_and_the_start_of_home_assistant_come_back(broker: Broker, house: int) -> None:
    topics = broker.topics
    allowed = [
        *(HOME_ASSISTANT_STATUS, topics.maintenance_request),
        *(topics.request("collector", "collect"), topics.request("aggregator", "rollup")),
        topics.request("syncer", "push"),
    ]
    refused = [
        *(topics.reading, topics.summary, topics.request("aggregator", "correct")),
        *(topics.log("collector"), topics.availability("collector"), topic(topics)),
    ]
    with broker.client(WITNESS) as monitor, Client(house) as client:
        monitor.subscribe("#")
        monitor.publish(topics.maintenance, "off", retain=True)
        wait_until(lambda: told(house, topics.maintenance), DEADLINE_S, what="the bridge")
        wait_until(
            lambda: (
                client.publish(HOME_ASSISTANT_STATUS, "probe") == 0
                and monitor.of(HOME_ASSISTANT_STATUS)
            ),
            DEADLINE_S,
            what="the way back",
        )
        for name in (*refused, *allowed):
            client.publish(name, "pressed")
        for name in allowed:
            wait_until(lambda: pressed(monitor, name), DEADLINE_S, what=name)  # noqa: B023
        assert not [name for name in refused if pressed(monitor, name)]


def pressed(client: Client, name: str) -> bool:
    return any(one.payload == b"pressed" for one in client.of(name))
