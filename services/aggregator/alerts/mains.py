"""For how long there was no voltage in the time before a reading: what its mean gives away."""

from shared.reading import Reading, Stats, is_voltage

DEAD_V = 10.0  # a meter on a dead line still shows a little
_SWING = 0.01  # the voltage of a living line goes up and down by this share


class Mains:
    """Knows the usual voltages: a line is either there or dead, so the mean says how long it was.

    Of several phases all must have been dead, and at the same time for no longer than one of them.
    """

    def __init__(self) -> None:
        self._usual: dict[str, float] = {}

    def learn(self, reading: Reading) -> None:
        """Take the voltages of a reading that was never dark."""
        for name, stats in _volts(reading).items():
            if stats.min >= DEAD_V:
                self._usual[name] = stats.mean

    def known_s(self, reading: Reading) -> float:
        """Return for how long the voltage is known in the time before a reading."""
        shares = [stats.coverage for stats in _volts(reading).values()]
        return max(shares, default=0.0) * _seconds(reading)

    def dark_s(self, reading: Reading) -> float | None:
        """Return about how long it was dark in the time before a reading, None if it never was."""
        volts = _volts(reading)
        if not volts or any(stats.min >= DEAD_V for stats in volts.values()):
            return None
        shares = [self._dead_share(name, one) * one.coverage for name, one in volts.items()]
        return min(shares) * _seconds(reading)

    def at_most_s(self, reading: Reading) -> float:
        """Return how long it may have been dark, as exactly as a mean can tell."""
        known_s = self.known_s(reading)
        return min((self.dark_s(reading) or 0.0) + _SWING * known_s, known_s)

    def _dead_share(self, name: str, stats: Stats) -> float:
        if stats.max < DEAD_V:
            return 1.0
        return min(max(1 - stats.mean / self._usual.get(name, stats.max), 0.0), 1.0)


def _volts(reading: Reading) -> dict[str, Stats]:
    metrics = reading.interval.metrics if reading.interval else {}
    return {name: stats for name, stats in metrics.items() if is_voltage(name)}


def _seconds(reading: Reading) -> float:
    return reading.interval.seconds if reading.interval else 0.0
