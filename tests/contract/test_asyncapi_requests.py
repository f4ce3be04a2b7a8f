"""docs/asyncapi.yaml against the code: each request is carried out by the code that serves it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.asyncapi import (
    contract,
    encode,
    examples,
    mistakes,
    payload,
)
from support.collector import POWER, START, Bench, Clock, make_simulator

from demo.server import serving
from services.aggregator.aggregator import Aggregator
from services.aggregator.commands import Commands
from services.syncer.core import Core, Purpose
from services.syncer.patience import Patience
from services.syncer.service import remotes
from services.syncer.worker import SyncerWorker
from shared.clock import EARLIEST_CLOCK_VARIABLE
from shared.config import Config, parse
from shared.errors import MonitorError
from shared.inbox import Message
from shared.messages import (
    Request,
    decode_request,
    encode_failure,
    encode_success,
)
from shared.reading import Reading
from shared.service import LOG, Shell
from shared.times import Zone, parse_timestamp
from shared.topics import SERVICES, Topics

BERLIN = Zone("Europe/Berlin")
NOON = parse_timestamp("2026-11-22T12:00:00+01:00")
TEMPLATE = Topics("{base}")
RAW = {
    "home_assistant": {
        "url": "http://127.0.0.1:9",
        "token": "no-token-is-needed",
        "entities": {"power": "sensor.power"},
    },
    "timezone": BERLIN.name,
}
MOST_STEPS = 200
AGGREGATOR = ("rollup", "rebuild", "correct", "gaps", "merge", "import")
COLLECTOR = ("collect", "backfill", "maintenance")
SYNCER = ("push", "fetch")


def template(service: str, command: str, kind: str) -> str:
    """Return the address of a request or response."""
    if command == "maintenance":
        return f"{{base}}/{kind}/maintenance"
    return f"{{base}}/{kind}/{service}/{command}"


def test_the_channels_are_the_topics_and_commands_of_the_code(
    commands: Commands, bench: Bench, syncer: SyncerWorker
) -> None:
    """No topic without a channel, no command without its request and response, and no others."""
    assert sorted(commands.table()) == sorted(AGGREGATOR)
    heard = {topic.rpartition("/")[2] for topic in bench.worker.handlers()}
    assert heard == set(COLLECTOR)
    assert {topic.rpartition("/")[2] for topic in syncer.handlers()} == set(SYNCER)
    asked = [("aggregator", name) for name in AGGREGATOR]
    asked.append(("aggregator", "alert"))  # its answer is in test_alert_webhook.py
    asked += [("collector", name) for name in COLLECTOR]
    asked += [("syncer", name) for name in SYNCER]
    asked.append(("{service}", LOG))
    expected = {
        template(service, name, kind) for service, name in asked for kind in ("request", "response")
    }
    expected |= {TEMPLATE.reading, TEMPLATE.live, TEMPLATE.summary, TEMPLATE.maintenance}
    expected |= {TEMPLATE.file_updated("{tier}"), TEMPLATE.alert("{name}")}
    expected |= {
        name("{service}") for name in (TEMPLATE.availability, TEMPLATE.health, TEMPLATE.log)
    }
    assert {channel["address"] for channel in contract()["channels"].values()} == expected


def test_every_service_that_takes_requests_is_described() -> None:
    """A worker of another service needs its commands in docs/asyncapi.yaml and here."""
    workers = Path(__file__).parents[2].glob("services/*/worker.py")
    assert {worker.parent.name for worker in workers} == set(SERVICES)


def places(directory: Path) -> dict[str, str]:
    """Return the paths of a configuration."""
    return {"data_dir": str(directory / "data"), "state_dir": str(directory / "state")}


@pytest.fixture(name="commands")
def a_commands(tmp_path: Path) -> Commands:
    """Return the commands of an aggregator that has some readings of yesterday and today."""
    config = parse({**RAW, "paths": places(tmp_path)}, {})
    aggregator = Aggregator(config, lambda _: None, lambda _: None, lambda _: None)
    aggregator.load()
    times = ("2026-11-21T14:20:00+01:00", "2026-11-22T08:10:00+01:00", "2026-11-22T08:20:00+01:00")
    spots = [Reading(parse_timestamp(time), {"power": 100.0}, heartbeat=1500.0) for time in times]
    aggregator.take(spots, now=NOON, tick=0.0)
    aggregator.step(now=NOON, tick=0.0)
    return Commands(aggregator, frozenset(), 10.0, lambda: (NOON, 1.0))


class Desk(Shell):
    """A syncer's way out that hands its requests to an aggregator and keeps its answers."""

    def __init__(self, config: Config, commands: Commands) -> None:
        super().__init__("syncer", config)
        self.outcomes: list[Mapping[str, Any] | MonitorError] = []
        self.inbox: list[Message] = []
        self._commands = commands.table()

    def ask(self, topic: str, payload: bytes, correlation: bytes, response_topic: str) -> bool:
        """Carry a request to the aggregator."""
        command = topic.rpartition("/")[2]
        answer = encode_success(self._commands[command](decode_request(command, payload)))
        message = Message(response_topic, answer, retained=False, acknowledge=lambda: None)
        self.inbox.append(replace(message, correlation=correlation))
        return True

    def respond(self, _request: Request, outcome: Mapping[str, Any] | MonitorError) -> None:
        """Keep an answer."""
        self.outcomes.append(outcome)


