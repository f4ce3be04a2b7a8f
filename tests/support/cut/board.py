"""A whole monitor on an ext4 of its own, whose power is cut again and again."""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import requests

from shared.reading import Reading
from shared.times import Zone, parse_timestamp
from support.aggregation import TIERS, scratch
from support.aggregation import House as Core
from support.asyncapi import mistakes
from support.broker import Broker
from support.cut.image import cut, make_image
from support.house import House
from support.mounts import mounted
from support.one_sensor import POWER
from support.wait import wait_until

ZONE = Zone("Europe/Berlin")
FIRST = date(2037, 11, 20)  # later than the kernel, which stamps the files, believes
DAYS = 2
_HOUR_S = 3600
_HOURS = (1, 2, 22, 23)
_CHANGE_S = 600
_PATIENCE_S = 180
_ENERGY_KWH = 0.01
_ROLLED_UP = ("weekly", "monthly", "yearly")
_DEADLINES_S = (1, 125, 305, 910)
_CONFIG = {"data": {"local_collection_interval_minutes": 60, "backfill_days": 3}}


@dataclass(frozen=True, slots=True)
class Left:
    """A copy of the disk, what was on stable storage for sure, and what its clock showed."""

    image: Path
    received: frozenset[float]
    now: float


@contextmanager
def monitor(place: Path, clocks: Path, seed: int, now: float) -> Iterator[House]:
    """Start everything on a disk; the house takes other power every ten minutes."""
    chance = Random(seed)
    start = ZONE.day_start(FIRST) - 2 * _HOUR_S
    changes = range(int(start), int(start) + (DAYS + 1) * 86400, _CHANGE_S)
    clocks.mkdir(exist_ok=True)
    directory = place / "monitor"
    directory.mkdir(exist_ok=True)
    (directory / "stick").mkdir(exist_ok=True)
    with ExitStack() as parts:
        broker = Broker(directory / "broker", "board")
        broker.start()
        parts.callback(broker.stop)
        remote = {"path": str(directory / "stick")}
        house = House(directory, broker, now, remote=remote, **_CONFIG)
        assert house.clock
        moved = type(house.clock)(clocks, now)  # not on the disk that loses its power
        house.clock = moved
        house.home_assistant.clock = moved.now
        house.home_assistant.insert(POWER, [(at, chance.randrange(50, 3000)) for at in changes])
        parts.enter_context(house)
        house.start("aggregator", "collector", "syncer")
        yield house


def shown(house: House) -> set[float]:
    """Return the readings that daily.json shows: they were in the journal before."""
    points = house.stack.document("daily").get("data_points", [])
    return {parse_timestamp(point["timestamp"]) for point in points}


