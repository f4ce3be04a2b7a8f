"""What every part of the collector works with, built once by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from services.collector.home_assistant import HomeAssistant
from services.collector.metrics import Metric, make_metrics
from services.collector.ticks import Ticks
from shared.config import Config
from shared.errors import MonitorError
from shared.health import Health
from shared.inbox import Message
from shared.messages import Request
from shared.reading import HEARTBEAT_INTERVALS
from shared.service import Answer
from shared.times import Zone
from shared.topics import Topics


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


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings; `now` is the wall clock, `monotonic` the one that never jumps, in s."""

    config: Config
    outlet: Outlet
    source: HomeAssistant
    zone: Zone
    ticks: Ticks
    metrics: tuple[Metric, ...]
    now: Callable[[], float]
    monotonic: Callable[[], float]

    @property
    def interval_s(self) -> float:
        """The collection interval."""
        return self.config.data.interval_s

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
    source: HomeAssistant,
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
        now,
        monotonic,
    )
