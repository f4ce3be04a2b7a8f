"""Loads of a day, as the changes that a Home Assistant sees; and their energy, worked out apart."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import itemgetter
from random import Random

from support.collector import START

from demo.recorded import recorded_rows

DAY_S = 86400
SEED = 20261122
_JOULES = 3.6e6  # of a kilowatt-hour
_UNKNOWN = "unavailable"
_METER_START_KWH, _METER_STEP_S = 8123.4, 30
_RESET_S = 13 * 3600 + 440  # of the day
_LOW = 0.97  # what a current clamp shows of the truth

Change = tuple[float, float | str]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Load:
    """A day from START on: what the power sensor says, and what comes with it.

    `off` are spans in which Home Assistant itself is off. `meter` are changes of an energy meter,
    `kwh` what flowed where that is not the integral of the power sensor. `why` tells what befell
    it, and what errors that explains.
    """

    name: str
    power: Sequence[Change]
    why: str
    off: Sequence[Span] = ()
    meter: Sequence[Change] = ()
    kwh: float | None = None

    def energy_kwh(self, sign: int = 1) -> float:
        """Return the integral of every change in one direction, over the time that is known."""
        return _energy_kwh(self.power, sign, self.off) if self.kwh is None else self.kwh

    def held_kwh(self, seconds: float) -> float:
        """Return what the values before the `off` spans add to them in so many seconds at most."""
        watts = ((max(_value_at(self.power, at), 0.0), to - at) for at, to in self.off)
        return sum(value * min(length, seconds) for value, length in watts) / _JOULES

    def spots_kwh(self, seconds: int, sign: int = 1) -> float:
        """Return a sample each interval, times the interval: what is unknown is taken for 0."""
        ticks = [START + at for at in range(seconds, DAY_S + 1, seconds)]
        asked = [at for at in ticks if not any(start <= at < end for start, end in self.off)]
        return sum(max(sign * _value_at(self.power, at), 0.0) for at in asked) * seconds / _JOULES


def loads() -> list[Load]:
    """Return all of them."""
    kettles = list(_kettles())
    house = _recorded("2007-02-01")
    first, second = (START + 36130, START + 39130), (START + 68405, START + 68860)
    return [
        Load("a recorded house, 2007-02-01", house, ""),
        Load("a recorded house, 2007-02-02", _recorded("2007-02-02"), ""),
        Load("kettles, a washing machine, a fridge", kettles, ""),
        Load("an inverter behind clouds", list(_inverter()), ""),
        Load("a battery that keeps the meter at zero", list(_battery()), ""),
        Load(
            "an import meter that is reset; the power sensor shows 3 % too little",
            [(at, watts * _LOW) for at, watts in kettles],
            "the meter counts what the sensor misses, but what it counted between the last reading "
            "and its reset is lost: the power sensor speaks for that one interval, with its 3 %. "
            "Home Assistant's history has each count of the meter and could tell more; but a "
            "reading carries the count at its own instant, so that each reset would need a reading "
            "between the ticks, for a few hundredths of a per cent of its day.",
            meter=list(_meter(kettles)),
            kwh=_energy_kwh(kettles, 1, ()),
        ),
        Load(
            "the recorded house, its sensor unavailable for 50 and 8 minutes",
            [*_masked(house, (first, second))],
            "the truth counts the time that is known; history tells when the sensor went and came.",
        ),
        Load(
            "the recorded house, Home Assistant off for 50 minutes",
            house,
            "nobody recorded these 50 minutes, and the truth leaves them out. The last row before "
            "them stays in force in the history, and is believed for the heartbeat at most (2.5 "
            "intervals; 25 minutes at ten). So a short restart costs nothing, and a long outage is "
            "not filled with what was before it; at 30 minutes this one is shorter than that.",
            off=[(START + 36130, START + 39130)],
        ),
    ]


def _recorded(day: str) -> list[Change]:
    rows = recorded_rows(day)
    return [(START - DAY_S, rows[0].watts), *((START + row.seconds, row.watts) for row in rows)]


def _kettles() -> Iterator[tuple[float, float]]:
    """A fridge that comes and goes, kettles of two to four minutes, a washing machine's heater."""
    chance = Random(SEED)
    steps = [(START - 3600.0, 140.0)]
    steps += [(START - 3600.0 + 1500 * n, 90.0 if n % 2 else -90.0) for n in range(1, 62)]
    runs = [(chance.uniform(22000, 82000), chance.uniform(120, 240), 2100.0) for _ in range(12)]
    runs += [(30123.4, 1080.0, 2000.0), (33000.0, 900.0, 2000.0)]
    for begin, seconds, watts in runs:
        steps += [(START + begin, watts), (START + begin + seconds, -watts)]
    steps.sort()
    totals = accumulate(watts for _, watts in steps)
    for (at, _), total in zip(steps, totals, strict=True):
        yield round(at, 3), round(total, 1)


