"""A house's life in small steps, dense with all that changes its files, each repeatable.

`python -m support.cut.life DIRECTORY SEED` lives it and says after each step that it is done: what
a step received has been acknowledged then.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from shared.errors import Retryable
from shared.messages import reading_object
from shared.reading import Reading
from shared.times import Zone
from support.aggregation import House, span, spot

ZONE = "Europe/Berlin"
DAYS = 3  # of readings as they come
DONE = b"done %d\n"
_HOUR_S = 3600
_TRIES = 60
_MOST_OTHERWISE = 5
_IMPORTED_DAYS = 12
_FIRST = date(2037, 10, 24)  # no file is older than that; the second day has 25 hours
_AFTER_MIDNIGHT_S = (31, 125, 305, 910)  # rotation and the three deadlines
_HEARTBEAT_S = 9000


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens at `now`; done twice it is as if done once.

    `whole` says that all documents must be right after it.
    """

    name: str
    now: float
    do: Callable[[House], object]
    readings: Sequence[Reading] = ()
    whole: bool = False


def house(directory: Path, booted: float = 0.0) -> House:
    """Return the house that lives it, as at its first start or on a board that has just booted."""
    return House(directory, zone=ZONE, minutes=60, now=booted)


def live(house: House, step: Step) -> None:
    """Let a step happen."""
    house.at(step.now)
    step.do(house)
    house.settle()


def steps(seed: int) -> list[Step]:
    """Return a life: hourly readings, midnights, and between them whatever may come."""
    chance = Random(seed)
    plan = _Plan(chance)
    plan.import_past()
    for number in range(DAYS):
        day = _FIRST + timedelta(days=number)
        plan.day(day)
        plan.midnight(day)
        for event in chance.sample(plan.events, 3):
            event(day)
    plan.weeks_later()
    return plan.steps


