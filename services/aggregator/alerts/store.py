"""The files of the alerts: what is remembered, and events.json for the page."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from services.aggregator.alerts.events import FILE, Event, document, events_of, union
from services.aggregator.alerts.memory import Memory, decode, encode
from shared.atomic import disk_error, make_directory, set_aside, write_durably
from shared.checksum import sealed, unsealed
from shared.errors import BadInput
from shared.times import Zone

Complain = Callable[[str], None]


class Store:
    """Reads at the start, writes when something was told; raises Retryable."""

    def __init__(self, state: Path, data: Path, zone: Zone, complain: Complain) -> None:
        self._state = state / "alerts.json"
        self._events = data / FILE
        self._zone = zone
        self._complain = complain
        self._written: dict[str, Any] | None = None  # but for when

    def load(self) -> Memory:
        """Return what was remembered, with the events that only events.json knows."""
        raw = _read(self._state)
        memory = Memory()
        try:
            memory = memory if raw is None else decode(orjson.loads(unsealed(raw)))
        except (BadInput, orjson.JSONDecodeError):
            self._complain(f"a damaged file was set aside as {set_aside(self._state)}")
        there = self._load_events()
        memory.events = union(memory.events, there or ())
        if there is not None:
            self._written = document(there, self._zone, None)
        return memory

    def save(self, memory: Memory) -> None:
        """Put it on stable storage."""
        make_directory(self._state.parent)
        write_durably(self._state, sealed(orjson.dumps(encode(memory))), mode=0o600)

    def show(self, events: Sequence[Event], now: float) -> None:
        """Write events.json if it would say something new."""
        shown = document(events, self._zone, None)
        if shown == self._written:
            return
        make_directory(self._events.parent)
        write_durably(self._events, orjson.dumps(document(events, self._zone, now)))
        self._written = shown

    def _load_events(self) -> list[Event] | None:
        raw = _read(self._events)
        if raw is None:
            return None
        try:
            return events_of(orjson.loads(raw))
        except (BadInput, orjson.JSONDecodeError):
            self._complain(f"a damaged file was set aside as {set_aside(self._events)}")
            return None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_error(path, error) from error
