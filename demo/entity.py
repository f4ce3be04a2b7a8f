"""An entity of the simulated Home Assistant: its state and attributes as they were over time."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from demo.history import Change, History, Masked, Source, just_after

UNIT = "unit_of_measurement"

Attributes = Mapping[str, object]


class Row(NamedTuple):
    """One row of the recorder; `changed` is older than `updated` where only attributes moved."""

    updated: float
    changed: float
    state: str
    attributes: Attributes


@dataclass(slots=True)
class Entity:
    """State over time (`source`) and attributes over time; the newest attributes are the last."""

    source: Source = field(default_factory=History)
    attributes: list[tuple[float, Attributes]] = field(default_factory=lambda: [(-inf, {})])
    removed_at: float = inf

    def report(self, at: float, state: str) -> None:
        """Let the device say its state; raises TypeError where the states are computed."""
        source = self.source
        while isinstance(source, Masked):
            source = source.inner
        if not isinstance(source, History):
            raise TypeError("the states of this entity are computed; add another to set states")
        if self.removed_at < inf:
            self.attributes.append((at, self._attributes_before(self.removed_at)))
            self.source, self.removed_at = _returned(self.source, at), inf
        source.report(at, state)

    def describe(self, at: float, attributes: Attributes) -> None:
        """Replace all attributes from an instant on."""
        if attributes != self.attributes_at(at):
            index = bisect_right(self.attributes, at, key=lambda entry: entry[0])
            self.attributes[index:] = [(at, attributes)]

    def change_unit(self, at: float, unit: str | None) -> None:
        """Show another unit from an instant on, or none; the numbers stay what they are."""
        others = {key: value for key, value in self.attributes_at(at).items() if key != UNIT}
        self.describe(at, others if unit is None else others | {UNIT: unit})

    def mask(self, start: float, end: float, state: str | None) -> None:
        """Let nothing through for a time: as `state`, or unnoticed where that is None."""
        self.source = Masked(self.source, start, end, state)

    def remove(self, at: float) -> None:
        """Take the entity out of Home Assistant, which keeps its past and one empty row."""
        self.attributes.append((at, {}))
        self.mask(at, inf, "")
        self.removed_at = at

    def attributes_at(self, at: float) -> Attributes:
        """Return the attributes in force at an instant."""
        return self._attributes_before(just_after(at))

    def latest_row(self, before: float) -> Row | None:
        """Return the last row strictly before an instant; none where there is no state yet."""
        change = self.source.latest(before)
        if change is None:
            return None
        described = self.attributes[self._described_before(before)][0]
        return self._row(max(change.at, described), change, self._attributes_before(before))

    def rows(self, after: float, before: float) -> list[Row]:
        """Return the rows strictly between two instants, those of mere attributes included."""
        changes = self.source.between(after, before)
        rows = [self._row(change.at, change, self.attributes_at(change.at)) for change in changes]
        rows += self._attribute_rows(after, before, {change.at for change in changes})
        return sorted(rows, key=lambda row: row.updated) if len(rows) > len(changes) else rows

    def _attribute_rows(self, after: float, before: float, taken: set[float]) -> list[Row]:
        rows = []
        for at, attributes in self.attributes:
            change = self.source.latest(at) if after < at < before and at not in taken else None
            if change is not None:
                rows.append(self._row(at, change, attributes))
        return rows

    def _row(self, updated: float, change: Change, attributes: Attributes) -> Row:
        return Row(updated, change.at, change.state, attributes)

    def _attributes_before(self, before: float) -> Attributes:
        return self.attributes[self._described_before(before)][1]

    def _described_before(self, before: float) -> int:
        return max(bisect_left(self.attributes, before, key=lambda entry: entry[0]) - 1, 0)


def _returned(source: Source, at: float) -> Source:
    if not isinstance(source, Masked):
        return source
    end = at if source.end == inf else source.end
    return Masked(_returned(source.inner, at), source.start, end, source.state)


def sensor(
    unit: str | None,
    device_class: str | None = None,
    state_class: str | None = "measurement",
    *,
    name: str | None = None,
    source: Source | None = None,
) -> Entity:
    """Return a sensor; without a `source` its states are what is set, and it has none yet."""
    described = {
        "state_class": state_class,
        UNIT: unit,
        "device_class": device_class,
        "friendly_name": name,
    }
    attributes = {key: value for key, value in described.items() if value is not None}
    return Entity(source or History(), [(-inf, attributes)])
