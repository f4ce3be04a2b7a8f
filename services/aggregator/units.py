"""The unit of each metric, as the readings name it."""

from collections.abc import Mapping

from shared.reading import Reading


class Units:
    """Metric -> unit, from the latest reading that names one: in whatever order they come."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, str]] = {}  # with the time of the reading

    def note(self, reading: Reading) -> None:
        """Take the units a reading names."""
        for name, unit in reading.units.items():
            if unit and (reading.time, unit) > self._known.get(name, _NEVER):
                self._known[name] = reading.time, unit

    def add(self, units: Mapping[str, str]) -> None:
        """Take the units of a document, which any reading may correct."""
        for name, unit in units.items():
            self._known.setdefault(name, (_NEVER[0], unit))

    def merge(self, other: "Units") -> None:
        """Take what other readings named."""
        for name, known in other._known.items():
            self._known[name] = max(known, self._known.get(name, _NEVER))

    def table(self) -> dict[str, str]:
        """Return metric -> unit."""
        return {name: unit for name, (_, unit) in self._known.items()}


_NEVER = (float("-inf"), "")
