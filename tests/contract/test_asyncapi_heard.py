"""docs/asyncapi.yaml and docs/messages.md against real services on a real broker."""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from support.asyncapi import (
    DOCS,
    channel_of,
    contract,
    encode,
    examples,
    is_described,
    messages_of,
)
from support.broker import WITNESS, Broker
from support.client import Client
from support.one_sensor import POWER, one_sensor, section
from support.stack import Stack
from support.wait import wait_until

from demo.server import serving

RUNNING = ("collector", "aggregator")
NUDGE_S = 0.5
MOST_NUDGES = 120
ANY_LEVEL = re.compile(r"\\\{(service|tier|name)\\\}")


class Listener(Client):
    """A client that also notes the quality of service of what it hears."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker.port, WITNESS, WITNESS)
        self.qos: dict[str, set[int]] = {}

    def _keep(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        self.qos.setdefault(message.topic, set()).add(message.qos)
        super()._keep(client, data, message)


@pytest.fixture(name="stack")
def a_stack(tmp_path: Path, broker: Broker) -> Iterator[Stack]:
    """Run collector and aggregator beside a simulated Home Assistant with a minute of history."""
    house = one_sensor()
    house.set(POWER, 420, at=time.time() - 60)
    with serving(house) as url:
        stack = Stack(
            tmp_path,
            broker,
            home_assistant=section(url),
            data={
                "local_collection_interval_minutes": 1,
                "live_interval_seconds": 1,
                "backfill_days": 1,
            },
        )
        with broker.client() as client:
            stack.service("aggregator").start()
            stack.wait_online(client, "aggregator")
            stack.service("collector").start()
            yield stack
        stack.stop()


def channel_named(topic: str, base: str) -> str:
    """Return the name of the channel a topic belongs to."""
    for name, channel in contract()["channels"].items():
        address = re.escape(channel["address"].replace("{base}", base))
        if re.fullmatch(ANY_LEVEL.sub("[^/]+", address), topic):
            return str(name)
    raise AssertionError(f"nobody describes {topic}")


def requests() -> Iterator[tuple[str, str]]:
    """Yield the address of each request to the services that run, and its message."""
    for operation in contract()["operations"].values():
        channel = channel_of(operation)
        if "reply" in operation and "/syncer/" not in channel["address"]:
            for service in RUNNING if "{service}" in channel["address"] else ("",):
                yield channel["address"].replace("{service}", service), messages_of(channel)[0]


def test_everything_that_is_heard_is_described(stack: Stack, broker: Broker) -> None:
    """Every topic, payload, quality of service and retained flag; and every request is answered."""
    base = stack.topics.base
    with Listener(broker) as listener:
        listener.subscribe(f"{base}/#")
        wait_until(lambda: listener.of(stack.topics.health("aggregator")), what="the aggregator")
        wait_until(lambda: listener.of(stack.topics.health("collector")), what="the collector")
        for address, message in requests():
            topic = address.replace("{base}", base)
            answer = topic.replace("/request/", "/response/")
            listener.publish(topic, encode(examples(message)[0]))
            listener.wait_for(answer)
        for topic in (stack.topics.live, stack.topics.file_updated("daily"), stack.topics.reading):
            listener.wait_for(topic)
        for heard in list(listener.messages):
            if not heard.topic.startswith(f"{base}/request/"):
                channel = contract()["channels"][channel_named(heard.topic, base)]
                names = messages_of(channel)
                assert any(is_described(name, heard.payload) for name in names), heard
        said = qualities()
        for topic, qualities_heard in listener.qos.items():
            channel = channel_named(topic, base)
            assert qualities_heard == {said.get(channel, (1, False))[0]}, topic
    expected = {channel for channel, (_, is_retained) in said.items() if is_retained}
    wait_until(lambda: kept(broker) == expected, what=f"all of {expected} retained")


def kept(broker: Broker) -> set[str]:
    """Return the channels of what a client that comes now is told."""
    base = broker.topics.base
    with broker.client() as late:
        late.subscribe(f"{base}/#")
        late.subscribe("nothing/more")  # acknowledged after all that is retained has come
        return {channel_named(m.topic, base) for m in list(late.messages) if m.retained}


def qualities() -> dict[str, tuple[int, bool]]:
    """Return channel name -> quality of service and retained flag of what we send."""
    return {
        operation["channel"]["$ref"].rpartition("/")[2]: (mqtt["qos"], mqtt["retain"])
        for operation in contract()["operations"].values()
        if operation["action"] == "send"
        for mqtt in (operation["bindings"]["mqtt"],)
    }


def shell_lines() -> list[str]:
    """Return the lines for the shell in docs/messages.md for the services that run."""
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / "messages.md").read_text(), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("mosquitto_") and "/syncer/" not in line]


def test_each_line_for_the_shell_works(stack: Stack, broker: Broker) -> None:
    """With our own broker, its users, and the options file that is written for these lines."""
    base = stack.topics.base
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "XDG_CONFIG_HOME": str(broker.places.client_options),
        "PORT": str(broker.port),
        "STATE": str(broker.state_dir),
    }
    with Listener(broker) as listener:
        listener.subscribe(f"{base}/#")
        wait_until(lambda: listener.of(stack.topics.health("collector")), what="the collector")
        listener.publish(stack.topics.reading, a_reading(), retain=True)
        for line in shell_lines():
            count = len(listener.messages)
            command = line.replace("power-monitor/", f"{base}/")
            heard = run(command, environment, listener, base)
            if line.startswith("mosquitto_pub"):
                topic = re.findall(r" -t (\S+)", command)[0]
                assert channel_named(topic, base), line
                wait_until(lambda: topic in topics_since(listener, count), what=line)  # noqa: B023
            else:
                assert heard, line


def topics_since(listener: Client, count: int) -> set[str]:
    """Return the topics heard after the first `count` messages."""
    return {message.topic for message in listener.messages[count:]}


def a_reading() -> bytes:
    """Return a reading of now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return encode({"timestamp": now, "power": 400})


def run(command: str, environment: Mapping[str, str], other: Client, base: str) -> bytes:
    """Run a line of the shell; return what it prints, of an endless one the first message."""
    endless = command.startswith("mosquitto_sub") and " -C " not in command
    process = subprocess.Popen(
        ["/bin/sh", "-c", command + (" -C 1" if endless else "")],
        env=environment,
        stdout=subprocess.PIPE,
    )
    for _ in range(MOST_NUDGES):
        try:
            printed, _nothing = process.communicate(timeout=NUDGE_S)
        except subprocess.TimeoutExpired:
            other.publish(f"{base}/request/maintenance", "nonsense, which is logged")
            other.publish(f"{base}/reading", a_reading())
        else:
            assert process.returncode == 0, command
            return printed
    process.kill()
    process.communicate()
    raise AssertionError(f"no end to {command}")
