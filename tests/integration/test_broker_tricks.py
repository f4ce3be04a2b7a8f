"""Ways around the rights: wills, retained messages, other versions of MQTT, answers elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from support.broker import Broker
from support.client import Client
from support.stack import Stack
from support.wait import wait_until

V3, V5 = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5
LAST = b"end-of-test"
MOST_MIB = 60


def arrived(witness: Client) -> set[str]:
    """Return the topics that were delivered before the closing message."""
    witness.publish("any", LAST)
    wait_until(lambda: [one for one in witness.messages if one.payload == LAST])
    return {one.topic for one in witness.messages if one.payload != LAST}


@pytest.mark.parametrize("version", [V3, V5])
@pytest.mark.parametrize("topic", ["reading", "live", "collector/availability", "request/x/y"])
def test_a_last_will_publishes_nothing_its_owner_may_not(
    broker: Broker, topic: str, version: MQTTProtocolVersion
) -> None:
    """The viewer leaves without a word, as in a power cut; its will is not carried out."""
    with broker.client() as witness:
        witness.subscribe("#")
        dying = paho.Client(CallbackAPIVersion.VERSION2, client_id="dying", protocol=version)
        dying.username_pw_set("viewer", broker.password("viewer"))
        dying.will_set(f"{broker.topics.base}/{topic}", b"forged", qos=1, retain=True)
        dying.connect("127.0.0.1", broker.port)
        dying.loop_start()
        wait_until(dying.is_connected, what="the viewer signed in, or was refused")
        connection = dying.socket()
        assert connection is not None
        dying.loop_stop()
        connection.close()  # no DISCONNECT: the broker finds it dead
        # Its id is free for another only once the broker has dealt with its death.
        with Client(broker.port, "viewer", broker.password("viewer"), client_id="dying"):
            assert arrived(witness) == set()


def test_a_kept_message_cannot_be_cleared(broker: Broker) -> None:
    """An empty retained message would take `reading` from every page."""
    topics = broker.topics
    with broker.client() as witness, broker.client("viewer") as viewer:
        witness.publish(topics.reading, b"kept", retain=True)
        viewer.publish(topics.reading, b"", retain=True)
        witness.subscribe(topics.reading)
        assert witness.wait_for(topics.reading).payload == b"kept"


@pytest.mark.parametrize("version", [V3, V5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_no_quality_of_service_and_no_version_publishes_more(
    broker: Broker, version: MQTTProtocolVersion, qos: int
) -> None:
    """MQTT 3.1.1 can't tell the sender, so what counts is that nothing arrives."""
    topics = broker.topics
    with broker.client() as witness:
        witness.subscribe("#")
        sender = paho.Client(CallbackAPIVersion.VERSION2, protocol=version)
        sender.username_pw_set("viewer", broker.password("viewer"))
        sender.connect("127.0.0.1", broker.port)
        sender.loop_start()
        for topic in (topics.reading, topics.request("collector", "collect")):
            sender.publish(topic, b"forged", qos=qos, retain=True)
        ended = sender.publish("never/allowed/either", b"", qos=1)
        ended.wait_for_publish(10)
        sender.disconnect()
        sender.loop_stop()
        assert arrived(witness) == set()


# What a service may be talked into.


@pytest.fixture
def stack(tmp_path: Path, broker: Broker) -> Iterator[Stack]:
    """Run an aggregator."""
    running = Stack(tmp_path, broker, {})
    running.start("aggregator")
    yield running
    running.stop()


ELSEWHERE = (
    "reading",
    "live",
    "maintenance",
    "file-updated/daily",
    "aggregator/health",
    "request/collector/collect",
    "request/maintenance",
    "responses",
    "response/",
    "response/maintenance",
    "response/collector/collect",
    "response/syncer/push",
    "response/../reading",
)


def test_a_service_answers_below_response_only_and_in_its_own_name(
    stack: Stack, broker: Broker
) -> None:
    """A request by MQTT 5 may name where to answer; elsewhere it is answered as usual."""
    base = stack.topics.base
    usual = stack.topics.response("aggregator", "gaps")
    asked = [f"{base}/{topic}" for topic in ELSEWHERE]
    asked += ["elsewhere", "$SYS/broker/version", "homeassistant/device/x/config"]
    with broker.client() as witness, broker.client("admin") as admin:
        witness.subscribe("#")
        for number, topic in enumerate(asked):
            mark = f"asked-{number}".encode()
            request = stack.topics.request("aggregator", "gaps")
            admin.publish(request, b"", response_topic=topic, correlation=mark)
        wait_until(lambda: len(witness.of(usual)) == len(asked), what="answers as usual")
        answers = [one for one in witness.messages if hasattr(one.properties, "CorrelationData")]
        told = {one.topic for one in answers} - {stack.topics.request("aggregator", "gaps")}
    assert told == {usual}


def test_a_kept_request_is_not_carried_out(stack: Stack, broker: Broker) -> None:
    """Or each start would carry it out again."""
    topics = stack.topics
    answers = topics.response("aggregator", "gaps")
    with broker.client() as witness, broker.client("admin") as admin:
        witness.subscribe(topics.response("aggregator", "#"))
        admin.publish(topics.request("aggregator", "rollup"), b"all", retain=True)
        for starts in (1, 2):
            admin.publish(topics.request("aggregator", "gaps"))
            wait_until(lambda: len(witness.of(answers)) == starts, what="the answer")  # noqa: B023
            stack.service("aggregator").stop()
            stack.start("aggregator")
        assert len(witness.messages) == len(witness.of(answers))


def test_no_subscriptions_fill_the_brokers_memory(broker: Broker) -> None:
    """A megabyte of them, in one packet that may be as large, would take 300 MB."""
    deep = "/".join("abcdefghijklmnopqrstuvwxyz")
    with broker.client() as witness, broker.client() as other:
        greedy = paho.Client(CallbackAPIVersion.VERSION2, client_id="greedy", clean_session=False)
        greedy.username_pw_set("viewer", broker.password("viewer"))
        greedy.connect("127.0.0.1", broker.port)
        greedy.loop_start()
        wait_until(greedy.is_connected, what="the viewer signed in")
        gone: list[str] = []
        greedy.on_disconnect = lambda *_: gone.append("gone")
        greedy.subscribe([(f"{broker.topics.base}/{number}/{deep}", 1) for number in range(15000)])
        wait_until(lambda: gone, what="the viewer was sent away")
        greedy.disconnect()
        greedy.loop_stop()
        assert rss_mib(broker.pid) < MOST_MIB
        witness.subscribe(broker.topics.reading)
        other.publish(broker.topics.reading, b"others go on")
        assert witness.wait_for(broker.topics.reading).payload == b"others go on"


def rss_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS:"))) / 1024
