"""Which time nobody speaks for: what the collector asks Home Assistant about."""

from shared.reading import POWER, Reading

_DUST_S = 1.0  # shorter gaps are rounding, not missing readings


class GapFinder:
    """Collects the time in [since, until) that no reading speaks for.

    An interval claims its whole stretch, its unknown part included, and so does a reading that a
    person dropped. Any other held value counts as spoken for unless `exact`, which asks for all
    time that could still become an interval.
    """

    def __init__(self, since: float, until: float, *, exact: bool) -> None:
        self._until = until
        self._exact = exact
        self._reached = since
        self._gaps: list[tuple[float, float]] = []

    def piece(self, start: float, end: float, reading: Reading) -> None:
        """Take a resolved stretch, in order of time."""
        kept = bool(reading.interval) or not reading.values
        if not kept and (self._exact or reading.values.get(POWER) is None):
            return
        self.claim(start, end)

    def claim(self, start: float, end: float) -> None:
        """Take time that is spoken for, in order of start."""
        self._gap_until(min(start, self._until))
        self._reached = max(self._reached, end)

    def gaps(self) -> list[tuple[float, float]]:
        """Return the gaps found, oldest first."""
        self._gap_until(self._until)
        return self._gaps

    def _gap_until(self, end: float) -> None:
        if end - self._reached >= _DUST_S:
            self._gaps.append((self._reached, end))
        self._reached = max(self._reached, end)
