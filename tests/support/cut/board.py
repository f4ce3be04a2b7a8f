"""A whole monitor on an ext4 of its own, whose power is cut again and again."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import mkdtemp
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
from support.cut.orders import PATIENCE_S, Order, late, orders, publish
from support.house import House
from support.mounts import mounted
from support.one_sensor import POWER
from support.wait import wait_until

ZONE = Zone("Europe/Berlin")
FIRST = date(2037, 11, 20)  # later than the kernel, which stamps the files, believes
_MOST_DAYS = 2
_HOUR_S = 3600
_HOURS = (1, 2, 22, 23)
_CHANGE_S = 600
_ENERGY_KWH = 0.01
_ROLLED_UP = ("weekly", "monthly", "yearly")
_DEADLINES_S = (1, 125, 305, 910)
_MOST_WRITES = 6  # of the disk between two cuts
_LOOK_S = 0.004
_CONFIG = {"data": {"local_collection_interval_minutes": 60, "backfill_days": 3}}


@dataclass(frozen=True, slots=True)
class Left:
    """A copy of the disk, what was on stable storage for sure, and what its clock showed."""

    image: Path
    received: frozenset[float]
    answered: int  # how many of the orders
    now: float


@contextmanager
def monitor(place: Path, clocks: Path, seed: int, now: float) -> Iterator[House]:
    """Start everything on a disk; the house takes other power every ten minutes."""
    chance = Random(seed)
    start = ZONE.day_start(FIRST) - 2 * _HOUR_S
    changes = range(int(start), int(start) + (_MOST_DAYS + 1) * 86400, _CHANGE_S)
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
    """Some days, hour by hour, while somebody else cuts the power."""

    def __init__(self, house: House, days: int) -> None:
        self._house = house
        self._days = days
        self._orders = iter(orders(ZONE, FIRST))
        self.received: set[float] = set()
        self.answered = 0
        self.over = Event()
        self.failed: Exception | None = None

    def live(self) -> None:
        """Go from hour to hour, through each midnight and its deadlines.

        Between them people and another hand at the remote have their say.
        """
        try:
            for number in range(self._days):
                start = ZONE.day_start(FIRST + timedelta(days=number))
                end = ZONE.day_end(FIRST + timedelta(days=number))
                for hour in _HOURS:  # the time between is filled from history, in one go
                    self._hour(start + hour * _HOUR_S)
                    self._order()
                publish(self._house, ZONE, late(ZONE, FIRST))
                self._midnight(end, number + 1)
        except Exception as error:  # noqa: BLE001 - for who waits for this thread
            self.failed = error
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
        self._set(time + 12)
        wait_until(lambda: time in shown(self._house), PATIENCE_S, what=f"{ZONE.iso(time)}")
        self.note()

    def _order(self) -> None:
        order = next(self._orders, None)
        if order:
            order.give(self._house)
            self.received |= {reading.time for reading in order.readings}
            self.answered += 1

    def _midnight(self, end: float, days: int) -> None:
        for after in _DEADLINES_S:
            self._set(end + after)
            if after == 1:
                wait_until(lambda: end in shown(self._house), PATIENCE_S, what="the last reading")
        wait_until(lambda: _days(self._house) == days, PATIENCE_S, what=f"{days} days")


def _days(house: House) -> int:
    """Return how many days there are of which nothing is missing."""
    points = house.stack.document("yearly").get("data_points", [])
    return sum(point["coverage"] == 1.0 for point in points)


@dataclass(frozen=True, slots=True)
class Lived:
    """What each cut left, the documents at the end, and all readings."""

    left: list[Left]
    documents: dict[str, Any]
    readings: list[Reading]
    end: float


def live(directory: Path, seed: int, cuts: int, days: int) -> Lived:
    """Live and cut: after as many writes to the disk as chance says, and again."""
    chance = Random(seed)
    image = directory / "image"
    make_image(image)
    left: list[Left] = []
    start = ZONE.day_start(FIRST) + 60
    with mounted(directory / "disk", "-o", "loop", str(image)) as place:
        with monitor(place, directory / "clocks", seed, start) as house:
            life = Life(house, days)
            living = Thread(target=life.live)
            living.start()
            due = _writes(place) + chance.randrange(_MOST_WRITES)
            while not life.over.wait(_LOOK_S):
                if len(left) < cuts and _writes(place) >= due:
                    said = (frozenset(life.received), life.answered, life.now())
                    copy = directory / f"{len(left)}"
                    cut(image, copy)
                    left.append(Left(copy, *said))
                    due = _writes(place) + chance.randrange(_MOST_WRITES)
            living.join()
            if life.failed:
                raise life.failed
            documents = {tier: house.stack.document(tier)["data_points"] for tier in _ROLLED_UP}
            end = life.now()
        core = Core(place / "monitor", minutes=60, now=end)
        readings = list(core.aggregator.history.journal.readings(0.0, end))
    return Lived(left, documents, readings, end)


def _writes(place: Path) -> int:
    """Return how often the disk below was written to."""
    device = place.stat().st_dev
    told = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text()
    return int(told.split()[4])


def _unanswered(left: Left) -> list[Order]:
    """Return what who gave it must give again."""
    return orders(ZONE, FIRST)[left.answered :]


def start_core(place: Path, left: Left, lived: Lived) -> None:
    """Start the aggregator alone; then all comes again that is not there."""
    core = Core(place / "monitor", minutes=60, now=left.now).settle()
    _check(place, left.received, core)
    core.take(*lived.readings)
    for order in _unanswered(left):
        order.give_core(core)
    core.at(lived.end).settle()
    for tier in _ROLLED_UP:
        made, lived_so = map(_made, (core.points(tier), lived.documents[tier]))
        assert made == lived_so, f"{tier}.json is another"
    core.aggregator.close()


def start_whole(place: Path, left: Left, seed: int, clocks: Path, lived: Lived) -> None:
    """Start the whole monitor when all is over: Home Assistant's history fills what is missing."""
    documents = lived.documents
    with monitor(place, clocks, seed, lived.end) as house:
        for order in _unanswered(left):
            order.give(house)
        publish(house, ZONE, late(ZONE, FIRST))

        def same() -> bool:
            found = {tier: house.stack.document(tier).get("data_points", []) for tier in documents}
            return all(_alike(found[tier], documents[tier]) for tier in documents)

        wait_until(same, PATIENCE_S, what="the documents as without the cut")
        stick = place / "monitor" / "stick" / "yearly.json"
        there = len(documents["yearly"])
        wait_until(lambda: _points(stick) == there, PATIENCE_S, what="all days at the remote")
        page = requests.get(f"{house.web.url}yearly.json", timeout=PATIENCE_S)
        assert len(page.json()["data_points"]) == there
    # Real processes know that this machine has not booted: to them a torn file is a damaged one.
    core = Core(place / "monitor", minutes=60, now=lived.end)
    _check(place, left.received, core, torn=frozenset({"daily.json"}))