def _inverter() -> Iterator[Change]:
    """What a house takes or gives while clouds pass: another value every seven seconds."""
    chance = Random(SEED)
    cloud = 1.0
    for second in range(-3600, DAY_S + 3600, 7):
        cloud = min(1.0, max(0.15, cloud + chance.uniform(-0.12, 0.12)))
        sun = max(0.0, math.sin((second - 21600) / 43200 * math.pi)) if second >= 0 else 0.0
        house = 350 + 250 * math.sin(second / 3000) + chance.choice((0, 0, 0, 1800))
        yield START + second, round(house - 5200 * sun * cloud, 1)


def _battery() -> Iterator[Change]:
    """A control that is always a little late: power swings around zero every few seconds."""
    chance = Random(SEED)
    at, sign = -3600.0, 1
    while at < DAY_S + 3600:
        yield round(START + at, 2), round(sign * chance.uniform(5, 180), 1)
        at, sign = at + chance.uniform(3, 21), -sign


def _meter(power: Sequence[tuple[float, float]]) -> Iterator[Change]:
    """A meter in steps of a watt-hour, which begins at 0 again in the afternoon."""
    seconds = range(-3600, DAY_S + 3600, _METER_STEP_S)
    begins = [START + second for second in seconds]
    portions = (_energy_kwh(power, 1, (), begin, end) for begin, end in pairwise(begins))
    lost = 0.0
    counts = accumulate(portions, initial=_METER_START_KWH)
    for begin, count in zip(begins, counts, strict=True):
        if not lost and begin >= START + _RESET_S:
            lost = count
        yield begin, f"{count - lost:.3f}"


def _masked(changes: Sequence[Change], spans: Iterable[Span]) -> list[Change]:
    masked = list(changes)
    for start, end in spans:
        back = _value_at(masked, end)
        masked = [one for one in masked if not start <= one[0] <= end]
        masked += [(start, _UNKNOWN), (end, back)]
    return sorted(masked, key=lambda one: one[0])


def _value_at(changes: Sequence[Change], at: float) -> float:
    index = bisect_right(changes, at, key=itemgetter(0))
    value = changes[index - 1][1] if index else 0.0
    return 0.0 if isinstance(value, str) else value


def _energy_kwh(
    changes: Sequence[Change],
    sign: int,
    off: Iterable[Span],
    begin: float = START,
    end: float = START + DAY_S,
) -> float:
    joules = []
    last = (end, 0.0)
    for (since, watts), (until, _) in pairwise([*changes, last]):
        if isinstance(watts, str):
            continue
        start, stop = max(since, begin), min(until, end)
        seconds = max(0.0, stop - start)
        seconds -= sum(max(0.0, min(stop, to) - max(start, at)) for at, to in off)
        joules.append(max(sign * watts, 0.0) * max(seconds, 0.0))
    return math.fsum(joules) / _JOULES
