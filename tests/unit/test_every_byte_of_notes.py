"""Notes and lists cut at every byte and with bits flipped: set aside, and no other one is made up.

`tests/unit/test_every_byte.py` has the files of the history.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.aggregation import scratch, span

from services.aggregator.alerts.memory import Memory
from services.aggregator.alerts.store import Store
from services.aggregator.aside import Aside
from services.aggregator.entities import Announced
from services.collector.outbox import Outbox
from services.syncer.records import Kept, Records
from shared.archived import note_of
from shared.messages import encode_reading
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
NOW = 2_142_288_000.0
FLIPS, SEED = 300, 20261122
LINES = [span(ZONE, NOW + 600 * number, 600, 100.0 * number) for number in range(3)]


@pytest.fixture
def place() -> Iterator[Path]:
    with scratch() as directory:
        yield directory


def announced(place: Path) -> object:
    note = Announced(place / "announced.json")
    note.load()
    if not (place / "announced.json").exists() and not list(place.glob("*.corrupt-*")):
        note.add("homeassistant/device/x/config")
    return note.topics


def archived(place: Path) -> object:
    records = Records(place / "syncer")
    records.load("house")
    if not note_of(place).exists() and not list(note_of(place).parent.glob("*.corrupt-*")):
        records.mark_archived({"2026-11-14": Kept("1-2", "x 0f")})
    # A flip in the name of the checksum makes it one key more, which is no day.
    return {day: kept for day, kept in records.archived.items() if day[:1].isdigit()}


def facts(place: Path) -> object:
    records = Records(place / "syncer")
    records.load("house")
    if not records.facts.revision and not list((place / "syncer").glob("*.corrupt-*")):
        records.note_revision("4b5c")
    return records.facts.revision


def alerts(place: Path) -> object:
    store = Store(place, place, ZONE, lambda _: None)
    if not (place / "alerts.json").exists():
        store.save(Memory(pushed=1_795_354_000.4))
    return store.load().pushed


NOTES: dict[str, tuple[Callable[[Path], object], Any]] = {
    "announced.json": (announced, frozenset()),
    "syncer/archived.json": (archived, {}),
    "syncer/state.json": (facts, ""),
    "alerts.json": (alerts, None),
}


def damaged(content: bytes) -> Iterator[bytes]:
    """Yield it cut at every byte, then with bits flipped."""
    yield from (content[:size] for size in range(len(content)))
    chance = Random(SEED)
    for _ in range(FLIPS):
        at = chance.randrange(len(content))
        yield content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def forget(directory: Path) -> list[Path]:
    """Take away what was set aside; return what it was."""
    found = list(directory.glob("*.corrupt-*"))
    for path in found:
        path.unlink()
    return found


@pytest.mark.parametrize("name", NOTES)
def test_a_damaged_note_is_set_aside_or_says_what_it_said(place: Path, name: str) -> None:
    read, empty = NOTES[name]
    path = place / name
    read(place)
    content, said = path.read_bytes(), read(place)
    assert said != empty
    for one in damaged(content):
        path.write_bytes(one)
        found = read(place)
        aside = forget(path.parent)
        assert found == (empty if aside else said), one


def test_of_damaged_readings_ahead_of_the_clock_the_whole_lines_stay(place: Path) -> None:
    path = place / "aside.jsonl"
    Aside(path).add(LINES)
    content = path.read_bytes()
    for one in damaged(content):
        path.write_bytes(one)
        aside = Aside(path)
        aside.load()
        found = aside.due(NOW * 2)
        lost = [reading for reading in LINES if reading not in found]
        assert all(reading in LINES for reading in found), one
        assert len(lost) <= 2 or len(one) < len(content)
        assert not lost or aside.corrupt or len(one) < len(content) or one[-1:] != b"\n"
        forget(place)


def test_of_damaged_readings_on_their_way_the_whole_lines_are_sent(place: Path) -> None:
    path = place / "outbox.jsonl"
    payloads = [encode_reading(reading, ZONE) for reading in LINES]
    Outbox(path).append(payloads)
    content = path.read_bytes()
    for one in damaged(content):
        path.write_bytes(one)
        outbox = Outbox(path)
        found = [payload for _, payload in outbox.batch(0, 10)[0]]
        # A flip in the name of the checksum makes it one key more, which is no metric.
        assert all(any(payload.startswith(good[:-1]) for good in payloads) for payload in found)
        assert len(found) >= min(one.count(b"\n"), len(payloads) - 2)
