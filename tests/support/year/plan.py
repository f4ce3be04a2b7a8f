"""Which faults befall a house when, drawn by a seed; any part of a plan is a plan, too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from shared.times import Zone, parse_timestamp

ZONE = "Europe/Berlin"
OTHER_ZONE = "Europe/Lisbon"  # an hour behind
_BERLIN = Zone(ZONE)
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_FORTY_DAYS_S = 40 * _DAY_S


class Kind(StrEnum):
    """What goes wrong; said as in the table of docs/reliability.md."""

    RESTART = "a service restarted"
    KILL = "a service killed"
    KILL_IN_A_WRITE = "killed between two writes"
    COLLECTOR_AWAY = "collector away"
    AGGREGATOR_AWAY = "aggregator away"
    SYNCER_AWAY = "syncer away"
    POWER_CUT = "power cut of the board, its clock in 1970 afterwards"
    HOUSE_DARK = "power cut of house and board"
    QUEUE_LOST = "the broker loses what it queued"
    BROKER_AWAY = "broker away"
    DISORDER = "messages doubled and out of order"
    CLOCK = "clock jumps"
    DISK_FULL = "disk full"
    ROLLUP = "rollup run twice"
    CORRECTION = "an hour corrected by a person"
    REMOTE_AWAY = "remote away"
    REMOTE_EDITED = "remote changed by another hand"
    RESTORE = "empty board, restored from the remote"
    OTHER_ZONE = "another zone in the configuration"
    HOUSE_OFF = "Home Assistant off"
    UNREACHABLE = "Home Assistant not to be reached"
    SENSOR = "sensor unavailable"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that begins at an instant and lasts some seconds; `chance` seeds its details."""

    kind: Kind
    at: float
    seconds: float
    chance: int

    @property
    def end(self) -> float:
        """When it is over."""
        return self.at + self.seconds

    def __str__(self) -> str:
        return f"{_BERLIN.iso(self.at)} {self.kind} for {self.seconds:.0f} s ({self.chance})"


# How often in a year, and how long: most are short, some long. What another hand did at the remote
# is looked for once a day, so it lasts until then.
_SPRINKLED: Sequence[tuple[Kind, int, tuple[float, ...]]] = (
    (Kind.RESTART, 40, (2, 20)),
    (Kind.KILL, 40, (2, 20)),
    (Kind.KILL_IN_A_WRITE, 60, (2, 20)),
    (Kind.COLLECTOR_AWAY, 30, (300, _HOUR_S, 9 * _HOUR_S, 2 * _DAY_S)),
    (Kind.AGGREGATOR_AWAY, 25, (300, _HOUR_S, 9 * _HOUR_S)),
    (Kind.SYNCER_AWAY, 8, (_HOUR_S, _DAY_S)),
    (Kind.POWER_CUT, 25, (60, 600, _HOUR_S, 10 * _HOUR_S)),
    (Kind.HOUSE_DARK, 10, (60, 1200, 3 * _HOUR_S)),
    (Kind.QUEUE_LOST, 15, (600, 2 * _HOUR_S)),
    (Kind.BROKER_AWAY, 15, (30, 600, 5 * _HOUR_S)),
    (Kind.DISORDER, 20, (_HOUR_S, 12 * _HOUR_S)),
    (Kind.CLOCK, 25, (60, _HOUR_S, 6 * _HOUR_S)),
    (Kind.DISK_FULL, 15, (300, _HOUR_S, 8 * _HOUR_S)),
    (Kind.ROLLUP, 20, (1,)),
    (Kind.CORRECTION, 8, (1,)),
    (Kind.REMOTE_AWAY, 6, (_HOUR_S, 4 * _DAY_S)),
    (Kind.REMOTE_EDITED, 5, (50 * _HOUR_S,)),
    (Kind.HOUSE_OFF, 30, (90, 600, _HOUR_S, 9 * _HOUR_S)),
    (Kind.UNREACHABLE, 25, (60, _HOUR_S, 9 * _HOUR_S)),
    (Kind.SENSOR, 20, (60, 1200, 5 * _HOUR_S)),
)
# A restore brings back what the remote has: not while that is away, or was just edited.
_NOT_NEAR_A_RESTORE = frozenset(
    {Kind.REMOTE_AWAY, Kind.REMOTE_EDITED, Kind.SYNCER_AWAY, Kind.CORRECTION, Kind.DISK_FULL}
)
# One row of history tells of one of them at a time.
_IN_THE_HISTORY = frozenset({Kind.HOUSE_OFF, Kind.HOUSE_DARK, Kind.SENSOR})
_NEAR_S = 3 * _DAY_S
# A changed zone names days anew; what a person says of an hour of them is another matter.
_NOT_IN_ANOTHER_ZONE = frozenset({Kind.CORRECTION, Kind.REMOTE_EDITED, Kind.RESTORE})


def plan(seed: int, start: float, end: float, density: float = 1.0) -> list[Fault]:
    """Return the faults between two instants, in order; `density` 1 is those of a year."""
    chance = Random(f"plan {seed}")
    pieces = [one for one in _set_pieces(chance) if start + _DAY_S < one.at < end - _DAY_S]
    found = [*pieces]
    for kind, often, lengths in _SPRINKLED:
        count = often * density * (end - start) / (365 * _DAY_S)
        for _ in range(int(count) + (chance.random() < count % 1)):
            seconds = round(chance.choice(lengths) * chance.uniform(0.5, 1.5), 3)
            at = round(chance.uniform(start + _DAY_S, end - _DAY_S), 3)
            one = Fault(kind, at, seconds, chance.getrandbits(32))
            if not any(_in_the_way(one, other) for other in found):
                found.append(one)
    return sorted(found, key=lambda one: one.at)


def _in_the_way(one: Fault, piece: Fault) -> bool:
    if {one.kind, piece.kind} <= _IN_THE_HISTORY:
        return _meet(one, piece, _HOUR_S / 2)
    if piece.kind is Kind.RESTORE:
        return one.kind in _NOT_NEAR_A_RESTORE and _meet(one, piece, _NEAR_S)
    if piece.kind is Kind.OTHER_ZONE:
        return one.kind in _NOT_IN_ANOTHER_ZONE and _meet(one, piece, 12 * _DAY_S)
    return piece.seconds >= _FORTY_DAYS_S and _meet(one, piece, _DAY_S)


def _meet(one: Fault, other: Fault, near_s: float) -> bool:
    return one.at < other.end + near_s and other.at < one.end + near_s


def _set_pieces(chance: Random) -> Iterator[Fault]:
    """Yield what happens once a year, at its worst moment."""

    def at(text: str, seconds: float, kind: Kind = Kind.POWER_CUT) -> Fault:
        begin = parse_timestamp(text) + round(chance.uniform(0, _HOUR_S), 3)
        return Fault(kind, begin, seconds, chance.getrandbits(32))

    yield at("2027-03-28T00:30:00+01:00", 2 * _HOUR_S)  # an hour that does not exist
    yield at("2027-04-30T20:00:00+02:00", 9 * _HOUR_S)  # month end
    yield at("2027-06-07T03:00:00+02:00", _FORTY_DAYS_S)
    yield at("2027-08-30T12:00:00+02:00", 18 * _DAY_S, Kind.OTHER_ZONE)
    yield at("2027-10-31T01:30:00+02:00", _HOUR_S)  # an hour that comes twice
    yield at("2027-11-17T09:00:00+01:00", 1800, Kind.RESTORE)
    yield at("2027-12-31T18:00:00+01:00", 30 * _HOUR_S)  # year end
    yield at("2028-01-31T23:30:00+01:00", _HOUR_S)
