"""A house whose every change of power is known: what flowed between any two instants."""

import math
from bisect import bisect_right

_CHANGE_S = 47  # no tick falls on a change for long
_KETTLE = 23  # one change in so many is one: what spot samples miss
MOST_KW = 3.0
_JOULES = 3.6e6  # in a kWh


class Truth:
    """The changes of power in [since, until), as (instant, W), and their integral."""

    def __init__(self, since: float, until: float) -> None:
        first = since // _CHANGE_S * _CHANGE_S
        steps = range(math.ceil((until - first) / _CHANGE_S))
        self.since = first
        self.rows = [(at, _watts(at)) for at in (first + step * _CHANGE_S for step in steps)]
        self._times = [at for at, _ in self.rows]
        self._kwh = [0.0]
        for _, power in self.rows:
            self._kwh.append(self._kwh[-1] + power * _CHANGE_S / _JOULES)

    def kwh(self, since: float, until: float) -> float:
        """Return what flowed in [since, until), all of it within the changes."""
        return self._until(until) - self._until(since)

    def _until(self, at: float) -> float:
        index = bisect_right(self._times, at) - 1
        start, power = self.rows[index]
        return self._kwh[index] + power * (at - start) / _JOULES


def _watts(at: float) -> float:
    day = 500 + 400 * math.sin(at / 86400 * 2 * math.pi) + 50 * math.sin(at / 600)
    return round(day + (2000 if at // _CHANGE_S % _KETTLE == 0 else 0), 1)
