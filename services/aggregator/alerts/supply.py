"""Whether the house has power, from one reading to the next."""

from collections.abc import Iterable

from services.aggregator.alerts.alert import Sign
from shared.reading import Reading

_DEAD_V = 10.0  # a meter on a dead line still shows a little
_VOLTAGE = "voltage"  # also voltage_l1 and so on


class Supply:
    """No voltage is certain at once; that all sources are gone, when the next reading says so, too.

    A Home Assistant that has just started knows no source for a moment, and that is no power cut.
    Nor is a source gone that the collector has not known yet since it started: a device may speak
    but once an hour. Each has `patience_s` for its first word.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._known_at: dict[str, float] = {}  # metric -> time of the last reading that knew it
        self._silent: Iterable[str] = ()  # the metrics of a reading that knows none
        self._dark_since: float | None = None
        self._dark_at = 0.0  # of the first dark reading
        self._certain = False
        self._lit_since: float | None = None
        self._why = ""

    def take(self, reading: Reading) -> None:
        """Take the newest reading."""
        for name, value in reading.values.items():
            if value is not None:
                self._known_at[name] = reading.time
        why = _darkness(reading)
        if not why:
            if self._lit_since is None:
                self._lit_since = reading.time - _covered_s(reading)
            self._dark_since, self._certain = None, False
            return
        if self._dark_since is None:
            self._dark_since, self._dark_at = reading.time - _uncovered_s(reading), reading.time
        self._lit_since, self._why = None, why
        self._silent = () if why == _NO_VOLTAGE else reading.values
        self._certain = self._certain or why == _NO_VOLTAGE or reading.time > self._dark_at

    def sign(self, now: float, collector_started: float) -> Sign | None:
        """Return whether it is dark; None before the first reading, and while it is not certain."""
        if self._lit_since is not None:
            return Sign(on=False, since=self._lit_since, text="The power is back.")
        if self._dark_since is None or not self._certain:
            return None
        if self._silent and not self._are_gone(now, collector_started):
            return None
        return Sign(on=True, since=self._dark_since, text=f"The power is out: {self._why}.")

    def _are_gone(self, now: float, collector_started: float) -> bool:
        """Say whether sources that are silent were there before, as far as the collector knows."""
        known = [self._known_at.get(name, float("-inf")) for name in self._silent]
        was_there = [at >= collector_started for at in known]
        return any(was_there) and (all(was_there) or now - collector_started >= self._patience_s)


_NO_VOLTAGE = "there is no voltage"
_ALL_GONE = "none of the sources says anything"


def _darkness(reading: Reading) -> str:
    volts = [
        value
        for name, value in reading.values.items()
        if name.startswith(_VOLTAGE) and value is not None
    ]
    if volts and all(abs(value) < _DEAD_V for value in volts):
        return _NO_VOLTAGE
    gone = all(value is None for value in reading.values.values())
    return _ALL_GONE if gone and reading.values else ""


def _covered_s(reading: Reading) -> float:
    """Return how long, up to this reading, power was known again."""
    return reading.interval.coverage * reading.interval.seconds if reading.interval else 0.0


def _uncovered_s(reading: Reading) -> float:
    """Return how long, up to this reading, nothing was known any more."""
    if not reading.interval or any(value is not None for value in reading.values.values()):
        return 0.0
    return (1.0 - reading.interval.coverage) * reading.interval.seconds
