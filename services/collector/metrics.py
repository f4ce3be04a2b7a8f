"""A metric: which entity it is, and what may be believed of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.collector.units import canonical_unit, convert, parse_number
from shared.reading import METERS


class Flaw(Enum):
    """Why a state that has a number gives no value."""

    UNIT = "unit"
    BOUNDS = "bounds"


@dataclass(frozen=True, slots=True)
class Observation:
    """A value in the unit it is stored in, or None with the flaw if there was a number."""

    value: float | None
    unit: str | None
    flaw: Flaw | None = None


UNKNOWN = Observation(None, None)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric and its entity; `low` and `high` are its plausibility bounds, stored units."""

    name: str
    entity: str
    low: float = float("-inf")
    high: float = float("inf")

    @property
    def is_meter(self) -> bool:
        """Whether it counts energy up instead of showing a level."""
        return self.name in METERS

    def observe(self, state: str, unit: str | None) -> Observation:
        """Return what a state says."""
        stored = canonical_unit(self.name, unit)
        number = parse_number(state)
        if number is None:
            return Observation(None, stored)
        quantity = convert(self.name, number, unit)
        if quantity is None:
            return Observation(None, None, Flaw.UNIT)
        if not self.low <= quantity.value <= self.high:
            return Observation(None, stored, Flaw.BOUNDS)
        return Observation(quantity.value, stored)


def make_metrics(
    entities: Mapping[str, str], bounds: Mapping[str, tuple[float, float]]
) -> tuple[Metric, ...]:
    """Return the configured metrics in their order."""
    return tuple(
        Metric(name, entity, *bounds.get(name, (float("-inf"), float("inf"))))
        for name, entity in entities.items()
    )
