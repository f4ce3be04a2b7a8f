"""What the broker refuses, row by row of docs/security.md, plainly and through the websocket."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from support.broker import Broker
from support.client import NOT_AUTHORISED, Client
from support.wait import wait_until
from support.web import Web

from cli.broker_users import USERS

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
ROW = re.compile(r"^\| `(\w+)` \| (`.+`) \| (`.+`) \|$", re.MULTILINE)
TOPICS = re.compile(r"`([^`]+)`")
REFUSED = {
    user: (TOPICS.findall(published), TOPICS.findall(received))
    for user, published, received in ROW.findall(PAGE.read_text())
}
WAYS: tuple[Literal["tcp", "websockets"], ...] = ("tcp", "websockets")
LAST = b"end-of-test"
OUTSIDE = ("homeassistant/", "elsewhere/", "$SYS")


def full(broker: Broker, topic: str) -> str:
    """Return a topic of the table as it is on the wire."""
    return topic if topic.startswith(OUTSIDE) else f"{broker.topics.base}/{topic}"


@pytest.fixture
def web(tmp_path: Path, broker: Broker) -> Iterator[Web]:
    """Run the web server in front of the broker."""
    running = Web(tmp_path, broker)
    running.start()
    yield running
    running.stop()


@contextmanager
def signed_in(
    broker: Broker, web: Web, user: str, way: Literal["tcp", "websockets"]
) -> Iterator[Client]:
    """Sign in at the broker's port or at the page's."""
    port = broker.port if way == "tcp" else web.own.port
    with Client(port, user, broker.password(user), transport=way) as client:
        yield client


def test_every_user_has_its_row() -> None:
    assert sorted(REFUSED) == sorted(USERS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("user", REFUSED)
def test_what_a_user_cannot_publish_arrives_nowhere(
    broker: Broker, web: Web, user: str, way: Literal["tcp", "websockets"]
) -> None:
    """Neither live nor retained; the sender is told so (135)."""
    topics = [full(broker, topic) for topic in (*REFUSED[user][0], "$SYS/broker/version")]
    with broker.client() as witness, signed_in(broker, web, user, way) as tried:
        witness.subscribe("#")
        codes = {topic: tried.publish(topic, b"forged", retain=True) for topic in topics}
        witness.publish("any", LAST)
        wait_until(lambda: [one for one in witness.messages if one.payload == LAST])
        assert {one.topic for one in witness.messages} == {"any"}
    assert set(codes.values()) == {NOT_AUTHORISED}, codes


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("user", REFUSED)
def test_what_a_user_cannot_receive_does_not_come(
    broker: Broker, web: Web, user: str, way: Literal["tcp", "websockets"]
) -> None:
    """Asked for by name and by wildcards, sent live and kept before."""
    topics = [full(broker, topic) for topic in REFUSED[user][1]]
    with broker.client() as witness, signed_in(broker, web, user, way) as tried:
        for topic in topics:
            witness.publish(topic, b"kept", retain=True)
        for wanted in (*topics, "#", "+/#", "+/+/#", "$share/group/#", "$SYS/#"):
            tried.subscribe(wanted)
        for topic in topics:
            witness.publish(topic, b"told")
        # Acknowledged after all deliveries before it, as the broker serves a client in order.
        tried.subscribe("nothing/more")
        own = "$SYS/broker/" if user == "admin" else "nobody's"  # the broker's figures are its due
        assert [one for one in tried.messages if not one.topic.startswith(own)] == []


@pytest.mark.parametrize("way", WAYS)
def test_nobody_enters_without_a_name(
    broker: Broker, web: Web, way: Literal["tcp", "websockets"]
) -> None:
    """No name, a wrong or empty password, an unknown name, the password of another user."""
    port = broker.port if way == "tcp" else web.own.port
    tries = (
        (None, None),
        ("admin", "wrong"),
        ("admin", ""),
        ("nobody", broker.password("admin")),
        ("admin", broker.password("viewer")),
        ("viewer", broker.password("admin")),
    )
    for user, password in tries:
        client = Client(port, user, password, transport=way)
        assert client.connect() == NOT_AUTHORISED, user
        client.close()
