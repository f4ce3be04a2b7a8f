"""Decoders of what comes by MQTT: readings, answers, devices, what the services tell."""

from collections.abc import Sequence
from pathlib import Path

import orjson
from support.aggregation import House
from support.collector import Bench, Clock
from support.readings import example

from cli.documents_here import FileHere
from cli.overview import Overview, heard_of
from cli.run.alive import reason, started
from cli.status_screen import screen
from cli.terminal import Terminal
from fuzz.decoder import Decoder, Feed, plain, worded
from services.aggregator.alerts.desk import AlertDesk
from services.collector.spans import decode_gaps
from shared.inbox import Message
from shared.messages import (
    as_stored,
    decode_reading_message,
    decode_response,
    encode_reading,
    encode_success,
)
from shared.service import Shell
from shared.times import Zone, parse_timestamp
from shared.topics import SERVICES, Topics

ZONE = Zone("Europe/Berlin")
NOON = parse_timestamp("2026-11-22T12:00:00+01:00")
_METRICS = frozenset({"voltage", "energy"})
_HEARTBEAT_S = 1500.0
_TOPICS = Topics("power-monitor")
_FILES = [FileHere("daily", Path("daily.json"), problem="not there")]
_DEVICES = Path(__file__).parents[1] / "data" / "devices"

_HEALTH = {
    "timestamp": "2026-11-22T11:00:00+00:00",
    "version": "1.0",
    "status": "degraded",
    "uptime_seconds": 14370,
    "last_work": {"what": "reading", "at": "2026-11-22T10:50:04+00:00"},
    "counters": {"readings": 24},
    "problems": [
        {"name": "lost", "text": "2 days", "hint": "look", "since": "2026-11-22T10:00:00+00:00"}
    ],
    "memory_bytes": 12_000_000,
}
_OF_COLLECTOR: dict[str, object] = {"backfill": {"left_s": 3}}
_OF_AGGREGATOR: dict[str, object] = {
    "points": {"daily": 70, "weekly": 168},
    "next_rollups": {"weekly": "2026-11-23T00:02:00+01:00"},
}
_OF_SYNCER: dict[str, object] = {
    "state": "idle",
    "remote": "owner/house",
    "last_push": "2026-11-22T00:05:09+01:00",
    "next_attempt": "2026-11-23T00:05:00+01:00",
    "unsynced": ["monthly"],
    "held": None,
}


def told(topic: str, payload: object) -> bytes:
    """Return a message as one line: its topic, a space, its payload."""
    raw = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return topic.encode() + b" " + raw


def _reading(payload: bytes) -> None:
    reading = decode_reading_message(payload, _METRICS, _HEARTBEAT_S)
    encode_reading(reading, ZONE)
    stored = as_stored(reading)
    assert as_stored(stored) == stored


def _response(payload: bytes) -> None:
    decode_gaps(decode_response(payload))


def _open_devices(directory: Path) -> Feed:
    """Sensors that speak by MQTT, each with the path at which its device has a number."""
    topics = dict(map(worded, device_lines()))
    paths = {b"ENERGY": ["ENERGY", "Power"], b"apower": ["apower"], b'"power"': ["power"]}
    sources: dict[str, dict[str, object]] = {}
    for number, (topic, payload) in enumerate(topics.items()):
        path = next((path for mark, path in paths.items() if mark in payload), [])
        sources[f"m{number}"] = {"topic": topic, "availability": [topic], "unit": "kW"}
        if path:
            sources[f"m{number}"]["path"] = path
    bench = Bench("http://127.0.0.1:9", directory, Clock(NOON), sources=sources)

    def feed(data: bytes) -> None:
        topic, payload = worded(data)
        if topic in topics:
            bench.clock.advance(1)
            bench.say(topic, payload)
            bench.outlet.health.document(NOON)

    return feed


def device_lines() -> list[bytes]:
    """Return what devices said, as they were recorded: a topic, a space, a payload."""
    files = sorted(_DEVICES.glob("*.txt"))
    return [line for file in files for line in file.read_bytes().splitlines() if line]


def _open_alerts(directory: Path) -> Feed:
    """What the aggregator hears of the other services, for its alerts."""
    house = House(directory, now=NOON)
    shell = Shell("aggregator", house.config)
    desk = AlertDesk(shell, house.config, house.aggregator, house.complaints.append)
    desk.start()
    ticks = iter(range(1, 1 << 40))

    def feed(data: bytes) -> None:
        topic, payload = worded(data)
        desk.hear(Message(topic, payload, retained=False, acknowledge=lambda: None))
        desk.step(NOON + (tick := next(ticks)), tick)

    return feed


def _status(data: bytes) -> None:
    """What `power-monitor status` and the supervisor make of what the broker keeps."""
    kept = dict(map(worded, data.splitlines()))
    for name in SERVICES:
        reason(name, _TOPICS, kept, NOON)
        started(name, _TOPICS, kept)
    seen = Overview(
        NOON, ZONE, _HEARTBEAT_S, SERVICES, heard_of(kept, _TOPICS, "here", _METRICS), _FILES
    )
    screen(seen, Terminal(80, 24))
    orjson.dumps(seen.document())


def _healths() -> Sequence[bytes]:
    more = zip(SERVICES, (_OF_COLLECTOR, _OF_AGGREGATOR, _OF_SYNCER), strict=True)
    return [told(_TOPICS.health(name), {**_HEALTH, **of_it}) for name, of_it in more]


def _kept() -> bytes:
    lines = [
        *(told(_TOPICS.availability(name), b"online") for name in SERVICES),
        *_healths(),
        told(_TOPICS.reading, example("2026-11-22T11:50:00+01:00")),
        told(_TOPICS.maintenance, b"on"),
        told(_TOPICS.alert("power-cut"), {"state": "on", "since": None, "text": "dark"}),
    ]
    return b"\n".join(lines)


_READINGS = [
    orjson.dumps(example("2026-11-22T11:50:00+01:00")),
    b'{"timestamp":"2026-11-22T11:50:00Z","power":-412,"energy":5123.5,"units":{"energy":"kWh"}}',
    b'{"timestamp":"2026-11-22T11:50:00Z","power":null,"voltage":231}',
]
_GAPS = {"gaps": [["2026-11-21T00:00:00+01:00", "2026-11-21T00:10:00+01:00"]], "more": False}
DECODERS = (
    Decoder("reading", _READINGS, plain(_reading), share=100),
    Decoder(
        "response",
        [
            encode_success(_GAPS, "t1"),
            b'{"status":"error","error":"no such tier","data":{"hint":"weekly"}}',
        ],
        plain(_response),
        share=60,
    ),
    Decoder("device", device_lines(), _open_devices, share=60),
    Decoder("health", [*_healths(), told(_TOPICS.maintenance, b"on")], _open_alerts, share=60),
    Decoder("status", [_kept()], plain(_status), share=60),
)
