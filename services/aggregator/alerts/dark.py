"""Whether the house was without power while the machine was off with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.aggregator.resolve import Resolver
from shared.reading import Reading

SETTLE_S = 600.0  # after its start the collector fills what Home Assistant can tell,
_NOT_FILLED_S = 86400.0  # which may take its time: Home Assistant may be away for long,
_NO_COLLECTOR_S = 3600.0  # and where no collector speaks nobody fills anything
AT_BOOT_S = 1800.0  # services that start later were not started by the machine's start
_MOST_TIMES = 100
_MOST_KNOWN = 0.5  # a house of which more is known had power

Span = tuple[float, float]


@dataclass(slots=True)
class _Known:
    seconds: float = 0.0


def machine_was_off(last: float | None, started: float, heartbeat: float) -> Span | None:
    """Return from the last reading to the start of the machine, if too long to be a restart.

    A machine that started before the last reading was never off, whatever its services did.
    """
    if last is None or started - last <= heartbeat:
        return None
    return last, started


def with_another(times: Sequence[Span], off: Span | None) -> list[Span]:
    """Return the times in which the machine was off; without a reading between them two are one."""
    if off is None:
        return list(times)
    return [*(one for one in times if one[0] < off[0]), off][-_MOST_TIMES:]


def is_settled(age_s: float, *, filled: bool | None) -> bool:
    """Say whether all that can still be told of that time has been told.

    `age_s` is for how long somebody could tell it, `filled` whether the collector has filled what
    it can, None where it never spoke.
    """
    if filled:
        return age_s >= SETTLE_S
    return age_s >= (_NO_COLLECTOR_S if filled is None else _NOT_FILLED_S)


def house_was_dark(
    readings: Iterable[Reading], since: float, until: float, heartbeat: float
) -> bool:
    """Say whether little is known of that time; `readings` come in order of start.

    Not of its first heartbeat: Home Assistant lets a last value stand, and so does a spot reading.
    """
    begin = since + heartbeat
    known = _Known()

    def add(start: float, end: float, reading: Reading) -> None:
        inside = max(0.0, min(end, until) - max(start, begin))
        share = reading.interval.coverage if reading.interval else float(bool(reading.values))
        known.seconds += inside * share

    resolver = Resolver(add)
    for reading in readings:
        if reading.start < until:
            resolver.push(reading)
    resolver.advance(until)
    return known.seconds < (until - begin) * _MOST_KNOWN
