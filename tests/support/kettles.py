"""A house with kettles, which spot samples get wrong, and the energy that a monitor has of it."""

import math
import time
from collections.abc import Callable

from demo.simulator import Simulator
from services.aggregator.history import History
from services.aggregator.resolve import Resolver
from shared.reading import Reading
from shared.times import Zone
from support.one_sensor import POWER, one_sensor
from support.stack import Stack

_JOULES_PER_KILOWATT_HOUR = 3.6e6


def watts(second: int) -> float:
    """Return the load of a second: what a spot sample every ten seconds gets wrong."""
    return round(400 + 100 * math.sin(second / 7) + (2000 if second % 37 < 5 else 0), 1)


def true_kwh(since: int, until: int) -> float:
    """Return the energy of whole seconds."""
    return sum(watts(second) for second in range(since, until)) / _JOULES_PER_KILOWATT_HOUR


def kettles(
    now: int, back_s: int, ahead_s: int, clock: Callable[[], float] = time.time
) -> Simulator:
    """Return a household that changes each second, from some seconds ago until some from now."""
    simulator = one_sensor(clock)
    seconds = range(now - back_s, now + ahead_s)
    simulator.insert(POWER, [(second, str(watts(second))) for second in seconds])
    return simulator


def is_whole(stack: Stack, zone: Zone, since: float, until: float) -> bool:
    """Whether intervals speak for all of [since, until)."""
    return not History(stack.state, zone).gaps(since, until, exact=True, now=until)


def energy_kwh(stack: Stack, zone: Zone, since: float, until: float) -> float:
    """Sum the resolved segments of [since, until)."""
    kwh = 0.0

    def add(start: float, end: float, reading: Reading) -> None:
        nonlocal kwh
        interval = reading.interval
        assert interval is not None
        inside = max(0.0, min(end, until) - max(start, since))
        kwh += (interval.energy_kwh or 0.0) * inside / interval.seconds

    resolver = Resolver(add)
    for reading in History(stack.state, zone).around(since, until):
        resolver.push(reading)
    resolver.advance(until)
    return kwh
