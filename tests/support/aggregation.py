"""An aggregator on a directory of its own, with clocks that the test turns."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services.aggregator.aggregator import Aggregator
from services.aggregator.commands import Commands
from shared.config import parse
from shared.messages import FileUpdated, Request, as_stored
from shared.reading import Reading, decode_reading
from shared.times import Zone

TIERS = ("daily", "weekly", "monthly", "yearly")
QUIET_S = 61.0  # longer than any pause the aggregator makes
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory where fsync costs nothing


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a directory that ends with the block; hypothesis needs one an example."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


class House:
    """One aggregator and all it says; `now` is the wall clock, `tick` the monotonic one."""

    def __init__(
        self,
        directory: Path,
        *,
        zone: str = "Europe/Berlin",
        minutes: float = 10,
        now: float = 0.0,
        volatile: Path | None = None,
        entities: Iterable[str] = ("power",),
        archive: bool = False,
        tariff: Mapping[str, Any] | None = None,
    ) -> None:
        self.zone = Zone(zone)
        self.data = directory / "data"
        self.state = directory / "state"
        self.now = now
        self.tick = 0.0
        self.announced: list[FileUpdated] = []
        self.complaints: list[str] = []
        paths = {"data_dir": str(self.data), "state_dir": str(self.state)}
        if volatile:
            paths["volatile_dir"] = str(volatile)
        self.config = parse(
            {
                "home_assistant": {
                    "url": "http://127.0.0.1",
                    "token": "made-up-token",
                    "entities": {name: f"sensor.{name}" for name in entities},
                },
                "data": {"local_collection_interval_minutes": minutes},
                "paths": paths,
                "timezone": zone,
                "tariff": tariff,
                "remote": {"path": str(directory / "stick"), "archive": archive},
            },
            {},
        )
        self.boot()

    def boot(self) -> None:
        """Start as a process does: nothing is remembered but what is on disk."""
        self.aggregator = Aggregator(
            self.config, self.announced.append, self.complaints.append, self.complaints.append
        )
        self.aggregator.load()
        self.commands = Commands(
            self.aggregator, frozenset(), 10.0, lambda: (self.now, self.tick)
        ).table()

    def restart(self) -> None:
        """End and start again."""
        self.aggregator.close()
        self.boot()

    def at(self, now: float) -> "House":
        """Turn the wall clock."""
        self.tick += max(0.0, now - self.now)
        self.now = now
        return self

    def take(self, *readings: Reading, reason: str = "reading") -> int:
        """Hand readings over; return how many came too late."""
        return self.aggregator.take(readings, now=self.now, tick=self.tick, reason=reason)

    def step(self) -> float:
        """Do what is due now."""
        return self.aggregator.step(now=self.now, tick=self.tick)

    def settle(self) -> "House":
        """Do what is due until nothing is: pauses pass, the wall clock stands."""
        for _ in range(3):
            self.step()
            self.tick += QUIET_S
        return self

    def ask(self, command: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Send a request."""
        return self.commands[command](Request(command, arguments))

    def path(self, tier: str) -> Path:
        """Return where a tier's file is."""
        return self.data / f"{tier}.json"

    def document(self, tier: str) -> dict[str, Any]:
        """Return a tier's document as any reader sees it."""
        document: dict[str, Any] = json.loads(self.path(tier).read_bytes())
        return document

    def points(self, tier: str) -> list[dict[str, Any]]:
        """Return a tier's points."""
        points: list[dict[str, Any]] = self.document(tier)["data_points"]
        return points

    def point(self, tier: str, start: str) -> dict[str, Any]:
        """Return the one point whose timestamp begins with `start`."""
        [found] = [point for point in self.points(tier) if point["timestamp"].startswith(start)]
        return found

    def documents(self) -> dict[str, str]:
        """Return all four documents as text, without what says when they changed."""
        return {tier: without_last_update(self.document(tier)) for tier in TIERS}

    def files(self) -> dict[str, tuple[int, int, bytes]]:
        """Return each file's inode, time of change and bytes: what no idle run may touch."""
        found = {}
        for tier in TIERS:
            stat = self.path(tier).stat()
            found[tier] = stat.st_ino, stat.st_mtime_ns, self.path(tier).read_bytes()
        return found

    def midnight(self, day: str) -> float:
        """Return when a local day begins."""
        return self.zone.day_start(date.fromisoformat(day))

    def journal(self, day: str) -> Path:
        """Return the plain file of a day's readings."""
        return self.state / "journal" / f"{day}.jsonl"


def without_last_update(document: dict[str, Any]) -> str:
    """Return a document as text but for `last_update`, keys in the order of the file."""
    return json.dumps({key: value for key, value in document.items() if key != "last_update"})


def spot(time: float, power: float | None, heartbeat: float = 1500, **others: float) -> Reading:
    """Return a reading of the values at one instant."""
    return Reading(time, {"power": power, **others}, dict.fromkeys(others, ""), None, heartbeat)


def span(
    zone: Zone, time: float, seconds: float, power: float | None, *, coverage: float = 1.0
) -> Reading:
    """Return a reading with an interval of constant power, as it comes over the wire."""
    stats = None if power is None else {"mean": power, "min": power, "max": power}
    raw = {
        "timestamp": zone.iso(time),
        "power": power,
        "interval": {"seconds": seconds, "coverage": coverage, "power": stats},
    }
    return as_stored(decode_reading(raw, frozenset(), 0.0))


def spans(zone: Zone, start: float, end: float, power: float, seconds: int = 600) -> list[Reading]:
    """Return readings with intervals that cover [start, end) without a gap."""
    times = range(int(start) + seconds, int(end) + 1, seconds)
    return [span(zone, time, seconds, power) for time in times]


def whole_day(house: House, day: date) -> list[Reading]:
    """Return readings of 500 W that cover a day."""
    return spans(house.zone, house.zone.day_start(day), house.zone.day_end(day), 500)


def filled(directory: Path, zone: str, first: str, days: int, seconds: int = 3600) -> House:
    """Return a house whose readings cover whole days, looked at after the last one."""
    house = House(directory, zone=zone)
    start = house.midnight(first)
    end = house.zone.day_end(date.fromisoformat(first) + timedelta(days=days - 1))
    house.at(end + 3600).take(*spans(house.zone, start, end, 600, seconds))
    return house.settle()
