"""Requests to each service: whoever may ask must not be able to stop it."""

from collections.abc import Callable
from pathlib import Path

from support.aggregation import House, spans
from support.collector import Bench, Clock
from support.github.house import House as Synced
from support.github.memory import MemoryRemote
from support.readings import example

from fuzz.decoder import Decoder, Feed, worded
from fuzz.messages import NOON, ZONE, told
from services.syncer.asked import job_for
from shared.messages import decode_request, encode_success
from shared.times import parse_timestamp

_FRESH_EVERY = 100  # inputs on one house: what they leave behind must not slow the rest
_YESTERDAY = parse_timestamp("2026-11-21T00:00:00+01:00")
_BUCKET = {
    "timestamp": "2026-11-20T00:00:00+01:00",
    "power": {"mean": 400.0, "min": 20.0, "max": 2200.0},
    "energy_kwh": 9.6,
    "export_kwh": 0,
    "samples": 144,
    "coverage": 1.0,
}
_DOCUMENT = {
    "schema": 1,
    "tier": "monthly",
    "timezone": ZONE.name,
    "last_update": "2026-11-21T00:05:00+01:00",
    "units": {"power": "W"},
    "data_points": [_BUCKET],
}
_STRETCH = {"from": "2026-11-21T08:00:00+01:00", "to": "2026-11-21T09:00:00+01:00"}
_MERGE = {"tier": "monthly", "document": _DOCUMENT, "base": _DOCUMENT, "reason": "restore"}
_MADE = "2026-11-21T10:00:00+00:00"
_TO_AGGREGATOR = [
    told("rollup", b"weekly"),
    told("rollup", {"tier": "all", "transaction": 7}),
    told("rebuild", b""),
    told("gaps", {"since": "2026-11-20T00:00:00+01:00", "until": _MADE, "exact": True}),
    told("correct", {"timestamp": "2026-11-21T10:00:00+01:00", "drop": True}),
    told("correct", {**_STRETCH, "set": {"power": 1}}),
    told("correct", {"date": "2026-11-20", "bucket": _BUCKET}),
    told("merge", _MERGE),
    told("merge", {**_MERGE, "dry_run": True, "assumed": _DOCUMENT}),
    told("import", {"readings": [example("2026-11-21T10:05:00+01:00")], "archive": True}),
    told("import", {"buckets": [_BUCKET]}),
    told("import", {"corrections": [{"made": _MADE, **_STRETCH, "drop": True}]}),
]
_TO_COLLECTOR = [
    told("collect", b""),
    told("backfill", b"2026-11-20"),
    told("backfill", {"since": "2026-11-20T10:00:00+01:00", "until": "2026-11-21"}),
    told("maintenance", b"toggle"),
    told("maintenance", {"state": "on", "transaction": "x"}),
]
_TO_SYNCER = [
    told("push", b"all"),
    told("push", {"tier": "monthly", "force": True, "dry_run": True}),
    told("fetch", {"tier": "yearly", "dry_run": True}),
    told("fetch", {"archive": "2026-11", "copy": False}),
]


def _ask_aggregator(directory: Path) -> Feed:
    house = House(directory, now=NOON)
    house.take(*spans(ZONE, _YESTERDAY, NOON - 600, 400, 3600))
    house.settle()

    def feed(data: bytes) -> None:
        command, payload = worded(data)
        request = decode_request(command, payload, limit=1 << 20)
        if command in house.commands:
            encode_success(house.commands[command](request), request.transaction)
            house.settle()
            assert not house.complaints, house.complaints

    return feed


def _ask_collector(directory: Path) -> Feed:
    bench = Bench("http://127.0.0.1:9", directory, Clock(NOON), timezone=ZONE.name)
    topics, handlers = bench.outlet.topics, bench.worker.handlers()

    def feed(data: bytes) -> None:
        command, payload = worded(data)
        own = topics.request("collector", command)
        topic = topics.maintenance_request if command == "maintenance" else own
        if topic in handlers:
            bench.clock.advance(1)
            handlers[topic](decode_request(command, payload))

    return feed


def _ask_syncer(directory: Path) -> Feed:
    house = Synced(directory, MemoryRemote(), archive=True)
    house.add_days("2026-11-01", "2026-11-20")

    def feed(data: bytes) -> None:
        command, payload = worded(data)
        request = decode_request(command, payload)
        if command in {"push", "fetch"}:
            answer = house.run(job_for(house.core, request))
            encode_success(answer, request.transaction)

    return feed


def _renewed(make: Callable[[Path], Feed]) -> Callable[[Path], Feed]:
    """Return an `open` whose house is made anew after some inputs."""

    def opened(directory: Path) -> Feed:
        count = 0
        one: Feed = bool

        def feed(data: bytes) -> None:
            nonlocal count, one
            if count % _FRESH_EVERY == 0:
                place = directory / str(count)
                place.mkdir()
                one = make(place)
            count += 1
            one(data)

        return feed

    return opened


DECODERS = (
    Decoder("request-to-aggregator", _TO_AGGREGATOR, _renewed(_ask_aggregator), share=40),
    Decoder("request-to-collector", _TO_COLLECTOR, _renewed(_ask_collector), share=80),
    Decoder("request-to-syncer", _TO_SYNCER, _renewed(_ask_syncer), share=20),
)
