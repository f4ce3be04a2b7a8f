"""Decoders of what a monitor is told and remembers: its configuration, and its services' notes."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import orjson
from support.alerts import Watched
from support.configuration import SMALLEST
from support.github.house import House
from support.github.memory import MemoryRemote

from fuzz.decoder import Decoder, Feed, plain
from fuzz.documents import clear
from fuzz.messages import NOON, ZONE
from services.aggregator.alerts.memory import encode
from services.aggregator.alerts.store import Store
from services.aggregator.dirty import DirtyDays
from services.aggregator.entities import Announced
from services.syncer.patience import Patience
from shared.archived import note_of, read_archived
from shared.config import parse
from shared.config_keys import decode
from shared.errors import BadInput, MonitorError
from shared.own_broker import located, place

_EXAMPLE = Path(__file__).parents[2] / "config.example.json"
_TODAY = date(2026, 11, 22)
_EVENTS = (
    b'{"schema":1,"timezone":"Europe/Berlin","last_update":null,"events":[{"name":"power-cut",'
    b'"since":"2026-11-20T10:00:00+01:00","until":"2026-11-20T10:30:00+01:00","text":"dark"}]}'
)
_NOTES = (
    b'{"days":["2026-11-20","2026-11-21"]}',
    b'{"topics":["homeassistant/device/x/config"]}',
    b'{"2026-11-20":"123-456"}',
    b'{"host":"127.0.0.1","port":1883}',
)
_FACTS = {
    "remote": "memory",
    "restored": True,
    "last_push": NOON - 3600,
    "site": {"index.html": "00ff"},
    "site_at": None,
    "stopped": {"error": "refused", "hint": "ask", "configuration": "x"},
    "site_stopped": None,
    "asked_until": NOON + 60,
    "asked_s": 60.0,
    "readings_due": ["2026-11-20"],
    "compared": ["2026-11-19"],
    "listed": NOON,
    "revision": "0f",
    "site_revision": "",
    "archived_as": {"2026-11-20": "readings/2026/2026-11-20.jsonl.gz 0f"},
}


def _config(content: bytes) -> None:
    parse(decode(content, Path("config.json")), {"TZ": "UTC"})


def _open_alerts(directory: Path) -> Feed:
    """What is remembered of the alerts, and events.json: one after the other in the same place."""
    house = Watched("14:20", synced=True)

    def feed(content: bytes) -> None:
        for name in ("alerts.json", "events.json"):
            (directory / name).write_bytes(content)
            store = Store(directory, directory, ZONE, lambda _: None)
            house.watch.begin(store.load())
            house.now += 30
            house.look()
            store.save(house.watch.snapshot())
            store.show(house.watch.memory.events, house.now)
            house.told.clear()
            clear(directory)

    return feed


def _remembered() -> bytes:
    house = Watched("14:20", synced=True)
    house.until("2026-11-23T14:30", step_s=300)
    memory = house.watch.snapshot()
    memory.waiting, memory.times_off = house.told[-2:], [(house.now - 900, house.now - 600)]
    return orjson.dumps(encode(memory))


def _open_records(directory: Path) -> Feed:
    """What the syncer remembers, and a sync that goes on from there."""
    house = House(directory, MemoryRemote())
    house.add_days("2026-11-18", "2026-11-20")
    house.sync()
    path = directory / "state" / "syncer" / "state.json"
    records = house.core.records

    def feed(content: bytes) -> None:
        path.write_bytes(content)
        records.load(house.remote.identity)
        patience = Patience(records, "x")
        patience.take_up(0.0)
        patience.wait_s(0.0)
        with suppress(MonitorError):
            patience.require_welcome(0.0)
        records.stopped("x", site=True)
        house.sync()
        records.note_push(NOON, {})
        clear(path.parent)
        house.effects.clear()

    return feed


def _open_notes(directory: Path) -> Feed:
    """Small files: dirty days, archived days, where the broker is, what was announced."""
    mqtt = parse(SMALLEST, {}).mqtt
    dirty, announced = directory / "dirty.json", directory / "announced.json"
    archived, broker = note_of(directory), place(directory)
    for parent in (archived.parent, broker.parent):
        parent.mkdir(parents=True)

    def feed(content: bytes) -> None:
        for path in (dirty, announced, archived, broker):
            path.write_bytes(content)
        days = DirtyDays(dirty)
        days.load()
        days.add([*days.before(_TODAY), _TODAY])
        for day in days.before(_TODAY):
            ZONE.hour_edges(day)
        told = Announced(announced)
        told.load()
        told.add("x")
        located(mqtt, directory)
        with suppress(BadInput):
            read_archived(directory).get("2026-11-21")
        clear(directory)

    return feed


DECODERS = (
    Decoder("config", [_EXAMPLE.read_bytes(), orjson.dumps(SMALLEST)], plain(_config), share=80),
    Decoder("alerts", [_remembered(), _EVENTS], _open_alerts, share=10),
    Decoder("syncer-records", [orjson.dumps(_FACTS)], _open_records, share=4),
    Decoder("notes", _NOTES, _open_notes, share=20),
)
