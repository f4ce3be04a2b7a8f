"""What the monitor has already: its book and the lines of its journal, only looked at."""

import gzip
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import orjson

from cli.ground import forbidden
from services.aggregator.consolidate import XFF
from services.aggregator.resolve import preferred
from shared.book_file import decode_year
from shared.bucket import Bucket, named_day
from shared.checksum import unsealed
from shared.errors import BadInput, Refused
from shared.reading import Reading, decode_reading
from shared.times import Zone

_COMPLETE = 0.999  # a coverage that no import can better
_LINES_IN_MEMORY = 20_000  # two weeks at a reading a minute


class Known(NamedTuple):
    """What a day's bucket says, as far as a person wants to know; None is unknown."""

    energy_kwh: float | None
    coverage: float | None


class There:
    """A state directory as it is; `zone` says where its days begin."""

    def __init__(self, state: Path, zone: Zone) -> None:
        self._state = state
        self._zone = zone
        self._book = self.book()
        self._lines: OrderedDict[date, dict[float, bytes]] = OrderedDict()

    def book(self) -> dict[date, Known]:
        """Return what is known of each day in the book; raises Refused when it can't be read."""
        days = {}
        for path in sorted((self._state / "book").glob("[0-9][0-9][0-9][0-9].json")):
            for bucket in _buckets(path):
                days[named_day(self._zone, bucket)] = Known(bucket.energy_kwh, bucket.coverage)
        return days

    def measured_days(self) -> Iterator[date]:
        """Yield the days that only the book has, and that were measured for half or more."""
        for day, known in self._book.items():
            if (known.coverage or 0.0) >= XFF and not self._has_journal(day):
                yield day

    def is_complete(self, day: date) -> bool:
        """Say whether nothing can be added to a day: the book has all of it."""
        known = self._book.get(day)
        whole = known is not None and (known.coverage or 0.0) >= _COMPLETE
        return whole and not self._has_journal(day)

    def has(self, day: date, reading: Reading, line: bytes) -> bool:
        """Say whether the journal has a reading, or a better one of its timestamp.

        One that it has not is taken for there from then on.
        """
        lines = self._lines_of(day)
        there = lines.get(reading.time)
        if there is not None and (there == line or not _better(reading, there)):
            return True
        lines[reading.time] = line
        return False

    def _lines_of(self, day: date) -> dict[float, bytes]:
        if day not in self._lines:
            lines: dict[float, bytes] = {}
            self._lines[day] = lines
            for line in self._read(day):
                reading = _decode(line)
                known = lines.get(reading.time) if reading else None
                if reading and (known is None or _better(reading, known)):
                    lines[reading.time] = unsealed(line)
            while len(self._lines) > 1 and self._count() > _LINES_IN_MEMORY:
                self._lines.popitem(last=False)
        return self._lines[day]

    def _count(self) -> int:
        return sum(len(lines) for lines in self._lines.values())

    def _has_journal(self, day: date) -> bool:
        return any(path.exists() for path in self._files(day))

    def _files(self, day: date) -> tuple[Path, Path]:
        plain = self._state / "journal" / f"{day}.jsonl"
        return plain, plain.with_name(plain.name + ".gz")

    def _read(self, day: date) -> Iterator[bytes]:
        for path in self._files(day):
            try:
                with _open(path) as file:
                    yield from (line.rstrip() for line in file)
            except FileNotFoundError:
                continue
            except (OSError, EOFError):
                return  # the aggregator will tell of the damage; a line sent twice does no harm


def _decode(line: bytes) -> Reading | None:
    try:
        return decode_reading(orjson.loads(unsealed(line)), frozenset(), 0.0)
    except (orjson.JSONDecodeError, BadInput):
        return None


def _better(reading: Reading, line: bytes) -> bool:
    """Say whether a reading counts rather than the one of a line, which has its timestamp."""
    there = _decode(line)
    return there is None or preferred([there, reading]) is reading


def _open(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _buckets(path: Path) -> Iterator[Bucket]:
    try:
        document = decode_year(path.read_bytes())
    except FileNotFoundError:
        return
    except BadInput as error:
        raise Refused(f"{path}: {error}", hint="power-monitor doctor") from None
    except PermissionError:
        raise forbidden(path) from None
    yield from document.buckets


def difference(
    before: Mapping[date, Known], after: Mapping[date, Known]
) -> dict[date, tuple[Known | None, Known]]:
    """Return the days that have changed: what was known, and what is."""
    changed = (day for day in sorted(after) if after[day] != before.get(day))
    return {day: (before.get(day), after[day]) for day in changed}
