"""What must survive a restart, as one document: written whole, so that its parts always agree.

That an alert was told and that its message waits for the webhook is one write: neither can be lost
without the other.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from services.aggregator.alerts.alert import Alert
from services.aggregator.alerts.events import Event
from shared.errors import BadInput
from shared.remembered import remembered

SCHEMA = 1
MOST_WAITING = 500
_ADDED = {"begun", "healed", "times_off"}  # what earlier documents do not have


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell: `event` is start, reminder or end; times in seconds since 1970 UTC."""

    name: str
    event: str
    state: str
    since: float | None
    until: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the retained topic of an alert says; `since` is when it went on or off."""

    state: str
    since: float | None
    text: str


@dataclass(slots=True)
class Memory:
    """Alerts by name, what their topics say, events, messages that wait, and a few instants.

    `times_off` are the times in which the machine was off, each until it is known whether the house
    was without power; `board_on` when the machine was last switched on. `pushed` is when the remote
    last got something; `begun` when all of this began; `healed` when days the remote
    had lost were last put back.
    """

    alerts: dict[str, Alert] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    waiting: list[Notice] = field(default_factory=list)
    dropped: int = 0
    board_on: float | None = None
    pushed: float | None = None
    begun: float | None = None
    healed: float | None = None
    times_off: list[tuple[float, float]] = field(default_factory=list)

    def queue(self, notice: Notice) -> None:
        """Let a message wait; a reminder takes the place of an older one of its alert."""
        if notice.event == "reminder":
            self.waiting = [one for one in self.waiting if not _same_reminder(one, notice)]
        self.waiting.append(notice)
        self.dropped += max(0, len(self.waiting) - MOST_WAITING)
        self.waiting = self.waiting[-MOST_WAITING:]


def _same_reminder(one: Notice, other: Notice) -> bool:
    return (one.name, one.event, one.since) == (other.name, other.event, other.since)


def encode(memory: Memory) -> dict[str, Any]:
    """Return the document."""
    return {"schema": SCHEMA, **asdict(memory)}


def decode(raw: Any) -> Memory:
    """Read the document, or raise BadInput."""
    if not isinstance(raw, Mapping) or raw.get("schema") != SCHEMA:
        raise BadInput(f"not a document of schema {SCHEMA}")
    if missing := {one.name for one in fields(Memory)} - _ADDED - raw.keys():
        raise BadInput(f"lacks {', '.join(sorted(missing))}")
    memory = remembered(Memory, raw)
    if "begun" not in raw:
        memory.begun = 0.0
    return memory
