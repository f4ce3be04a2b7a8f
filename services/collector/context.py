"""What every part of the collector works with, built once by the composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.collector.derive import Composite
from services.collector.home_assistant import HISTORY_LIMIT_BYTES
from services.collector.metrics import Metric, make_composites, make_metrics, make_sensors
from services.collector.states import History, State
from services.collector.their_clock import TheirClock
from services.collector.ticks import Ticks
from shared.config import Config
from shared.errors import MonitorError
from shared.health import Health
from shared.inbox import Message
from shared.messages import Request
from shared.reading import HEARTBEAT_INTERVALS, POWER
from shared.service import Answer
from shared.sources import Sensor, ingredients
from shared.times import Zone
from shared.topics import Topics

_LATE_S = 600.0  # an answer about history may take its time


class Outlet(Protocol):
    """The way out, as shared.service.Shell has it."""

    @property
    def topics(self) -> Topics:
        """The topics of this monitor."""

    @property
    def health(self) -> Health:
        """What the service tells about itself."""

    @property
    def linked(self) -> bool:
        """Whether the broker is there."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> Any:
        """Send a message; returns a ticket with `is_published()`, or None."""

    def ask(self, topic: str, payload: bytes, correlation: bytes, response_topic: str) -> bool:
        """Send a request to another service."""

    def respond(self, request: Request, outcome: Answer | MonitorError) -> None:
        """Answer a request."""

    def refuse(self, message: Message, kind: str, why: str) -> None:
        """Count and acknowledge a message nobody can use."""


class House(Protocol):
    """Home Assistant, as services.collector.home_assistant.HomeAssistant asks it."""

    @property
    def clock(self) -> TheirClock:
        """What is known of its clock."""

    def state(self, entity: str) -> State:
        """Return an entity's current state."""

    def history(
        self,
        entities: Sequence[str],
        start: float,
        end: float,
        limit_bytes: int = HISTORY_LIMIT_BYTES,
    ) -> History:
        """Return the rows of a stretch of time by entity."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings; `now` is the wall clock, `monotonic` the one that never jumps, in s.

    `metrics` are Home Assistant's, `sensors` speak by MQTT, `composites` are made of others.
    """

    config: Config
    outlet: Outlet
    source: House
    zone: Zone
    ticks: Ticks
    metrics: tuple[Metric, ...]
    sensors: tuple[tuple[Metric, Sensor], ...]
    composites: tuple[Composite, ...]
    now: Callable[[], float]
    monotonic: Callable[[], float]

    @property
    def interval_s(self) -> float:
        """The collection interval."""
        return self.config.data.interval_s

    @property
    def power_is_heard(self) -> bool:
        """Whether power needs nothing of Home Assistant: readings don't wait for it then."""
        return not self.vital & set(self.config.home_assistant.entities)

    @property
    def memory_s(self) -> float:
        """How long what was heard is remembered where no reading waits for Home Assistant."""
        return 2 * self.interval_s + _LATE_S

    @property
    def vital(self) -> frozenset[str]:
        """The metrics without which power is unknown."""
        return ingredients(POWER, self.config.sources)

    @property
    def heartbeat_s(self) -> float:
        """How long a change may speak for that nobody witnessed."""
        return HEARTBEAT_INTERVALS * self.interval_s

    @property
    def health(self) -> Health:
        """What the service tells about itself."""
        return self.outlet.health


def make_context(
    config: Config,
    outlet: Outlet,
    source: House,
    now: Callable[[], float],
    monotonic: Callable[[], float],
) -> Context:
    """Derive what follows from the configuration."""
    zone = Zone(config.timezone)
    return Context(
        config,
        outlet,
        source,
        zone,
        Ticks(zone, config.data.interval_s),
        make_metrics(config.home_assistant.entities, config.data.bounds),
        make_sensors(config.sources, config.data.bounds),
        make_composites(config.sources, config.data.bounds),
        now,
        monotonic,
    )
