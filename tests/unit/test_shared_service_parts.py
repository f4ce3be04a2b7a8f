"""Inbox and health, and how a shell answers requests."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.configuration import SMALLEST

from shared.config import MqttConfig, parse
from shared.errors import Retryable
from shared.health import Health, memory_bytes
from shared.inbox import Inbox, LinkChange, Message
from shared.link import client_id
from shared.messages import Request
from shared.service import Answer, Shell

NOW = 1795129400.0


def message(topic: str = "t") -> Message:
    return Message(topic, b"", retained=False, acknowledge=lambda: None)


def test_events_come_out_in_order_and_in_batches() -> None:
    inbox = Inbox(100)
    for number in range(5):
        inbox.put(message(str(number)))
    inbox.put(LinkChange(up=True))
    first, rest = inbox.take(0, 2), inbox.take(0, 10)
    topics = [event.topic for event in (*first, *rest) if isinstance(event, Message)]
    assert topics == ["0", "1", "2", "3", "4"]
    assert (len(first), rest[-1]) == (2, LinkChange(up=True))
    assert inbox.take(0, 10) == []


def test_only_what_came_unasked_is_dropped_and_it_is_counted() -> None:
    inbox = Inbox(2)
    for _ in range(4):
        inbox.put(message("live"), droppable=True)
    inbox.put(message("reading"))
    assert inbox.dropped == 2
    assert len(inbox.take(0, 10)) == 3


def test_an_event_wakes_who_waits() -> None:
    inbox = Inbox(2)
    thread = threading.Timer(0.01, lambda: inbox.put(message()))
    thread.start()
    assert len(inbox.take(10, 5)) == 1
    thread.join()


def test_nothing_is_lost_between_threads() -> None:
    inbox = Inbox(2)

    def fill() -> None:
        for number in range(2000):
            inbox.put(message(str(number)))

    threads = [threading.Thread(target=fill) for _ in range(3)]
    for thread in threads:
        thread.start()
    taken = 0
    while taken < 6000:
        events = inbox.take(10, 7)
        assert events
        taken += len(events)
    for thread in threads:
        thread.join()
    assert inbox.take(0, 1) == []


def test_health_tells_the_last_work_and_open_problems() -> None:
    health = Health()
    assert health.document(NOW)["last_work"] is None
    health.done("reading", 1795129200)
    health.done("weekly.json", 1795129260)
    assert health.document(NOW)["last_work"] == {
        "what": "weekly.json",
        "at": "2026-11-19T23:01:00+00:00",
    }
    assert health.document(NOW)["status"] == "ok"
    assert health.problem("disk", Retryable("full", hint="df -h"), 1795129300)
    document = health.document(NOW)
    assert document["status"] == "degraded"
    assert document["problems"] == [
        {
            "name": "disk",
            "text": "full",
            "hint": "df -h",
            "since": "2026-11-19T23:01:40+00:00",
        }
    ]
    json.dumps(document)
    assert health.healed("disk")
    assert not health.healed("disk")
    assert health.document(NOW)["status"] == "ok"
    assert health.document(NOW)["last_error"]["name"] == "disk"


def test_a_problem_is_news_once_and_keeps_its_beginning() -> None:
    health = Health()
    assert health.problem("disk", "full", 100)
    revision = health.revision
    assert not health.problem("disk", "full", 200)
    assert health.revision == revision
    assert health.problem("disk", "broken", 300)
    assert health.document(NOW)["problems"][0]["since"] == "1970-01-01T00:01:40+00:00"
    assert health.problems == ("disk",)


def test_the_first_of_each_kind_is_told() -> None:
    health = Health()
    assert [health.count("malformed") for _ in range(3)] == [True, False, False]
    assert [health.count("late", 5), health.count("late", 5)] == [True, False]
    assert health.document(NOW)["counters"] == {"malformed": 3, "late": 10}


def test_a_request_that_shows_a_mistake_of_ours_does_not_come_again() -> None:
    """It ends the service; the broker would send it again after each restart for ever."""
    shell = Shell("collector", parse(SMALLEST, {}))

    def fail(_: Request) -> Answer:
        raise ZeroDivisionError

    topic = shell.topics.request("collector", "collect")
    shell._handlers = {topic: fail}
    acknowledged: list[bool] = []
    asked = Message(topic, b"", retained=False, acknowledge=lambda: acknowledged.append(True))
    with pytest.raises(ZeroDivisionError):
        shell._handle(asked)
    assert acknowledged == [True]


def test_memory_is_more_than_nothing() -> None:
    assert Health().document(NOW)["memory_bytes"] > 1_000_000


def test_memory_is_unknown_on_a_kernel_that_does_not_tell(tmp_path: Path) -> None:
    assert memory_bytes(str(tmp_path / "smaps_rollup")) is None


def test_no_two_boards_on_one_broker_have_the_same_client_id() -> None:
    """One broker user for both, and base topics that look alike: the one would end the other."""
    user = MqttConfig(
        "host", 1883, "user", "password", tls=False, base_topic="", credentials_dir=None
    )
    bases = ("house-one", "house/one", "house_one", "house one")
    ids = [client_id(replace(user, base_topic=base), "collector") for base in bases]
    assert len(set(ids)) == len(bases)
    assert ids[0].startswith("house-one-collector-")  # as before: the broker knows its session
