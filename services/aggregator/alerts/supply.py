"""Whether the house has power, from one reading to the next."""

from collections.abc import Container, Iterable

from services.aggregator.alerts.alert import Sign
from services.aggregator.alerts.mains import DEAD_V, Mains
from services.aggregator.alerts.wording import length
from shared.reading import Reading, is_voltage

_BACK = "The power is back."


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
        self._lit_at = float("-inf")  # of the last reading that was not dark
        self._why = ""
        self._mains = Mains()
        self._brief: list[Sign] = []

    def take(self, reading: Reading) -> None:
        """Take the newest reading."""
        self.remember(reading)
        why = _darkness(reading)
        if why:
            self._take_dark(reading, why)
        else:
            self._take_lit(reading)
        self._why = why
        self._mains.learn(reading)

    def remember(self, reading: Reading) -> None:
        """Note only which sources a reading knew."""
        for name, value in reading.values.items():
            if value is not None:
                self._known_at[name] = reading.time

    def _take_dark(self, reading: Reading, why: str) -> None:
        if self._dark_since is None:
            self._dark_since, self._dark_at = self._went_at(reading, why), reading.time
        self._lit_since = None
        self._silent = reading.values if why == _ALL_GONE else ()
        self._certain = self._certain or why == _NO_VOLTAGE or reading.time > self._dark_at

    def _take_lit(self, reading: Reading) -> None:
        dark_s = self._mains.dark_s(reading)
        if self._dark_since is None and dark_s is not None:
            self._brief += _signs_of(reading, self._mains.at_most_s(reading))
        if self._lit_since is None:
            known_s = self._mains.known_s(reading) - (dark_s or 0.0)
            lit_s = known_s if self._why == _NO_VOLTAGE else _known_s(reading)
            self._lit_since = reading.time - lit_s
        self._dark_since, self._certain, self._lit_at = None, False, reading.time

    def _went_at(self, reading: Reading, why: str) -> float:
        """Return where the last second with power was that is known of."""
        dark_s = self._mains.dark_s(reading) if why == _NO_VOLTAGE else _unknown_s(reading)
        if dark_s is not None:
            return reading.time - dark_s
        since_lit_s = reading.time - self._lit_at
        return self._lit_at if since_lit_s <= reading.heartbeat else reading.time

    def brief(self) -> list[Sign]:
        """Return, once, the start and the end of each cut that lay between two readings."""
        found, self._brief = self._brief, []
        return found

    def sign(
        self, now: float, collector_started: float, unheard: Container[str] = ()
    ) -> Sign | None:
        """Return whether it is dark; None before the first reading, and while it is not certain.

        Metrics that are `unheard` are silent for another reason: their entity was renamed, say.
        """
        if self._lit_since is not None:
            return Sign(on=False, since=self._lit_since, text=_BACK)
        if self._dark_since is None or not self._certain:
            return None
        silent = [name for name in self._silent if name not in unheard]
        if self._silent and not self._are_gone(silent, now, collector_started):
            return None
        return Sign(on=True, since=self._dark_since, text=f"The power is out: {self._why}.")

    def _are_gone(self, silent: Iterable[str], now: float, collector_started: float) -> bool:
        """Say whether sources that are silent were there before, as far as the collector knows."""
        known = [self._known_at.get(name, float("-inf")) for name in silent]
        was_there = [at >= collector_started for at in known]
        return any(was_there) and (all(was_there) or now - collector_started >= self._patience_s)


_NO_VOLTAGE = "there is no voltage"
_ALL_GONE = "none of the sources says anything"


def _darkness(reading: Reading) -> str:
    volts = [
        value for name, value in reading.values.items() if is_voltage(name) and value is not None
    ]
    if volts and all(abs(value) < DEAD_V for value in volts):
        return _NO_VOLTAGE
    gone = all(value is None for value in reading.values.values())
    return _ALL_GONE if gone and reading.values else ""


def _signs_of(reading: Reading, at_most_s: float) -> list[Sign]:
    text = f"The power was out for at most {length(at_most_s)}."
    return [
        Sign(on=True, since=reading.start, text=text, at_most_s=at_most_s),
        Sign(on=False, since=reading.time, text=_BACK),
    ]


def _known_s(reading: Reading) -> float:
    """Return for how long, before this reading, anything was known."""
    if not reading.interval:
        return 0.0
    shares = [stats.coverage for stats in reading.interval.metrics.values()]
    return max(shares, default=0.0) * reading.interval.seconds


def _unknown_s(reading: Reading) -> float:
    """Return for how long, before this reading, nothing was known any more."""
    return reading.interval.seconds - _known_s(reading) if reading.interval else 0.0
