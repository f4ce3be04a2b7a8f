"""What the alerts remember: whole or set aside, and events that come back from events.json."""

import json
from pathlib import Path

import pytest
from support.alerts import ZONE
from support.asyncapi import mistakes

from services.aggregator.alerts.alert import Alert
from services.aggregator.alerts.events import MOST_EVENTS, Event, begun
from services.aggregator.alerts.memory import Memory, Notice, Shown
from services.aggregator.alerts.store import Store
from shared.errors import Retryable

NOW = 1_795_354_000.4
PAST = Event("power-cut", NOW - 7200.3, NOW - 3600.6, "The power is back.")
OPEN = Event("clock", None, None, "The clock is wrong.")


def memory() -> Memory:
    return Memory(
        alerts={"clock": Alert(on=True, since=None, text="x", told=True, told_at=5.5)},
        shown={"clock": Shown("on", None, "x")},
        events=[PAST, OPEN],
        waiting=[Notice("clock", "start", "on", None, None, "x")],
        times_off=[(1.5, 2.5), (3.5, 4.5)],
        pushed=3.25,
    )


class Place:
    """The files of a house."""

    def __init__(self, directory: Path) -> None:
        self.data, self.state = directory / "data", directory / "state"
        self.complaints: list[str] = []
        self.store = self.open()

    def open(self) -> Store:
        return Store(self.state, self.data, ZONE, self.complaints.append)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_first_start_remembers_nothing_and_shows_an_empty_list(place: Place) -> None:
    assert place.store.load() == Memory()
    place.store.show([], NOW)
    shown = json.loads((place.data / "events.json").read_bytes())
    assert shown["events"] == []
    assert mistakes("schema/events.json", shown) == []


def test_what_was_saved_comes_back_and_no_event_twice(place: Place) -> None:
    place.store.load()
    place.store.save(memory())
    place.store.show(memory().events, NOW)
    shown = json.loads((place.data / "events.json").read_bytes())
    assert mistakes("schema/events.json", shown) == []
    assert place.open().load() == memory()
    assert (place.state / "alerts.json").stat().st_mode & 0o077 == 0


def test_nothing_is_written_when_nothing_is_new(place: Place) -> None:
    place.store.load()
    place.store.show([PAST], NOW)
    written = (place.data / "events.json").stat()
    place.store.show([PAST], NOW + 60)
    again = place.open()
    again.show(again.load().events, NOW + 90)
    assert (place.data / "events.json").stat() == written


def test_past_events_come_back_with_a_backup_and_open_ones_do_not(place: Place) -> None:
    """A restore brings events.json alone: what is on now, the alerts themselves know."""
    place.store.load()
    place.store.show([PAST, OPEN], NOW)
    (event,) = place.open().load().events
    assert (event.name, event.text) == (PAST.name, PAST.text)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema": 2}', b'{"schema": 1}', b'{"schema": 1, "alerts": 5}']
)
def test_a_damaged_file_is_set_aside_and_never_read_as_empty(place: Place, content: bytes) -> None:
    for directory, name in ((place.state, "alerts.json"), (place.data, "events.json")):
        directory.mkdir(parents=True)
        (directory / name).write_bytes(content)
    assert place.store.load() == Memory()
    assert len(place.complaints) == 2
    assert len([*place.state.glob("*.corrupt-*"), *place.data.glob("*.corrupt-*")]) == 2


def test_a_full_disk_is_said_and_loses_nothing_that_was_there(place: Place) -> None:
    place.store.load()
    place.store.save(memory())
    (place.state / ".alerts.json.tmp").mkdir()
    with pytest.raises(Retryable):
        place.store.save(Memory())
    (place.state / ".alerts.json.tmp").rmdir()
    assert place.open().load().pushed == 3.25


def test_the_list_is_bounded() -> None:
    events: list[Event] = []
    for number in range(MOST_EVENTS + 10):
        events = begun(events, Event("clock", float(number), float(number), ""))
    assert len(events) == MOST_EVENTS
    assert events[0].since == 10.0