class Life:
    """Two days, hour by hour, while somebody else cuts the power."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.received: set[float] = set()
        self.busy = Event()
        self.over = Event()

    def live(self) -> None:
        """Go from hour to hour, through each midnight and its deadlines."""
        try:
            for number in range(DAYS):
                start = ZONE.day_start(FIRST + timedelta(days=number))
                end = ZONE.day_end(FIRST + timedelta(days=number))
                for hour in _HOURS:  # the time between is filled from history, in one go
                    self._hour(start + hour * _HOUR_S)
                self._midnight(end, number + 1)
        finally:
            self.over.set()

    def note(self) -> None:
        """Remember what is on stable storage by now."""
        self.received |= shown(self._house)

    def now(self) -> float:
        """Return what the clock of the monitor shows."""
        assert self._house.clock
        return self._house.clock.now()

    def _set(self, now: float) -> None:
        assert self._house.clock
        self._house.clock.set(now)

    def _hour(self, time: float) -> None:
        self.busy.clear()
        self._set(time + 12)
        wait_until(lambda: time in shown(self._house), _PATIENCE_S, what=f"{ZONE.iso(time)}")
        self.note()

    def _midnight(self, end: float, days: int) -> None:
        self.busy.set()
        for after in _DEADLINES_S:
            self._set(end + after)
            if after == 1:
                wait_until(lambda: end in shown(self._house), _PATIENCE_S, what="the last reading")
        wait_until(lambda: _days(self._house) == days, _PATIENCE_S, what=f"{days} days")


def _days(house: House) -> int:
    """Return how many days there are of which nothing is missing."""
    points = house.stack.document("yearly").get("data_points", [])
    return sum(point["coverage"] == 1.0 for point in points)


def live(directory: Path, seed: int, cuts: int) -> tuple[list[Left], dict[str, Any], list[Reading]]:
    """Live and cut; return what each cut left, the documents at the end, and all readings."""
    chance = Random(seed)
    image = directory / "image"
    make_image(image)
    left: list[Left] = []
    start = ZONE.day_start(FIRST) + 60
    with mounted(directory / "disk", "-o", "loop", str(image)) as place:
        with monitor(place, directory / "clocks", seed, start) as house:
            life = Life(house)
            living = Thread(target=life.live)
            living.start()
            while not life.over.wait(chance.random() * (0.02 if life.busy.is_set() else 0.2)):
                if len(left) < cuts:
                    received, copy = frozenset(life.received), directory / f"{len(left)}"
                    now = life.now()
                    cut(image, copy)
                    left.append(Left(copy, received, now))
            living.join()
            documents = {tier: house.stack.document(tier)["data_points"] for tier in _ROLLED_UP}
            end = life.now()
        core = Core(place / "monitor", minutes=60, now=end)
        readings = list(core.aggregator.history.journal.readings(0.0, end))
    return left, documents, readings


def start_core(place: Path, left: Left, documents: dict[str, Any], readings: list[Reading]) -> None:
    """Start the aggregator alone; then all comes again that is not there."""
    core = Core(place / "monitor", minutes=60, now=left.now).settle()
    _check(place, left.received, core)
    core.take(*readings)
    core.at(ZONE.day_end(FIRST + timedelta(days=DAYS - 1)) + 1000).settle()
    for tier in _ROLLED_UP:
        assert core.points(tier) == documents[tier], f"{tier}.json is another"
    core.aggregator.close()


def start_whole(place: Path, left: Left, seed: int, clocks: Path, documents: Any) -> None:
    """Start the whole monitor when all is over: Home Assistant's history fills what is missing."""
    now = ZONE.day_end(FIRST + timedelta(days=DAYS - 1)) + 1000
    with monitor(place, clocks, seed, now) as house:

        def same() -> bool:
            found = {tier: house.stack.document(tier).get("data_points", []) for tier in documents}
            return all(_alike(found[tier], documents[tier]) for tier in documents)

        wait_until(same, _PATIENCE_S, what="the documents as without the cut")
        stick = place / "monitor" / "stick" / "yearly.json"
        there = len(documents["yearly"])
        wait_until(lambda: _points(stick) == there, _PATIENCE_S, what="all days at the remote")
        page = requests.get(f"{house.web.url}yearly.json", timeout=_PATIENCE_S)
        assert len(page.json()["data_points"]) == there
    # Real processes know that this machine has not booted: to them a torn file is a damaged one.
    core = Core(place / "monitor", minutes=60, now=now)
    _check(place, left.received, core, torn=frozenset({"daily.json"}))


def _points(file: Path) -> int:
    return len(json.loads(file.read_bytes())["data_points"]) if file.exists() else 0


def _alike(found: list[Any], expected: list[Any]) -> bool:
    """Compare energy and coverage: history is cut into other readings than it was."""
    return len(found) == len(expected) and all(
        one["timestamp"] == other["timestamp"]
        and abs(one["energy_kwh"] - other["energy_kwh"]) <= _ENERGY_KWH
        and one["coverage"] == other["coverage"]
        for one, other in zip(found, expected, strict=True)
    )


def _check(
    place: Path, received: Iterable[float], core: Core, torn: frozenset[str] = frozenset()
) -> None:
    there = [one.time for one in core.aggregator.history.journal.readings(0.0, 1e11)]
    assert set(received) <= set(there), "a reading that was received is not there"
    assert len(there) == len(set(there)), "a reading is there twice"
    for tier in TIERS:
        schema = "schema/daily.json" if tier == "daily" else "schema/buckets.json"
        assert mistakes(schema, core.document(tier)) == [], f"{tier}.json is not valid"
    aside = {path.name.partition(".corrupt-")[0] for path in place.rglob("*.corrupt-*")}
    assert aside <= torn, f"set aside: {aside}"


def cut_again_and_again(cuts: int, whole: int) -> int:
    """Live with real processes and cut the power, until there were so many cuts; return how many.

    Every `whole`-th time the whole monitor with Home Assistant starts on what is left, else the
    aggregator alone.
    """
    done = seed = 0
    while done < cuts:
        seed += 1
        with scratch() as directory:
            left, documents, readings = live(directory, seed, cuts - done)
            for number, one in enumerate(left):
                again = directory / f"again{number}"
                with mounted(again, "-o", "loop", str(one.image)) as place:
                    if (done + number) % whole == 0:
                        start_whole(place, one, seed, directory / f"clocks{number}", documents)
                    else:
                        start_core(place, one, documents, readings)
                one.image.unlink()
            done += len(left)
    return done
