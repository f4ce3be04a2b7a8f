"""The simulated Home Assistant as a world: entities, clock, recorder, and what befalls them."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from demo.entity import Attributes, Entity, Row
from demo.faults import FaultBook, RequestLog
from demo.history import just_after
from demo.recorder import DEFAULT_RETENTION_DAYS, Recorder


@dataclass(frozen=True, slots=True)
class Live:
    """An entity as the state machine has it now; `reported` is the device's last sign of life."""

    entity_id: str
    row: Row
    reported: float


@dataclass(slots=True)
class World:
    """Spans of simulator time in which Home Assistant is off or not yet ready, and switches."""

    off: list[tuple[float, float]] = field(default_factory=list)
    starting: list[tuple[float, float]] = field(default_factory=list)
    unplugged: bool = False


class Simulator:
    """A Home Assistant to script: set states, and let things go wrong; safe to use from threads.

    Every instant is epoch seconds of `clock`, and an `at` that is left out is now. Rows in the
    future of the clock come into force when it gets there.
    """

    def __init__(
        self,
        entities: Mapping[str, Entity],
        *,
        token: str = "test-token",  # noqa: S107 - what opens a simulator is no secret
        clock: Callable[[], float] = time.time,
        zone: str = "UTC",
        retention_days: float = DEFAULT_RETENTION_DAYS,
        commit_delay_s: float = 0.0,
        minimal_last_full: bool = False,
    ) -> None:
        self.entities = dict(entities)
        self.token = token
        self.clock = clock
        self.zone = ZoneInfo(zone)
        self.recorder = Recorder(retention_days, commit_delay_s)
        # Home Assistant's guide says that minimal_response also gives the last row in full, and
        # so it did until 2022; its source since then gives only the first in full.
        self.minimal_last_full = minimal_last_full
        self.faults = FaultBook()
        self.requests = RequestLog()
        self.world = World()
        self.lock = threading.RLock()

    def now(self) -> float:
        """Return the simulator's time."""
        return to_microsecond(self.clock())

    # States and history

    def set(
        self,
        entity_id: str,
        state: float | str,
        *,
        at: float | None = None,
        unit: str | None = None,
    ) -> None:
        """Let a device report a state, and another unit where one is given."""
        with self.lock:
            at = self._at(at)
            if unit is not None:
                self.entities[entity_id].change_unit(at, unit)
            self.entities[entity_id].report(at, str(state))

    def insert(self, entity_id: str, rows: Iterable[tuple[float, float | str]]) -> None:
        """Put many (instant, state) into an entity's past or future."""
        with self.lock:
            for at, state in rows:
                self.entities[entity_id].report(to_microsecond(at), str(state))

    def put(self, entity_id: str, state: str, attributes: Attributes) -> bool:
        """Set state and attributes as the API's POST does; True where the entity is new."""
        with self.lock:
            now = self.now()
            is_new = self.live(entity_id) is None
            entity = self.entities.setdefault(entity_id, Entity())
            entity.describe(now, attributes)
            entity.report(now, state)
            return is_new

    def live(self, entity_id: str) -> Live | None:
        """Return an entity's state now, or None where Home Assistant has none."""
        with self.lock:
            now = just_after(self.now())
            entity = self.entities.get(entity_id)
            if entity is None or self.is_starting() or entity.removed_at < now:
                return None
            row = entity.latest_row(now)
            reported = entity.source.reported(now)
            return row and Live(entity_id, row, max(row.updated, reported or 0.0))

    # What befalls entities

    def unavailable(
        self, entity_id: str, start: float, end: float, state: str = "unavailable"
    ) -> None:
        """Let an entity be "unavailable" (or "unknown", "") in `[start, end)`."""
        with self.lock:
            self.entities[entity_id].mask(start, end, state)

    def change_unit(self, entity_id: str, unit: str | None, at: float | None = None) -> None:
        """Show another unit from an instant on; the numbers stay what they are."""
        with self.lock:
            self.entities[entity_id].change_unit(self._at(at), unit)

    def add(self, entity_id: str, entity: Entity) -> None:
        """Register a further entity, or another one under the same name."""
        with self.lock:
            self.entities[entity_id] = entity

    def remove(self, entity_id: str, at: float | None = None) -> None:
        """Take an entity away; its past stays on record."""
        with self.lock:
            self.entities[entity_id].remove(self._at(at))

    def rename(self, entity_id: str, new_entity_id: str) -> None:
        """Give an entity another id, under which its whole past moves."""
        with self.lock:
            self.entities[new_entity_id] = self.entities.pop(entity_id)

    # What befalls Home Assistant

    def outage(self, start: float, end: float, *, starting_s: float = 0.0) -> None:
        """Switch Home Assistant off in `[start, end)`: a restart, or a cut of its power.

        Connections are refused, nothing is recorded, and the last row stays in force in history
        until the states are told anew, `starting_s` later; until then they are 404.
        """
        with self.lock:
            self.world.off.append((start, end))
            self.world.starting.append((end, end + starting_s))
            for entity in self.entities.values():
                entity.mask(start, end + starting_s, None)

    def recorder_gap(self, start: float, end: float) -> None:
        """Lose what was recorded in `[start, end)`, while the states were there to be seen."""
        with self.lock:
            self.recorder.gaps.append((start, end))

    def unplug(self) -> None:
        """Refuse connections until `plug_in`, while entities and recorder go on."""
        self.world.unplugged = True

    def plug_in(self) -> None:
        """Accept connections again."""
        self.world.unplugged = False

    def is_reachable(self) -> bool:
        """Tell whether connections are accepted now."""
        return not self.world.unplugged and not _within(self.world.off, self.now())

    def is_starting(self) -> bool:
        """Tell whether Home Assistant answers but has no states yet."""
        return _within(self.world.starting, self.now())

    def _at(self, at: float | None) -> float:
        return self.now() if at is None else to_microsecond(at)


def to_microsecond(at: float) -> float:
    """Return an instant as precise as the timestamps that go over the wire."""
    return round(at, 6)


def _within(spans: Iterable[tuple[float, float]], now: float) -> bool:
    return any(start <= now < end for start, end in list(spans))
