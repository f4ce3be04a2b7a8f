"""Home Assistant's entities as a list to choose from: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nlargest
from typing import Any

from shared.reading import METERS, POWER
from shared.units import canonical_unit

_ALIKE = 3
_NAMES_OF_THE_WHOLE = ("house", "home", "total", "grid", "mains", "main", "meter", "consumption")
_OURS = "sensor.power_monitor"  # what home_assistant.discovery shows; it can't be its own source
_COUNTING = ("total", "total_increasing")
_NAME_WIDTH, _VALUE_WIDTH, _LINE = 38, 14, 79


@dataclass(frozen=True, slots=True)
class Sensor:
    """An entity with its value now."""

    entity: str
    state: str
    unit: str
    name: str
    device_class: str
    counts: bool

    @property
    def value(self) -> str:
        """What it says, with its unit."""
        return f"{self.state} {self.unit}".strip()

    def fits(self, metric: str) -> bool:
        """Whether a metric can be made of it."""
        if canonical_unit(metric, self.unit) is None:
            return False
        return metric not in METERS or self.counts


def sensors_of(states: Any) -> list[Sensor]:
    """Return the sensors in an answer of `/api/states`; what can't be read is left out."""
    found = []
    for raw in states if isinstance(states, list) else ():
        attributes = raw.get("attributes") if isinstance(raw, dict) else None
        entity = raw.get("entity_id") if isinstance(raw, dict) else None
        if (
            isinstance(entity, str)
            and entity.startswith("sensor.")
            and isinstance(attributes, dict)
        ):
            found.append(_sensor(entity, str(raw.get("state", "")), attributes))
    return found


def suggestions(sensors: Iterable[Sensor], metric: str) -> list[Sensor]:
    """Return what fits a metric, the likeliest first: those that speak of the whole house."""
    fitting = [sensor for sensor in sensors if sensor.fits(metric)]
    return sorted(fitting, key=lambda sensor: (-_likelihood(sensor, metric), sensor.entity))


def alike(sensors: Iterable[Sensor], metric: str, entity: str) -> list[str]:
    """Return the few entities that fit a metric and are called most like one that is gone."""
    near = [
        (SequenceMatcher(None, entity, sensor.entity).ratio(), sensor.entity)
        for sensor in suggestions(sensors, metric)
    ]
    return [name for _, name in nlargest(_ALIKE, near)]


def others(sensors: Iterable[Sensor], taken: Iterable[str]) -> list[Sensor]:
    """Return what else a house's meter knows: voltage, current, further powers."""
    used, classes = set(taken), ("voltage", "current", "power", "power_factor", "frequency")
    return [
        sensor
        for sensor in sorted(sensors, key=lambda sensor: sensor.entity)
        if sensor.entity not in used and sensor.device_class in classes
    ]


def matching(sensors: Sequence[Sensor], text: str) -> list[Sensor]:
    """Return the sensors whose entity or name holds a text."""
    wanted = text.lower()
    return [one for one in sensors if wanted in one.entity or wanted in one.name.lower()]


def table(sensors: Sequence[Sensor]) -> list[str]:
    """Return numbered lines of at most 79 characters."""
    return [
        f"{number:>4}  {one.entity:<{_NAME_WIDTH}} {one.value:>{_VALUE_WIDTH}}  {one.name}"[:_LINE]
        for number, one in enumerate(sensors, 1)
    ]


def _sensor(entity: str, state: str, attributes: dict[str, Any]) -> Sensor:
    def text(key: str) -> str:
        value = attributes.get(key)
        return value if isinstance(value, str) else ""

    counts = text("state_class") in _COUNTING
    unit, name = text("unit_of_measurement"), text("friendly_name")
    return Sensor(entity, state[:20], unit, name, text("device_class"), counts)


def _likelihood(sensor: Sensor, metric: str) -> int:
    words = f"{sensor.entity} {sensor.name}".lower()
    whole = sum(name in words for name in _NAMES_OF_THE_WHOLE)
    given = ("export" in words or "return" in words or "feed" in words) == (metric == "export")
    wanted = "power" if metric == POWER else "energy"
    ours = sensor.entity.startswith(_OURS)
    return -10 * ours + whole + 2 * (sensor.device_class == wanted) + 2 * given