@pytest.fixture(name="desk")
def a_desk(tmp_path: Path, commands: Commands) -> Desk:
    """Return the way out of a syncer whose remote is a directory."""
    stick = tmp_path / "stick"
    stick.mkdir()
    raw = {**RAW, "paths": places(tmp_path), "remote": {"path": str(stick), "archive": True}}
    return Desk(parse(raw, {}), commands)


@pytest.fixture(name="syncer")
def a_syncer(desk: Desk) -> SyncerWorker:
    """Return a syncer beside the aggregator of `commands`."""
    config = desk._config
    remote, _ = remotes(config)
    core = Core(config, Purpose(archive=True), lambda: NOON, lambda: 1.0)
    core.records.load(remote.identity)
    patience = Patience(core.records, "")
    return SyncerWorker(desk, core, remote, None, patience, now=lambda: NOON, tick=lambda: 1.0)


@pytest.mark.parametrize("name", SYNCER)
def test_the_syncer_does_what_the_examples_ask(
    desk: Desk, syncer: SyncerWorker, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EARLIEST_CLOCK_VARIABLE, "2000-01-01T00:00:00Z")
    handler = syncer.handlers()[desk.topics.request("syncer", name)]
    for count, example in enumerate(examples(f"{name}Request"), 1):
        handler(decode_request(name, encode(example)))
        for _ in range(MOST_STEPS):
            if len(desk.outcomes) == count:
                break
            syncer.step()
            if desk.inbox:
                syncer.receive([desk.inbox.pop()])
        outcome = desk.outcomes[count - 1]
        assert not isinstance(outcome, MonitorError), outcome
        answer = orjson.loads(encode_success(outcome))
        assert mistakes(payload(f"{name}Done"), answer) == [], example


@pytest.fixture(name="bench")
def a_bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a collector with a simulated Home Assistant."""
    clock = Clock(START - 1)
    house = make_simulator(clock)
    house.set(POWER, 100, at=START - 400)
    with serving(house) as url:
        yield Bench(url, tmp_path, clock)


@pytest.mark.parametrize("name", AGGREGATOR)
def test_the_aggregator_does_what_the_examples_ask(commands: Commands, name: str) -> None:
    handler = commands.table()[name]
    for example in examples(f"{name}Request"):
        request = decode_request(name, encode(example))
        answer = orjson.loads(encode_success(handler(request), request.transaction))
        assert mistakes(payload(f"{name}Done"), answer) == [], example


def answer_to(bench: Bench, request: Request) -> Mapping[str, Any]:
    """Return the answer that comes in its own time."""
    bench.run(60)
    asked, outcome = bench.outlet.answers[-1]
    assert asked == request
    assert not isinstance(outcome, MonitorError), outcome
    return outcome


@pytest.mark.parametrize("name", COLLECTOR)
def test_the_collector_does_what_the_examples_ask(bench: Bench, name: str) -> None:
    topics = bench.outlet.topics
    is_common = name == "maintenance"
    topic = topics.maintenance_request if is_common else topics.request("collector", name)
    for example in examples(f"{name}Request"):
        request = decode_request(name, encode(example))
        outcome = bench.worker.handlers()[topic](request) or answer_to(bench, request)
        answer = orjson.loads(encode_success(outcome, request.transaction))
        assert mistakes(payload(f"{name}Done"), answer) == [], example


@pytest.mark.parametrize(
    ("name", "request_of_nobody"),
    [
        ("rollup", "hourly"),
        ("rollup", {"tier": "daily"}),
        ("correct", {"timestamp": "2026-11-22T08:10:00+01:00"}),
        ("correct", {"timestamp": "2026-11-22T08:10:00+01:00", "drop": True, "set": {"power": 1}}),
        ("correct", {"timestamp": "2026-11-22T08:10:00+01:00", "set": {}}),
        ("correct", {"from": "2026-11-22T08:10:00+01:00", "drop": True}),
        ("correct", {"date": "2026-06-01"}),
        ("correct", {"date": "the first", "drop": True}),
        ("gaps", {"since": "yesterday"}),
        ("gaps", {"exact": "yes"}),
        ("merge", {"tier": "daily", "document": {}}),
        ("merge", {"tier": "yearly"}),
        ("import", {}),
        ("import", {"readings": [], "buckets": []}),
        ("import", {"readings": [{"power": 1}]}),
        ("import", {"buckets": [{"timestamp": "2026-05-01T00:00:00Z", "energy_kwh": -1}]}),
    ],
)
def test_a_wrong_request_is_refused_by_schema_and_aggregator(
    commands: Commands, name: str, request_of_nobody: Any
) -> None:
    assert mistakes(payload(f"{name}Request"), request_of_nobody)
    with pytest.raises(MonitorError) as refusal:
        commands.table()[name](decode_request(name, encode(request_of_nobody)))
    answer = orjson.loads(encode_failure(refusal.value, "t"))
    assert mistakes(payload("failed"), answer) == []


@pytest.mark.parametrize(
    ("name", "request_of_nobody"),
    [
        ("maintenance", "perhaps"),
        ("maintenance", {"state": 1}),
        ("backfill", "yesterday"),
        ("backfill", {"since": "2026-11-20", "until": "tomorrow"}),
    ],
)
def test_a_wrong_request_is_refused_by_schema_and_collector(
    bench: Bench, name: str, request_of_nobody: Any
) -> None:
    assert mistakes(payload(f"{name}Request"), request_of_nobody)
    request = decode_request(name, encode(request_of_nobody))
    with pytest.raises(MonitorError):
        bench.command(name, request.word, **request.arguments)