def _made(points: list[Any]) -> list[Any]:
    """Return points without the time at which a person gave a correction, perhaps again."""
    return [{name: told for name, told in point.items() if name != "corrected"} for point in points]


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


def cut_again_and_again(cuts: int, whole: int, seed: int, days: int = 2) -> int:
    """Live with real processes and cut the power, until there were so many cuts; return how many.

    Every `whole`-th time the whole monitor with Home Assistant starts on what is left, else the
    aggregator alone. The disk of a start that fails is kept, and the error says where.
    """
    done = 0
    while done < cuts:
        seed += 1
        with scratch() as directory:
            lived = live(directory, seed, cuts - done, days)
            for number, one in enumerate(lived.left):
                used = shutil.copy(one.image, directory / "used")
                try:
                    with mounted(directory / f"again{number}", "-o", "loop", str(used)) as place:
                        if (done + number) % whole == 0:
                            start_whole(place, one, seed, directory / f"clocks{number}", lived)
                        else:
                            start_core(place, one, lived)
                except BaseException as error:
                    kept = shutil.copy(one.image, mkdtemp(prefix="power-cut-"))
                    error.add_note(f"seed {seed}, cut {number}; the disk as it was left: {kept}")
                    raise
                one.image.unlink()
            done += len(lived.left)
    return done
