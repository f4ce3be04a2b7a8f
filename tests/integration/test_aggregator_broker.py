"""The aggregator as a process behind a real Mosquitto: what it hears, answers and acknowledges."""

import json
import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.broker import Broker
from support.client import Client
from support.stack import Stack
from support.wait import DEADLINE_S, wait_until

from shared.times import Zone

ZONE = Zone("Europe/Berlin")
HOUR_S = 3600.0


@pytest.fixture
def stack(tmp_path: Path, broker: Broker) -> Iterator[Stack]:
    running = Stack(tmp_path, broker)
    yield running
    running.stop()


@pytest.fixture
def client(stack: Stack, broker: Broker) -> Iterator[Client]:
    """A client beside a running aggregator."""
    with broker.client() as connected:
        for topic in ("response/#", "file-updated/#", "aggregator/health"):
            connected.subscribe(f"{stack.topics.base}/{topic}")
        stack.service("aggregator").start()
        stack.wait_online(connected, "aggregator")
        yield connected


def reading(at: float, power: float) -> bytes:
    return json.dumps({"timestamp": ZONE.iso(at), "power": power}).encode()


def _set_aside(stack: Stack, files: int) -> bool:
    return len(list(stack.data.glob("*.corrupt-*"))) == files


def now() -> float:
    """Return a whole second of today, not of the day just begun."""
    return max(round(time.time()), ZONE.day_start(ZONE.day_of(time.time())) + 1)


def powers(stack: Stack) -> list[float]:
    return [point["power"] for point in stack.document("daily").get("data_points", [])]


def ask(client: Client, stack: Stack, command: str, payload: bytes = b"") -> dict[str, Any]:
    """Send a request and return the answer to it, and to no other."""
    topic = stack.topics.response("aggregator", command)
    before = len(client.of(topic))
    client.publish(stack.topics.request("aggregator", command), payload)
    answers = wait_until(lambda: client.of(topic)[before:], what=f"an answer to {command}")
    answer: dict[str, Any] = json.loads(answers[0].payload)
    return answer


def test_a_reading_is_visible_and_announced(stack: Stack, client: Client) -> None:
    """How soon, scripts/bench measures: here the machine may be busy."""
    at = now()
    client.publish(stack.topics.reading, reading(at, 412.5))
    wait_until(lambda: powers(stack) == [412.5], what="the reading in daily.json")
    topic = stack.topics.file_updated("daily")
    update = json.loads(client.wait_for(topic).payload)
    assert (update["file"], update["data_points"]) == ("daily.json", 1)
    assert update["bytes"] == (stack.data / "daily.json").stat().st_size


