"""Whether `daily_energy` counted energy: often it was just the power sensor again."""

from datetime import date
from typing import NamedTuple

_FEWEST = 24
_SAME = 0.5  # a share of points where it equals the power
_FALLS = 0.02
_MIDNIGHTS = 0.8
_RATIO = (0.5, 2.0)  # of its count to what the power adds up to
_LONGEST_S = 3600.0
_JUST_AFTER_S = 3600.0  # some sensors begin anew a while after midnight


class Verdict(NamedTuple):
    """Whether it is a meter, and why; `why` is "" when there was none."""

    meter: bool
    why: str


NO_METER = Verdict(meter=False, why="")


class MeterJudge:
    """Takes a file's points in order of time."""

    def __init__(self) -> None:
        self._count = self._same = self._falls = self._midnights = self._resets = 0
        self._risen_kwh = self._integral_kwh = 0.0
        self._last: tuple[float, date, float, float | None] | None = None
        self._midnight_at: float | None = None  # since when a reset is due

    def note(self, time: float, day: date, kwh: float | None, watts: float | None) -> None:
        """Take a point; a 0 says as little as None, for an unavailable sensor was written so."""
        if not kwh:
            return
        self._count += 1
        self._same += kwh == watts
        if self._last:
            self._compare(time, day, kwh, self._last)
        self._last = time, day, kwh, watts

    def verdict(self) -> Verdict:
        """Judge what was seen."""
        if not self._count:
            return NO_METER
        why = self._against()
        count = f"it counts up, {self._risen_kwh:.1f} kWh in all"
        return Verdict(meter=not why, why=why or count)

    def _compare(
        self, time: float, day: date, kwh: float, last: tuple[float, date, float, float | None]
    ) -> None:
        last_time, last_day, last_kwh, last_watts = last
        fell = kwh < last_kwh
        if day != last_day:
            self._midnights += 1
            self._midnight_at = time
        if not fell:
            self._risen_kwh += kwh - last_kwh
            seconds = time - last_time
            if last_watts and 0 < seconds <= _LONGEST_S:
                self._integral_kwh += max(last_watts, 0.0) * seconds / 3.6e6
        elif self._midnight_at is not None and time - self._midnight_at <= _JUST_AFTER_S:
            self._resets += 1
            self._midnight_at = None
        else:
            self._falls += 1

    def _against(self) -> str:
        if self._count < _FEWEST:
            return f"{self._count} values are too few to tell whether it counts"
        if self._same >= _SAME * self._count:
            return f"it is the power again in {self._same} of {self._count} points"
        if self._falls > _FALLS * self._count:
            return f"it falls within the day, {self._falls} times in {self._count} points"
        if 0 < self._resets < _MIDNIGHTS * self._midnights:
            return f"it begins anew at {self._resets} of {self._midnights} midnights only"
        low, high = (bound * self._integral_kwh for bound in _RATIO)
        if not low <= self._risen_kwh <= high or not self._risen_kwh:
            return (
                f"it counts {self._risen_kwh:.1f} kWh where the power adds up to "
                f"{self._integral_kwh:.1f} kWh"
            )
        return ""
