"""A collector on a bench: real code and HTTP, a clock to turn, a broker and aggregator to lose.

The outlet is a stateful stand-in for the broker: it keeps what is published, acknowledges while it
is told to, and answers `aggregator/gaps` from the readings that arrived.
"""

import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from demo.entity import Entity, sensor
from demo.simulator import Simulator
from services.collector.context import make_context
from services.collector.service import open_house
from services.collector.spans import Span, merge, subtract
from services.collector.worker import CollectorWorker, open_worker
from shared.config import Config, parse
from shared.errors import MonitorError
from shared.health import Health
from shared.inbox import Message
from shared.messages import Request, encode_success
from shared.service import Answer
from shared.times import iso_utc, parse_timestamp
from shared.topics import Topics

START = parse_timestamp("2026-12-01T00:00:00+00:00")
POWER = "sensor.power"
VOLTAGE = "sensor.voltage"
ENERGY = "sensor.energy"
TOKEN = "secret-test-token"
_LONGEST_STEP_S = 1.0


@dataclass(slots=True)
class Clock:
    """Wall clock and monotonic clock; `jump` moves only the first."""

    wall: float = START
    steady: float = 1000.0

    def now(self) -> float:
        """Return the wall clock."""
        return self.wall

    def monotonic(self) -> float:
        """Return the clock that never jumps."""
        return self.steady

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds
        self.steady += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock."""
        self.wall += seconds


@dataclass(slots=True)
class Ticket:
    """What a publish returns; the outlet sets `published`."""

    published: bool = False

    def is_published(self) -> bool:
        """Tell whether the broker has acknowledged."""
        return self.published


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as published."""

    topic: str
    payload: bytes
    qos: int
    retain: bool

    @property
    def document(self) -> dict[str, Any]:
        """The payload as JSON."""
        loaded: dict[str, Any] = orjson.loads(self.payload)
        return loaded


