"""What people, devices and another hand at the remote do in the life of a board."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from shared.atomic import write_durably
from shared.messages import encode_reading, reading_object
from shared.reading import Reading
from shared.times import Zone
from support.aggregation import House as Core
from support.aggregation import span
from support.client import Client
from support.house import House
from support.wait import wait_until

PATIENCE_S = 180
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Order:
    """A request to the aggregator, given again until it is answered; twice is as once."""

    command: str
    arguments: Mapping[str, Any]
    readings: tuple[Reading, ...] = ()  # that are received once it is answered

    def give(self, house: House) -> None:
        """Have the running aggregator carry it out, or the syncer what is new at the remote."""
        if self.command == "merge":
            _edit(house.stack.state.parent / "stick" / "yearly.json", self.arguments["document"])
            _ask(house, "syncer", "push", {"tier": "all"})
        else:
            _ask(house, "aggregator", self.command, self.arguments)

    def give_core(self, core: Core) -> None:
        """Have an aggregator without a process carry it out."""
        core.ask(self.command, **self.arguments)


def orders(zone: Zone, first: date) -> list[Order]:
    """Return an import of readings, one of days, a correction, and days that a remote brings."""
    old = tuple(_hours(zone, first - timedelta(days=3), range(1, 12)))
    raw = [reading_object(one, zone.iso(one.time)) for one in old]
    stretch = {"from": zone.iso(old[3].time), "to": zone.iso(old[6].time)}
    days = [_bucket(zone, first - timedelta(days=300 + number)) for number in range(12)]
    document = {"schema": 1, "tier": "yearly", "timezone": zone.name, "last_update": None}
    document |= {"units": {"power": "W"}}
    document |= {"data_points": [_bucket(zone, first - timedelta(days=days)) for days in (41, 40)]}
    return [
        Order("import", {"readings": raw}, old),
        Order("import", {"buckets": sorted(days, key=lambda day: str(day["timestamp"]))}),
        Order("correct", {**stretch, "set": {"power": 1}}),
        Order("merge", {"tier": "yearly", "document": document, "reason": "restore"}),
    ]


def late(zone: Zone, first: date) -> list[Reading]:
    """Return readings of a finished day that come late."""
    return _hours(zone, first - timedelta(days=3), range(12, 20))


def publish(house: House, zone: Zone, readings: list[Reading]) -> None:
    """Send readings as a device does that had no network."""
    with house.broker.client() as client:
        for reading in readings:
            client.publish(house.topics.reading, encode_reading(reading, zone))


def _hours(zone: Zone, day: date, hours: range) -> list[Reading]:
    start = zone.day_start(day)
    return [span(zone, start + hour * _HOUR_S, _HOUR_S, 100.0 * hour) for hour in hours]


def _bucket(zone: Zone, day: date) -> dict[str, Any]:
    stats = {"mean": 400.0, "min": 20.0, "max": 2200.0}
    energy = {"energy_kwh": 9.6, "export_kwh": 0.0, "samples": 24, "coverage": 0.9}
    return {"timestamp": zone.iso(zone.day_start(day)), "power": stats, **energy}


def _edit(file: Path, document: Mapping[str, Any]) -> None:
    """Add days to a file at the remote, as another monitor or a person does."""
    wait_until(file.exists, PATIENCE_S, what=f"{file.name} at the remote")
    there = json.loads(file.read_bytes())
    days = {point["timestamp"]: point for point in there["data_points"]}
    days |= {point["timestamp"]: point for point in document["data_points"]}
    there["data_points"] = [days[time] for time in sorted(days)]
    write_durably(file, orjson.dumps(there))


def _ask(house: House, service: str, command: str, arguments: Mapping[str, Any]) -> None:
    """Ask, and wait for a good answer."""
    topics = house.topics
    answer_on = topics.response(service, command)
    with house.broker.client() as client:
        client.subscribe(answer_on)
        payload = orjson.dumps(arguments)
        client.publish(topics.request(service, command), payload, response_topic=answer_on)
        found = wait_until(partial(_answer, client, answer_on), PATIENCE_S, what=command)
        assert found
        assert found["status"] == "ok", found


def _answer(client: Client, topic: str) -> dict[str, Any] | None:
    heard = client.of(topic)
    return json.loads(heard[-1].payload) if heard else None
