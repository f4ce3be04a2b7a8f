"""A meter's increase, booked in place of the integral of power.

Energy comes in portions between the meter's samples. Where power is known throughout, the increase
replaces the portions' integral; a reset is recognised, a glitch refused, and an increase over a
time when power was unknown is reported and not booked.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

Book = Callable[[int, float], None]

_WHOLLY = 0.999  # a share of known time that counts as all of it
_STEP_KWH = 1.1  # the coarsest meters count whole kilowatt-hours
_LAG_S = 3600.0  # and some tell their count once an hour


@dataclass(slots=True)
class _Portion:
    slot: int
    seconds: float
    known_s: float
    kwh: float
    peak_watts: float


@dataclass(slots=True)
class MeterReport:
    """What was not simply booked: samples refused, resets seen, kWh left out over gaps."""

    glitches: int = 0
    resets: int = 0
    bridged_kwh: float = 0.0


@dataclass(slots=True)
class _Sample:
    time: float
    value: float
    portions: list[_Portion] = field(default_factory=list)  # those after this sample


class Meter:
    """Books portions of energy into slots, by a meter where it has one to say.

    Portions and samples come in order of time. A sample that can't follow the one before waits for
    its successor: if that one follows the older, the sample was a glitch; if it follows the
    sample, the meter was reset or replaced.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self.report = MeterReport()
        self._base: _Sample | None = None
        self._suspect: _Sample | None = None
        self._changed_at = 0.0

    def copy(self, book: Book) -> "Meter":
        """Return a meter in the same state that books elsewhere, to look ahead with."""
        twin = Meter(book)
        twin._base, twin._suspect = deepcopy((self._base, self._suspect))
        twin._changed_at = self._changed_at
        return twin

    def portion(self, slot: int, seconds: float, known_s: float, kwh: float, peak: float) -> None:
        """Take the energy of a stretch: `kwh` over `known_s` seconds, at most `peak` watts."""
        sample = self._suspect or self._base
        if sample is None:
            self._book(slot, kwh)
            return
        peak = max(peak, 0.0)
        last = sample.portions[-1] if sample.portions else None
        if last and last.slot == slot:
            last.seconds += seconds
            last.known_s += known_s
            last.kwh += kwh
            last.peak_watts = max(last.peak_watts, peak)
        else:
            sample.portions.append(_Portion(slot, seconds, known_s, kwh, peak))

    def sample(self, time: float, value: float) -> None:
        """Take the meter's count in kWh at an instant."""
        new = _Sample(time, value)
        if self._base is None:
            self._changed_at = time
            self._base = new
        elif self._follows(self._base, new):
            self._accept(new)
        elif self._suspect and self._follows(self._suspect, new):
            self._rebase(new)
        else:
            self._doubt(new)

    def flush(self) -> None:
        """Book what no sample decided, by the integral."""
        for sample in (self._base, self._suspect):
            for portion in sample.portions if sample else ():
                self._book(portion.slot, portion.kwh)
            if sample:
                sample.portions = []

    def _follows(self, old: _Sample, new: _Sample) -> bool:
        portions = self._after(old)
        peak = max((portion.peak_watts for portion in portions), default=0.0)
        lag_s = new.time - min(self._changed_at, old.time) + _LAG_S
        return 0 <= new.value - old.value <= _STEP_KWH + peak * lag_s / 3.6e6

    def _after(self, sample: _Sample) -> list[_Portion]:
        """Return the portions since a sample, those since a later suspect included."""
        if sample is self._base and self._suspect:
            return [*sample.portions, *self._suspect.portions]
        return sample.portions

    def _accept(self, new: _Sample) -> None:
        assert self._base is not None  # noqa: S101 - only a later sample follows
        if self._suspect:
            self.report.glitches += 1
        self._settle(self._after(self._base), new.time - self._base.time, new, self._base.value)
        self._suspect = None

    def _rebase(self, new: _Sample) -> None:
        """Begin anew; what was counted between the last sample and the reset nobody knows.

        So the integral stands for that stretch, but for no less than was counted since the reset.
        """
        base, suspect = self._base, self._suspect
        assert base is not None  # noqa: S101 - a suspect has a base
        assert suspect is not None  # noqa: S101
        self._changed_at = suspect.time
        leap = suspect.value - base.value
        integral = sum(portion.kwh for portion in base.portions)
        if leap < 0:
            self.report.resets += 1
        else:
            self.report.bridged_kwh += leap - integral
        if leap < 0 and integral < suspect.value <= _STEP_KWH:
            self._settle(base.portions, suspect.time - base.time, suspect, 0.0)
        else:
            self._integral(base.portions)
        self._settle(suspect.portions, new.time - suspect.time, new, suspect.value)
        self._suspect = None

    def _doubt(self, new: _Sample) -> None:
        if self._suspect and self._base:
            self.report.glitches += 1
            self._base.portions += self._suspect.portions
        self._suspect = new

    def _settle(
        self, portions: list[_Portion], seconds: float, new: _Sample, old_value: float
    ) -> None:
        increase = new.value - old_value
        if increase > 0:
            self._changed_at = new.time
        self._base = new
        if not portions or sum(portion.known_s for portion in portions) < _WHOLLY * seconds:
            self.report.bridged_kwh += increase - sum(portion.kwh for portion in portions)
            self._integral(portions)
            return
        integral = sum(portion.kwh for portion in portions)
        for portion in portions:
            share = portion.kwh / integral if integral > 0 else portion.seconds / seconds
            self._book(portion.slot, increase * share)

    def _integral(self, portions: list[_Portion]) -> None:
        for portion in portions:
            self._book(portion.slot, portion.kwh)