@dataclass(slots=True)
class Outlet:
    """The broker and the aggregator behind it."""

    clock: Clock
    topics: Topics = field(default_factory=lambda: Topics("bench"))
    health: Health = field(default_factory=Health)
    linked: bool = True
    acknowledging: bool = True
    answering: bool = True
    slow: list[Message] | None = None  # answers that are on their way for long
    sent: list[Sent] = field(default_factory=list)
    answers: list[tuple[Request, Answer | MonitorError]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    inbox: list[Message] = field(default_factory=list)

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> Ticket | None:
        """Take a message, unless the broker is away."""
        if not self.linked:
            return None
        if self.acknowledging:
            self.sent.append(Sent(topic, payload, qos, retain))
        return Ticket(self.acknowledging)

    def ask(self, topic: str, payload: bytes, correlation: bytes, response_topic: str) -> bool:
        """Take a question to the aggregator, and leave its answer in `inbox`."""
        if not self.linked:
            return False
        assert topic == self.topics.request("aggregator", "gaps")
        question = orjson.loads(payload)
        self.asked.append(question)
        if self.answering:
            gaps = self.gaps(parse_timestamp(question["since"]))
            data = {"gaps": [[iso_utc(start), iso_utc(end)] for start, end in gaps]}
            answer = answer_message(response_topic, encode_success(data), correlation)
            (self.inbox if self.slow is None else self.slow).append(answer)
        return True

    def respond(self, request: Request, outcome: Answer | MonitorError) -> None:
        """Keep an answer."""
        self.answers.append((request, outcome))

    def refuse(self, message: Message, kind: str, why: str) -> None:
        """Count a message nobody can use."""
        self.refused.append(f"{kind}: {why}")
        message.acknowledge()

    @property
    def readings(self) -> list[dict[str, Any]]:
        """The readings that arrived, in the order of arrival."""
        return [sent.document for sent in self.sent if sent.topic == self.topics.reading]

    def gaps(self, since: float) -> list[Span]:
        """Return the time no interval speaks for."""
        known = [span_of(reading) for reading in self.readings if "interval" in reading]
        return subtract([(since, self.clock.wall)], merge(known))

    def energy_kwh(self) -> float:
        """Return the energy of all readings, each timestamp once."""
        best = {reading["timestamp"]: reading for reading in self.readings if "interval" in reading}
        return sum(reading["interval"]["energy_kwh"] or 0.0 for reading in best.values())


class Bench:
    """A collector's worker with its surroundings."""

    def __init__(
        self,
        url: str,
        state_dir: Path,
        clock: Clock,
        *,
        entities: dict[str, str] | None = None,
        timezone: str = "UTC",
        sources: dict[str, Any] | None = None,
        **data: Any,
    ) -> None:
        self.clock = clock
        self.state_dir = state_dir
        self.outlet = Outlet(clock)
        if entities is None:
            entities = {"power": POWER}
        more = {"sources": sources or {}, "data": {"backfill_days": 1, **data}}
        self.config = make_config(url, state_dir, entities, timezone, more)
        self.worker = self._open()
        self.worker.link_changed(up=True)

    def restart(self) -> None:
        """Stop cleanly and start anew."""
        self.worker.close()
        self.start()

    def start(self) -> None:
        """Start anew, after the end of the one before."""
        self.worker = self._open()
        self.worker.link_changed(up=self.outlet.linked)

    def run(self, seconds: float) -> None:
        """Let time pass while the worker does what is due."""
        end = self.clock.steady + seconds
        while True:
            wait = self.worker.step()
            messages, self.outlet.inbox = self.outlet.inbox, []
            if messages:
                self.worker.receive(messages)
                continue
            left = end - self.clock.steady
            if left <= 0:
                return
            self.clock.advance(min(wait, left, _LONGEST_STEP_S))

    def link(self, *, up: bool) -> None:
        """Lose or regain the broker."""
        self.outlet.linked = up
        self.worker.link_changed(up=up)

    def say(self, topic: str, payload: bytes | str, *, retained: bool = False) -> None:
        """Let a device speak now."""
        raw = payload.encode() if isinstance(payload, str) else payload
        message = Message(topic, raw, retained, lambda: None, arrived=self.clock.monotonic())
        self.worker.receive([message])

    def command(self, command: str, word: str = "", **arguments: Any) -> Answer | None:
        """Send a request; returns what the handler returns."""
        topic = self.outlet.topics.request("collector", command)
        if command == "maintenance":
            topic = self.outlet.topics.maintenance_request
        return self.worker.handlers()[topic](Request(command, arguments, word))

    @property
    def problems(self) -> dict[str, dict[str, str]]:
        """Health's problems by name."""
        return {
            problem["name"]: problem
            for problem in self.outlet.health.document(self.clock.wall)["problems"]
        }

    def _open(self) -> CollectorWorker:
        now, monotonic = self.clock.now, self.clock.monotonic
        source = open_house(self.config, now)
        context = make_context(self.config, self.outlet, source, now, monotonic)
        return open_worker(context)


def make_config(
    url: str,
    state_dir: Path,
    entities: dict[str, str],
    timezone: str,
    more: dict[str, Any],
) -> Config:
    """Return a configuration as a file would give it; without entities, without Home Assistant."""
    house = {"url": url, "token": TOKEN, "entities": entities}
    raw = {
        "home_assistant": house if entities else {},
        "mqtt": {"base_topic": "bench"},
        "paths": {"state_dir": str(state_dir), "data_dir": str(state_dir)},
        "timezone": timezone,
        **more,
    }
    return parse(raw, {})


def make_simulator(clock: Clock, commit_delay_s: float = 0.0, **more: Entity) -> Simulator:
    """Return a Home Assistant with power, voltage and an energy meter."""
    entities = {
        POWER: sensor("W", "power"),
        VOLTAGE: sensor("V", "voltage"),
        ENERGY: sensor("kWh", "energy", "total_increasing"),
        **more,
    }
    return Simulator(entities, token=TOKEN, clock=clock.now, commit_delay_s=commit_delay_s)


def answer_message(topic: str, payload: bytes, correlation: bytes | None) -> Message:
    """Return a message as the broker delivers it."""
    return Message(topic, payload, False, lambda: None, correlation=correlation)  # noqa: FBT003


def span_of(reading: dict[str, Any]) -> Span:
    """Return the time a reading's interval speaks for."""
    end = parse_timestamp(reading["timestamp"])
    return end - reading["interval"]["seconds"], end


def listens(url: str) -> bool:
    """Tell whether somebody accepts connections."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0
