"""A metric: which entity or sensor it is, and what may be believed of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.collector.derive import Composite
from shared.fields import LARGEST
from shared.reading import METERS
from shared.sources import Sensor, Sources, in_order, sensors_of
from shared.units import canonical_unit, convert, is_silent, parse_number


class Flaw(Enum):
    """Why a state that says something gives no value."""

    TEXT = "text"
    UNIT = "unit"
    BOUNDS = "bounds"


@dataclass(frozen=True, slots=True)
class Observation:
    """A value in the unit it is stored in, or None with the flaw if there is one."""

    value: float | None
    unit: str | None
    flaw: Flaw | None = None


UNKNOWN = Observation(None, None)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric and its entity or topic; `low` and `high` are its bounds, in stored units."""

    name: str
    entity: str
    low: float = -LARGEST
    high: float = LARGEST

    @property
    def is_meter(self) -> bool:
        """Whether it counts energy up instead of showing a level."""
        return self.name in METERS

    def observe(self, state: str, unit: str | None) -> Observation:
        """Return what a state says."""
        stored = canonical_unit(self.name, unit)
        number = parse_number(state)
        if number is None:
            return Observation(None, stored, None if is_silent(state) else Flaw.TEXT)
        return self.judge(number, unit)

    def judge(self, number: float, unit: str | None) -> Observation:
        """Return what a number in a unit says."""
        quantity = convert(self.name, number, unit)
        if quantity is None:
            return Observation(None, None, Flaw.UNIT)
        if not self.low <= quantity.value <= self.high:
            return Observation(None, quantity.unit, Flaw.BOUNDS)
        return Observation(quantity.value, quantity.unit)


Bounds = Mapping[str, tuple[float, float]]
_ANYTHING = (-LARGEST, LARGEST)


def _within(bounds: Bounds, name: str) -> tuple[float, float]:
    """Return a metric's bounds: a number that no reading can have would cost all the others."""
    low, high = bounds.get(name, _ANYTHING)
    return max(low, -LARGEST), min(high, LARGEST)


def make_metrics(entities: Mapping[str, str], bounds: Bounds) -> tuple[Metric, ...]:
    """Return Home Assistant's metrics in their order."""
    return tuple(Metric(name, entity, *_within(bounds, name)) for name, entity in entities.items())


def make_sensors(sources: Sources, bounds: Bounds) -> tuple[tuple[Metric, Sensor], ...]:
    """Return the metrics that come by MQTT."""
    return tuple(
        (Metric(name, sensor.topic, *_within(bounds, name)), sensor)
        for name, sensor in sensors_of(sources).items()
    )


def make_composites(sources: Sources, bounds: Bounds) -> tuple[Composite, ...]:
    """Return the metrics made of others, each after its parts."""
    return tuple(
        Composite(name, source.parts, source.signs, *_within(bounds, name))
        for name, source in in_order(sources)
    )
