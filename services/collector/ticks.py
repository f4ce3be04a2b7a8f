"""When to collect: at k x interval from local midnight."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.times import Zone

_AN_INSTANT_S = 1e-3  # shorter than any interval, longer than what a float loses today


@dataclass(frozen=True, slots=True)
class Ticks:
    """The ticks of a zone; each day begins with one, so its last stretch may be shorter."""

    zone: Zone
    interval_s: float

    def at_or_before(self, instant: float) -> float:
        """Return the latest tick that is not after an instant."""
        start = self.zone.day_start(self.zone.day_of(instant))
        return start + (instant - start) // self.interval_s * self.interval_s

    def before(self, instant: float) -> float:
        """Return the latest tick earlier than an instant."""
        return self.at_or_before(instant - _AN_INSTANT_S)

    def after(self, instant: float) -> float:
        """Return the first tick later than an instant."""
        day_end = self.zone.day_end(self.zone.day_of(instant))
        return min(self.at_or_before(instant) + self.interval_s, day_end)

    def stretches(self, start: float, end: float) -> Iterator[tuple[float, float]]:
        """Cut `[start, end)` at every tick inside."""
        while start < end:
            border = min(self.after(start), end)
            yield start, border
            start = border