def test_hostile_messages_are_counted_and_stop_nothing(stack: Stack, client: Client) -> None:
    base = stack.topics.base
    hostile = [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[" * 50_000,
        b'{"timestamp": "2026-11-22T10:00:00+01:00", "power": 1e999}',
        b'{"timestamp": "now", "power": 5}',
        b'{"power": 5}',
        b"x" * 70_000,
        b"\0" * 70_000,
    ]
    commands = ("rollup", "rebuild", "correct", "gaps", "merge", "import", "no-such-thing", "a/b")
    for payload in hostile:
        client.publish(stack.topics.reading, payload)
        for command in commands[2:]:
            client.publish(f"{base}/request/aggregator/{command}", payload)
    client.publish(stack.topics.reading, reading(now(), 1), retain=True)
    client.publish(stack.topics.request("aggregator", "rollup"), b"hourly")
    client.publish(stack.topics.request("aggregator", "gaps"), b'{"since": {"a": [1]}}')
    for topic in ("", "x", f"{base}/reading", f"{base}/response/x"):
        client.publish(stack.topics.request("aggregator", "gaps"), b"[]", response_topic=topic)
    client.publish(stack.topics.reading, reading(now() - 1, 412.5))
    wait_until(lambda: 412.5 in powers(stack), what="the good reading in daily.json")
    assert set(powers(stack)) <= {412.5, 1}
    log = stack.service("aggregator").log
    assert log.count("aggregator started") == 1
    assert "Traceback" not in log
    assert log.count("ignored a malformed message") == 1
    client.wait_for(f"{base}/response/x")
    assert len(client.of(f"{base}/response/x")) == 1


def test_a_response_topic_with_wildcards_is_no_topic_to_answer_on(
    stack: Stack, client: Client, broker: Broker
) -> None:
    """Nobody can publish there: that must not end the service, again with each start.

    Newer brokers cut off who asks so; Mosquitto 2.0.11 passes it on.
    """
    base = stack.topics.base
    request = stack.topics.request("aggregator", "gaps")
    for wild in ("+/+", "#", f"{base}/response/#", f"{base}/response/+/x"):
        with broker.client("admin") as careless:
            careless.publish(request, b"", qos=0, response_topic=wild)
    client.publish(request, b"", correlation=b"last")
    answers = stack.topics.response("aggregator", "gaps")
    wait_until(
        lambda: (
            b"last"
            in [getattr(one.properties, "CorrelationData", None) for one in client.of(answers)]
        ),
        what="the answer to a good request",
    )
    assert "Traceback" not in stack.service("aggregator").log


def test_answers_go_where_mqtt_5_asks_with_its_correlation_and_the_transaction(
    stack: Stack, client: Client
) -> None:
    topic = f"{stack.topics.base}/response/mine"
    client.publish(
        stack.topics.request("aggregator", "rollup"),
        b'{"tier": "weekly", "transaction": [7]}',
        response_topic=topic,
        correlation=b"\x00\xff",
    )
    found = client.wait_for(topic)
    answer = json.loads(found.payload)
    assert answer["status"] == "ok"
    assert answer["transaction"] == [7]
    assert set(answer["data"]["tiers"]) == {"weekly"}
    assert getattr(found.properties, "CorrelationData", None) == b"\x00\xff"


def test_a_day_is_imported_corrected_rebuilt_and_merged_by_messages(
    stack: Stack, client: Client
) -> None:
    day = ZONE.day_of(now())
    start = ZONE.day_start(ZONE.day_of(ZONE.day_start(day) - 1))  # yesterday
    ticks = round((ZONE.day_start(day) - start) / 600) + 1  # of 23 or 25 hours, too
    rows = [{"timestamp": ZONE.iso(start + 600 * k), "power": 600} for k in range(ticks)]
    imported = ask(client, stack, "import", json.dumps({"readings": rows}).encode())
    assert imported["data"] == {"readings": ticks, "too_late": 0}
    ask(client, stack, "rollup")
    assert ask(client, stack, "gaps", ZONE.iso(start).encode())["data"]["more"] is False
    [point] = stack.document("yearly")["data_points"]
    assert point["coverage"] == 1.0
    energy = point["energy_kwh"]
    correction = {"timestamp": ZONE.iso(start + HOUR_S), "set": {"power": 0}}
    assert ask(client, stack, "correct", json.dumps(correction).encode())["data"]["readings"] == 1
    [corrected] = stack.document("yearly")["data_points"]
    assert corrected["energy_kwh"] == pytest.approx(energy - 0.1)
    copy = stack.document("yearly")
    copy["data_points"] = [point]
    merge = json.dumps({"tier": "yearly", "document": copy, "reason": "restore"}).encode()
    assert ask(client, stack, "merge", merge)["data"]["changed"] == []
    assert ask(client, stack, "rebuild", b"{}")["status"] == "ok"
    assert stack.document("yearly")["data_points"] == [corrected]


def test_what_the_disk_refused_is_not_acknowledged_and_comes_again(
    stack: Stack, broker: Broker
) -> None:
    """The journal can't be written: the broker keeps the reading until a new process takes it."""
    stack.state.mkdir(parents=True)
    blocked = stack.state / "journal"
    blocked.write_text("in the way")
    aggregator = stack.service("aggregator")
    with broker.client() as client:
        client.subscribe(stack.topics.health("aggregator"))
        aggregator.start()
        stack.wait_online(client, "aggregator")
        client.publish(stack.topics.reading, reading(now() - 1, 5))

        def troubled() -> bool:
            heard = client.of(stack.topics.health("aggregator"))
            problems = json.loads(heard[-1].payload)["problems"] if heard else []
            return any(problem["name"] == "disk" for problem in problems)

        wait_until(troubled, what="the disk's trouble in health")
        aggregator.stop()
        blocked.unlink()
        aggregator.start()
        wait_until(lambda: powers(stack) == [5], what="the reading in daily.json")


def test_a_disk_that_takes_writes_again_gets_what_waited(stack: Stack, client: Client) -> None:
    blocked = stack.state / "journal"
    assert not blocked.exists()
    blocked.write_text("in the way")
    client.publish(stack.topics.reading, reading(now() - 1, 5))
    aggregator = stack.service("aggregator")
    wait_until(lambda: "df -h" in aggregator.log, what="a word about the disk")
    blocked.unlink()
    wait_until(lambda: powers(stack) == [5], what="the reading in daily.json")
    wait_until(lambda: "takes writes again" in aggregator.log, what="a word that it is over")


@pytest.mark.usefixtures("client")
def test_a_second_one_on_the_same_directory_is_refused(stack: Stack) -> None:
    first = stack.service("aggregator")
    second = type(first)("aggregator", first._config, {})
    second.start()
    assert second._process
    assert second._process.wait(DEADLINE_S) == 1
    assert "already works" in first.log


def test_a_request_somebody_retains_is_counted_and_not_carried_out(
    stack: Stack, client: Client
) -> None:
    """The broker would bring it back after each restart."""
    client.publish(stack.topics.request("aggregator", "rollup"), b"", retain=True)
    client.publish(stack.topics.request("aggregator", "rebuild"), b"")
    client.wait_for(stack.topics.response("aggregator", "rebuild"))
    assert client.of(stack.topics.response("aggregator", "rollup")) == []


def test_an_unknown_command_is_answered_with_those_there_are(stack: Stack, client: Client) -> None:
    answer = ask(client, stack, "nonsense")
    assert answer["status"] == "error"
    assert "rollup" in answer["data"]["hint"]


def test_an_answer_nobody_may_send_goes_to_the_usual_topic(stack: Stack, client: Client) -> None:
    """A response topic deeper than the broker's rights reach is not a reason for silence."""
    client.publish(
        stack.topics.request("aggregator", "rollup"),
        response_topic=f"{stack.topics.base}/response/a/b/c",
    )
    client.wait_for(stack.topics.response("aggregator", "rollup"))


def test_the_last_log_lines_are_told_to_who_comes_later(stack: Stack, client: Client) -> None:
    """Lines are not retained, so a page opened later asks for them."""
    client.publish(stack.topics.request("aggregator", "rollup"), b"hourly")
    client.wait_for(stack.topics.response("aggregator", "rollup"))
    lines = ask(client, stack, "log")["data"]["lines"]
    assert any("aggregator started" in line for line in lines[:2])  # or first: the broker is there
    assert "no tier 'hourly'" in lines[-1]


def test_health_tells_what_is_left_of_the_disk(stack: Stack, client: Client) -> None:
    """Of both file systems, as `df` has it."""
    wait_until(lambda: client.of(stack.topics.health("aggregator")), what="health")

    def disk() -> Any:
        return json.loads(client.of(stack.topics.health("aggregator"))[-1].payload).get("disk")

    said = wait_until(disk, what="the disk in health")
    total = shutil.disk_usage(stack.data).total
    assert {name: space["total_bytes"] for name, space in said.items()} == {
        "data": total,
        "state": total,
    }
    assert 0 < said["data"]["free_bytes"] < total


def test_damage_is_a_problem_until_somebody_has_looked(stack: Stack, client: Client) -> None:
    """Each file is set aside, daily.json too, and health says so after a restart as well."""
    aggregator = stack.service("aggregator")
    wait_until(lambda: stack.document("yearly"), what="the files")
    for round_ in (1, 2):
        assert aggregator.stop() == 0
        for name in ("daily.json", "monthly.json"):
            (stack.data / name).write_bytes(b"garbage")
        client.messages.clear()
        aggregator.start()
        wait_until(partial(_set_aside, stack, 2 * round_), what="both set aside")
        stack.wait_online(client, "aggregator")  # before that, SIGTERM is no clean end

    def hints() -> dict[str, str]:
        last = json.loads(client.wait_for(stack.topics.health("aggregator")).payload)
        return {problem["name"]: problem["hint"] for problem in last["problems"]}

    wait_until(lambda: "damage" in hints(), what="damage in health")
    assert f"{stack.data}/*.corrupt-*" in hints()["damage"]
    assert aggregator.stop() == 0
    book = stack.state / "book"
    book.mkdir(exist_ok=True)
    (book / "2024.json").write_bytes(b"garbage")
    aggregator.start()
    wait_until(lambda: f"{book}/*.corrupt-*" in hints().get("damage", ""), what="where it is")