class _Plan:
    """Steps in order of time."""

    def __init__(self, chance: Random) -> None:
        self.steps: list[Step] = []
        self.events = [self.late, self.correct, self.merge, self.buckets, self.ahead, self.rebuild]
        self._chance = chance
        self._zone = Zone(ZONE)
        self._now = self._zone.day_start(_FIRST)

    def import_past(self) -> None:
        """Bring in days before the first, some of them older than the journal keeps."""
        end = self._zone.day_start(_FIRST)
        start = end - _IMPORTED_DAYS * 86400
        readings = [self._reading(start + _HOUR_S * hour) for hour in range(1, 24 * _IMPORTED_DAYS)]
        self._add("boot", lambda house: house.settle())
        for first in range(0, len(readings), 96):
            part = readings[first : first + 96]
            raw = [reading_object(one, self._zone.iso(one.time)) for one in part]
            self._add("import", partial(_ask, "import", {"readings": raw}), part)
        self._add("roll up", partial(_ask, "rollup", {}), whole=True)

    def day(self, day: date) -> None:
        """Let a reading come every hour, now and then two at once."""
        start, end = self._zone.day_start(day), self._zone.day_end(day)
        for hour in range(1, round((end - start) / _HOUR_S) + 1):
            time = start + hour * _HOUR_S
            if time < end:
                self._take("reading", time + 20, [self._reading(time)])

    def midnight(self, day: date) -> None:
        """Turn the day, then pass each deadline; the last reading of the day comes between."""
        end = self._zone.day_end(day)
        self._take("last reading", end + 20, [self._reading(end)])
        for after in _AFTER_MIDNIGHT_S:
            last = after == _AFTER_MIDNIGHT_S[-1]
            self._at(end + after, f"{after} s after midnight", _wait, whole=last)

    def late(self, day: date) -> None:
        """Readings of finished, compressed days come: more than one sector of them."""
        start = self._zone.day_start(day) - 86400
        readings = [
            spot(start + 600 * self._chance.randrange(400), self._watts(), _HEARTBEAT_S)
            for _ in range(12)
        ]
        self._add("late readings", lambda house: house.take(*readings), readings, whole=True)

    def correct(self, day: date) -> None:
        """A person drops or sets some hours of the day."""
        start = self._zone.day_start(day) + self._chance.randrange(20) * _HOUR_S
        said: dict[str, Any] = {"from": self._zone.iso(start), "to": self._zone.iso(start + 9000)}
        said |= self._chance.choice(({"drop": True}, {"set": {"power": 1}}))
        self._add("correct", partial(_ask, "correct", said), whole=True)

    def merge(self, _day: date) -> None:
        """Another copy of the daily buckets brings days nobody here knew."""
        document = {"schema": 1, "tier": "yearly", "timezone": ZONE, "last_update": None}
        document |= {"units": {"power": "W"}, "data_points": self._buckets(_FIRST, 60, 20)}
        said = {"tier": "yearly", "document": document, "reason": "restore"}
        self._add("merge", partial(_ask, "merge", said), whole=True)

    def buckets(self, _day: date) -> None:
        """Days of two years are imported at once."""
        said = {"buckets": self._buckets(_FIRST, 310, 12)}
        self._add("import days", partial(_ask, "import", said), whole=True)

    def ahead(self, _day: date) -> None:
        """A reading comes that is later than the clock, and its time follows."""
        reading = self._reading(self._now + 4 * _HOUR_S)
        self._add("ahead", lambda house: house.take(reading), [reading])
        self._at(self._now + 3 * _HOUR_S, "its time", _wait)

    def rebuild(self, _day: date) -> None:
        """A person has everything made anew."""
        self._add("rebuild", partial(_ask, "rebuild", {}), whole=True)

    def weeks_later(self) -> None:
        """Be off for two weeks: what is old goes, in two goes."""
        for days in (14, 16):
            day = _FIRST + timedelta(days=days)
            time = self._zone.day_start(day) + 12 * _HOUR_S
            self._take("reading after weeks", time, [self._reading(time)])
            self._at(time + 7200, "what is old goes", _wait, whole=True)

    def _take(self, name: str, now: float, readings: list[Reading]) -> None:
        now = max(now, self._now)
        step = Step(name, now, lambda house: house.take(*readings), readings)
        self._put(step)

    def _at(self, now: float, name: str, do: Any, *, whole: bool = False) -> None:
        self._put(Step(name, max(now, self._now), do, whole=whole))

    def _add(
        self, name: str, do: Any, readings: Sequence[Reading] = (), *, whole: bool = False
    ) -> None:
        self._put(Step(name, self._now + 5, do, readings, whole))

    def _put(self, step: Step) -> None:
        self._now = step.now
        self.steps.append(step)

    def _reading(self, time: float) -> Reading:
        return span(self._zone, time, _HOUR_S, self._watts())

    def _watts(self) -> float:
        return float(self._chance.randrange(50, 3000))

    def _buckets(self, before: date, days: int, count: int) -> list[dict[str, Any]]:
        """Return daily buckets, the last of them some days before."""
        found = []
        for number in range(count):
            start = self._zone.day_start(before - timedelta(days=days - number))
            watts = self._watts()
            stats = {"mean": watts, "min": watts, "max": watts}
            energy = {"energy_kwh": watts * 0.024, "export_kwh": 0.0, "samples": 24}
            found.append(
                {"timestamp": self._zone.iso(start), "power": stats, **energy, "coverage": 0.9}
            )
        return found


def _wait(_house: House) -> None:
    """Let only time pass."""


def _ask(command: str, arguments: dict[str, Any], house: House) -> None:
    house.ask(command, **arguments)


def main(directory: str, seed: str) -> None:
    """Live a life; who traces the calls sees which steps are done.

    What the disk refuses is tried again, as it is in a real life: a command by who gave it, what it
    left to do by the aggregator itself. Says how often that was.
    """
    one, refused = house(Path(directory)), 0
    marks = os.open(os.devnull, os.O_WRONLY)
    for number, step in enumerate(steps(int(seed))):
        one.at(step.now)
        refused += _insist(partial(step.do, one)) + _insist(one.settle)
        os.write(marks, DONE % number)
    print(refused)


def _insist(do: Callable[[], object]) -> int:
    """Try until the disk takes it; return how often it refused."""
    chance = Random(_TRIES)
    for refused in range(_TRIES):
        try:
            do()
        except Retryable:
            _use_the_disk_otherwise(chance)
        else:
            return refused
    raise SystemExit(f"{do} never succeeds")


def _use_the_disk_otherwise(chance: Random) -> None:
    """Let each try meet other refusals: who counts calls would else refuse the same for ever."""
    with TemporaryDirectory(dir="/dev/shm") as directory:
        file = Path(directory) / "file"
        with file.open("wb") as opened:
            for _ in range(chance.randrange(_MOST_OTHERWISE)):
                for call in (os.fsync, os.fdatasync):
                    with suppress(OSError):
                        call(opened.fileno())
                with suppress(OSError):
                    file.rename(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
