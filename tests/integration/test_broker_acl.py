"""Every right of every broker user, and every refusal, on a real Mosquitto.

The table is written out by hand, independent of the one the ACL is made from.
"""

import signal
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from support.broker import WITNESS, Broker
from support.client import NOT_AUTHORISED, Client
from support.wait import wait_until

LAST = "end-of-test"

# Relative to the base topic; those that start with homeassistant/ are not.
TOPICS = """
    reading live summary maintenance file-updated/daily file-updated/yearly alert/stale
    collector/availability collector/health aggregator/availability aggregator/health
    syncer/availability syncer/health log/collector log/aggregator log/syncer
    request/collector/collect request/collector/backfill request/maintenance
    request/aggregator/gaps request/aggregator/merge request/aggregator/correct
    request/aggregator/import request/aggregator/rollup request/syncer/push
    response/collector/collect response/maintenance response/aggregator/gaps
    response/aggregator/merge response/aggregator/import response/syncer/push
    response/somebody
    other homeassistant/device/x/config homeassistant/device/x/y/config homeassistant/status
    homeassistant/sensor/x/config
    """
HEALTH = """collector/availability aggregator/availability syncer/availability
    collector/health aggregator/health syncer/health"""


@dataclass(frozen=True)
class May:
    """What a user may publish and read; everything else in TOPICS must be refused."""

    publish: str = ""
    read: str = ""


USERS: Mapping[str, May] = {
    "collector": May(
        publish="""reading live maintenance collector/availability collector/health log/collector
            response/collector/collect response/maintenance response/somebody
            request/aggregator/gaps""",
        read="""request/collector/collect request/collector/backfill request/maintenance
            response/aggregator/gaps aggregator/availability""",
    ),
    "aggregator": May(
        publish="""file-updated/daily file-updated/yearly alert/stale summary
            aggregator/availability aggregator/health log/aggregator response/aggregator/gaps
            response/aggregator/merge response/aggregator/import response/somebody
            homeassistant/device/x/config""",
        read=f"""reading maintenance {HEALTH} request/aggregator/gaps request/aggregator/merge
            request/aggregator/correct request/aggregator/import request/aggregator/rollup
            homeassistant/status""",
    ),
    "syncer": May(
        publish="""syncer/availability syncer/health log/syncer response/syncer/push
            response/somebody request/aggregator/merge request/aggregator/import""",
        read="""file-updated/daily file-updated/yearly request/syncer/push
            response/aggregator/merge response/aggregator/import aggregator/availability
            maintenance""",
    ),
    "publisher": May(publish="reading"),
    "device": May(),
    "admin": May(
        publish="""request/collector/collect request/collector/backfill request/maintenance
            request/aggregator/gaps request/aggregator/merge request/aggregator/correct
            request/aggregator/import request/aggregator/rollup request/syncer/push""",
        read=" ".join(topic for topic in TOPICS.split() if not topic.startswith("homeassistant/")),
    ),
    "viewer": May(
        read=f"""reading live maintenance file-updated/daily file-updated/yearly alert/stale
            {HEALTH}"""
    ),
    "homeassistant": May(
        publish="""homeassistant/status request/collector/collect request/aggregator/rollup
            request/syncer/push request/maintenance""",
        read=f"""reading live summary maintenance alert/stale {HEALTH}
            homeassistant/device/x/config homeassistant/device/x/y/config homeassistant/status
            homeassistant/sensor/x/config""",
    ),
}


def full(broker: Broker, topic: str) -> str:
    """Return the topic as it is on the wire."""
    return topic if topic.startswith("homeassistant/") else f"{broker.topics.base}/{topic}"


def granted(broker: Broker, topics: str) -> set[str]:
    """Return a row of the table as topics on the wire."""
    named = set(topics.split())
    assert named <= set(TOPICS.split()), "the table names a topic that is never tried"
    return {full(broker, topic) for topic in named}


def heard(witness: Client) -> set[str]:
    """Return the topics that were delivered before the closing message."""
    wait_until(lambda: [one for one in witness.messages if one.payload == LAST.encode()])
    return {one.topic for one in witness.messages if one.payload != LAST.encode()}


@pytest.mark.parametrize("user", USERS)
def test_a_user_publishes_what_it_may_and_nothing_else(broker: Broker, user: str) -> None:
    """Refused ones get reason code 135 and reach nobody, not even one who may read all."""
    expected = granted(broker, USERS[user].publish)
    with broker.client() as witness, broker.client(user) as tried:
        witness.subscribe("#")
        codes = {
            topic: tried.publish(topic, b"tried")
            for topic in (full(broker, name) for name in TOPICS.split())
        }
        witness.publish("any", LAST)
        assert heard(witness) == expected
    assert {topic for topic, code in codes.items() if code != NOT_AUTHORISED} == expected


