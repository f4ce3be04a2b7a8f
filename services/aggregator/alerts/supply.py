"""Whether the house has power, from one reading to the next."""

from services.aggregator.alerts.alert import Sign
from shared.reading import Reading

_DEAD_V = 10.0  # a meter on a dead line still shows a little
_VOLTAGE = "voltage"  # also voltage_l1 and so on


class Supply:
    """No voltage is certain at once; that all sources are gone, when the next reading says so, too.

    A Home Assistant that has just started knows no source for a moment, and that is no power cut.
    """

    def __init__(self) -> None:
        self._dark_since: float | None = None
        self._dark_at = 0.0  # of the first dark reading
        self._certain = False
        self._lit_since: float | None = None
        self._why = ""

    def take(self, reading: Reading) -> None:
        """Take the newest reading."""
        why = _darkness(reading)
        if not why:
            if self._lit_since is None:
                self._lit_since = reading.time - _covered_s(reading)
            self._dark_since, self._certain = None, False
            return
        if self._dark_since is None:
            self._dark_since, self._dark_at = reading.time - _uncovered_s(reading), reading.time
        self._lit_since, self._why = None, why
        self._certain = self._certain or why == _NO_VOLTAGE or reading.time > self._dark_at

    def sign(self) -> Sign | None:
        """Return whether it is dark; None before the first reading, and while it is not certain."""
        if self._lit_since is not None:
            return Sign(on=False, since=self._lit_since, text="The power is back.")
        if self._dark_since is None or not self._certain:
            return None
        return Sign(on=True, since=self._dark_since, text=f"The power is out: {self._why}.")


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
