"""What is known of a stretch of time and its end, from every source: readings are made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.collector.assemble import make_interval
from services.collector.derive import Composite
from services.collector.history import UNLIMITED, Steps
from shared.reading import POWER, Reading
from shared.units import WATT


@dataclass(slots=True)
class Picture:
    """What was in `[start, at)` and is at `at`, by metric; `holds` in s, as Steps has them."""

    start: float
    at: float
    values: dict[str, float | None]
    units: dict[str, str]
    steps: dict[str, Steps]
    holds: dict[str, float]

    def add_steps(self, steps: Mapping[str, Steps], units: Mapping[str, str]) -> None:
        """Take in step functions that need no hold, such as those of messages."""
        for name, function in steps.items():
            self.steps[name] = function
            self.holds[name] = UNLIMITED
            self.values[name] = function.value_at(self.at, UNLIMITED)
        self.units |= {name: unit for name, unit in units.items() if name != POWER}

    def derive(self, composites: Sequence[Composite]) -> None:
        """Take in what is made of others, given in an order in which their parts come first."""
        for composite in composites:
            self.values[composite.name] = None
            unit = self._unit(composite)
            if unit is None:
                continue
            if composite.name != POWER:
                self.units[composite.name] = unit
            values = [self.values.get(part) for part in composite.parts]
            self.values[composite.name] = composite.total(values)
            if all(part in self.steps for part in composite.parts):
                parts = [(self.steps[part], self.holds[part]) for part in composite.parts]
                self.steps[composite.name] = composite.combine(parts, self.start, self.at)
                self.holds[composite.name] = UNLIMITED

    def reading(self, *, surely: bool = False) -> Reading:
        """Return the reading, with its interval where the changes of power are known.

        An interval in which nothing is known says so if somebody has `surely` looked.
        """
        reading = Reading(self.at, self.values, self.units)
        if POWER not in self.steps:
            return reading
        interval = make_interval(self.steps, self.start, self.at, self.holds)
        return replace(reading, interval=interval) if interval.metrics or surely else reading

    def _unit(self, composite: Composite) -> str | None:
        """Return the unit that all parts have, None when volts would be added to watts."""
        units = {WATT if part == POWER else self.units.get(part) for part in composite.parts}
        unit = units.pop()
        if units or (composite.name == POWER and unit != WATT):
            return None
        return unit
