"""events.json: what was told, for the page; the newest last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.errors import BadInput
from shared.fields import instant
from shared.times import Zone

FILE = "events.json"
SCHEMA = 1
MOST_EVENTS = 200
_LONGEST_TEXT = 1000
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Event:
    """An alert that was told; `until` is None while it is on, `since` where no clock knew."""

    name: str
    since: float | None
    until: float | None
    text: str


def begun(events: Sequence[Event], event: Event) -> list[Event]:
    """Return the events with a new one."""
    return [*events, event][-MOST_EVENTS:]


def ended(events: Sequence[Event], over: Event) -> list[Event]:
    """Return the events with the open one of this name closed."""
    is_open = [event.name == over.name and event.until is None for event in events]
    if not any(is_open):
        return begun(events, over)
    return [
        replace(over, since=event.since) if opened else event
        for event, opened in zip(events, is_open, strict=True)
    ]


def union(ours: Sequence[Event], others: Iterable[Event]) -> list[Event]:
    """Return our events with those that only others know and that are over, in order of time."""
    known = {_key(event) for event in ours}
    more = [event for event in others if event.until is not None and _key(event) not in known]
    together = [*more, *ours]
    if more:
        together.sort(key=lambda event: event.since or event.until or 0.0)
    return together[-MOST_EVENTS:]


def _key(event: Event) -> tuple[str, int | None, int | None]:
    """Return what tells events apart: the file knows whole seconds only."""
    instants = (event.since, event.until)
    since, until = (None if at is None else round(at) for at in instants)
    return event.name, since, until


def document(events: Sequence[Event], zone: Zone, now: float | None) -> dict[str, Any]:
    """Return events.json; `now` is when they last changed."""
    return {
        "schema": SCHEMA,
        "timezone": zone.name,
        "last_update": _iso(zone, now),
        "events": [
            {
                "name": event.name,
                "since": _iso(zone, event.since),
                "until": _iso(zone, event.until),
                "text": event.text,
            }
            for event in events
        ],
    }


def events_of(raw: Any) -> list[Event]:
    """Read events.json, or raise BadInput."""
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        raise BadInput(f"{FILE}: not a document of schema {SCHEMA}")
    found = raw.get("events")
    if not isinstance(found, list):
        raise BadInput(f"{FILE}: events must be a list")
    return [_event(item) for item in found[-MOST_EVENTS:]]


def _event(raw: Any) -> Event:
    if not isinstance(raw, Mapping):
        raise BadInput("an event must be an object")
    name, text = raw.get("name"), raw.get("text")
    if not isinstance(name, str) or not isinstance(text, str):
        raise BadInput("an event needs a name and a text")
    return Event(
        name[:_LONGEST_NAME],
        _instant(raw.get("since"), "since"),
        _instant(raw.get("until"), "until"),
        text[:_LONGEST_TEXT],
    )


def _instant(raw: Any, name: str) -> float | None:
    return None if raw is None else instant(raw, name)


def _iso(zone: Zone, at: float | None) -> str | None:
    return None if at is None else zone.iso(round(at))
