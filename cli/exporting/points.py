"""What there is to take out: a file's points, the book's days, the journal's readings."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cli.importing.elements import Elements
from cli.scratch import scratch
from services.aggregator.cost import Costs
from services.aggregator.history import History
from shared.book_file import decode_year
from shared.bucket import encode_bucket
from shared.config import Config
from shared.errors import BadInput, Refused
from shared.messages import reading_object
from shared.reading import POWER
from shared.times import Zone, parse_timestamp
from shared.topics import TIERS

READINGS, DAYS = "readings", "days"
KINDS = (*TIERS, READINGS, DAYS)
_CHUNK_BYTES = 1 << 16
_YEARS = "[0-9][0-9][0-9][0-9].json"

Point = dict[str, Any]
Points = Callable[[], Iterator[Point]]  # begins anew each time


@dataclass(frozen=True, slots=True)
class Range:
    """The time asked for: since <= timestamp < until."""

    since: float
    until: float

    def holds(self, point: Point) -> bool:
        """Say whether a point begins in it."""
        return self.since <= parse_timestamp(point["timestamp"]) < self.until


def open_points(kind: str, config: Config, wanted: Range) -> AbstractContextManager[Points]:
    """Give the points of a kind in a range, oldest first; raises Refused when unreadable."""
    if kind == READINGS:
        return _readings(config, wanted)
    if kind == DAYS:
        return _plain(lambda: _days(config, wanted))
    return _plain(lambda: _of_file(config.paths.data_dir / f"{kind}.json", wanted))


@contextmanager
def _plain(points: Points) -> Iterator[Points]:
    yield points


@contextmanager
def _readings(config: Config, wanted: Range) -> Iterator[Points]:
    """Read a copy of the journal: only the aggregator may touch the journal itself."""
    with scratch(config, whole=False) as copy:
        zone = Zone(config.timezone)
        history = History(copy.paths.state_dir, zone)
        history.ledger.load()

        def points() -> Iterator[Point]:
            for reading in history.readings(wanted.since, wanted.until):
                if reading.values:  # a person dropped those that have none
                    point = reading_object(reading, zone.iso(reading.time))
                    units = {POWER: "W"} if POWER in reading.values else {}
                    yield point | {"units": units | dict(reading.units)}

        yield points
        history.journal.close()


def _days(config: Config, wanted: Range) -> Iterator[Point]:
    zone = Zone(config.timezone)
    costs = Costs(config.tariff, zone)
    for path in sorted((config.paths.state_dir / "book").glob(_YEARS)):
        try:
            document = decode_year(path.read_bytes())
        except (OSError, BadInput) as error:
            raise _unreadable(path, error) from None
        for bucket in document.buckets:
            if wanted.since <= bucket.time < wanted.until:
                yield encode_bucket(costs.of_day(bucket), zone, priced=bool(costs.currency))


def _of_file(path: Path, wanted: Range) -> Iterator[Point]:
    try:
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(_CHUNK_BYTES), b"")
            points = (orjson.loads(text) for _, text in Elements(chunks))
            yield from (point for point in points if wanted.holds(point))
    except (OSError, ValueError, BadInput) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> Refused:
    why = getattr(error, "strerror", None) or str(error)
    return Refused(f"{path}: {why}", hint="power-monitor status shows which files are there")
