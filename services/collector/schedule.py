"""Which tick is due, on a clock that may jump: no floods, no tick twice."""

from services.collector.ticks import Ticks

_LONGEST_LATENESS_S = 30.0


class Schedule:
    """Gives each tick once, at most `lateness_s` late; what is later is left to backfill."""

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self.lateness_s = min(ticks.interval_s / 2, _LONGEST_LATENESS_S)
        self.following: float | None = None

    def due(self, now: float) -> float | None:
        """Return the tick that is due now and was not given yet."""
        if self.following is None or self._went_back(now):
            self.following = self._first(now)
        if now < self.following:
            return None
        tick = self._first(now)
        if tick > now:
            self.following = tick
            return None
        self.following = self._ticks.after(tick)
        return tick

    def _first(self, now: float) -> float:
        """Return the tick just gone by if it may still be taken, or else the next one."""
        tick = self._ticks.at_or_before(now)
        return tick if now - tick <= self.lateness_s else self._ticks.after(now)

    def _went_back(self, now: float) -> bool:
        """Tell whether the clock was set back by more than an interval.

        After a smaller step the ticks wait until it has caught up, so that none is given twice.
        """
        return self.following is not None and self.following - now > 2 * self._ticks.interval_s