@pytest.mark.parametrize("user", USERS)
def test_a_user_receives_what_it_may_and_nothing_else(broker: Broker, user: str) -> None:
    """Mosquitto grants any subscription and checks each delivery, so deliveries are counted."""
    may = granted(broker, USERS[user].read)
    with broker.client() as witness, broker.client(user) as tried:
        witness.subscribe("#")
        tried.subscribe("#")
        for name in TOPICS.split():
            witness.publish(full(broker, name), b"told")
        wait_until(lambda: len(witness.messages) == len(TOPICS.split()))
        wait_until(lambda: len(tried.messages) >= len(may))
        # Acknowledged after all deliveries before it, as the broker serves a client in order.
        tried.subscribe("nothing/more")
        assert {one.topic for one in tried.messages} == may


@pytest.mark.parametrize("user", USERS)
def test_retained_messages_are_guarded_like_live_ones(broker: Broker, user: str) -> None:
    """A subscription made later sees the same topics and no others."""
    may = granted(broker, USERS[user].read)
    with broker.client() as witness, broker.client(user) as tried:
        for name in TOPICS.split():
            witness.publish(full(broker, name), b"kept", retain=True)
        tried.subscribe("#")
        wait_until(lambda: len(tried.messages) >= len(may))
        tried.subscribe("nothing/more")
        assert {one.topic for one in tried.messages} == may


def test_the_brokers_own_figures_are_for_the_admin(broker: Broker) -> None:
    """They are retained by the broker itself; nobody else is told."""
    told = {}
    for user in USERS:
        with broker.client(user) as client:
            client.subscribe("$SYS/broker/version")
            client.subscribe("nothing/more")
            if user == "admin":
                client.wait_for("$SYS/broker/version")
            told[user] = len(client.messages)
    assert told == {user: int(user == "admin") for user in USERS}


def test_credentials_are_private(broker: Broker) -> None:
    """Directory 700, each password file 600; one password for each user."""
    directory = broker.own.credentials_dir
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in directory.iterdir()} == set(USERS)
    assert {file.stat().st_mode & 0o777 for file in directory.iterdir()} == {0o600}
    assert len({broker.password(user) for user in USERS}) == len(USERS)


def test_a_restart_keeps_port_passwords_and_retained_messages(broker: Broker) -> None:
    """A clean stop saves what the broker holds."""
    before = (broker.port, {user: broker.password(user) for user in USERS})
    with broker.client() as witness:
        witness.publish(broker.topics.maintenance, b"on", retain=True)
    broker.stop()
    broker.start()
    assert (broker.port, {user: broker.password(user) for user in USERS}) == before
    with broker.client(WITNESS) as witness:
        witness.subscribe(broker.topics.maintenance)
        assert witness.wait_for(broker.topics.maintenance).payload == b"on"


def test_a_torn_database_is_set_aside_after_two_failures(broker: Broker) -> None:
    """A power cut while Mosquitto saves must not keep everything from starting."""
    broker.stop()
    state = broker.places.broker_state
    (state / "mosquitto.db").write_bytes(b"\x00\xb5\x00mosquitto db\x00torn")
    fresh = Broker(broker.state_dir, broker.topics.base)
    fresh.own.prepare(2)
    assert not (state / "mosquitto.db").exists()
    assert len(list(state.glob("mosquitto.db.corrupt-*"))) == 1
    fresh.start()
    fresh.stop()


def test_a_database_torn_while_the_supervisor_runs_is_set_aside_too(broker: Broker) -> None:
    """That it answered once says nothing: it would stay away until the supervisor ends."""
    broker.stop(signal.SIGKILL)
    database = broker.places.broker_database
    database.write_bytes(b"\x00\xb5\x00mosquitto db\x00torn")
    broker.own.prepare(1)
    assert database.exists()
    broker.own.prepare(2)
    assert not database.exists()
    broker.start()


def test_a_message_too_large_reaches_nobody(broker: Broker) -> None:
    """The limit leaves room for a merge of 1 MB and no more; the broker tells it to each client."""
    with broker.client() as witness, broker.client() as sender:
        assert sender.largest_packet == 1_200_000
        witness.subscribe("big/#")
        assert sender.publish("big/merge", b"x" * 1_100_000) == 0
        sender.publish("big/monster", b"x" * 1_210_000)
        witness.publish("big/last", b"x")
        witness.wait_for("big/last")
        assert not witness.of("big/monster")
