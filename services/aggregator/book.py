"""The book of daily buckets: the truth for all days whose journal is gone, one file a year."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from shared.atomic import aside_name, disk_error, make_directory, set_aside, write_durably
from shared.book_file import decode_year, encode_year, is_sealed, rescue_year
from shared.bucket import Bucket, named_day
from shared.documents import BOOK, Document
from shared.energy import Energy, added, energy_of
from shared.errors import BadInput, Retryable
from shared.times import Zone

_YEARS_IN_MEMORY = 3  # the yearly window touches two


class Book:
    """Daily buckets by day, written through: what a method returns from is on stable storage."""

    def __init__(self, directory: Path, zone: Zone) -> None:
        self._directory = directory
        self._zone = zone
        self._years: dict[int, dict[date, Bucket]] = {}
        self._sums: dict[int, Energy] = {}  # of finished years
        self.corrupt: list[Path] = []  # files set aside since the last look
        self.revision = 0  # another when a day may be

    def get(self, day: date) -> Bucket | None:
        """Return the bucket of a day, if there is one."""
        return self._year(day.year).get(day)

    def buckets(self, days: Iterable[date]) -> list[Bucket]:
        """Return the buckets there are of some days, in their order."""
        return [bucket for day in days if (bucket := self.get(day))]

    def years(self) -> list[int]:
        """Return the years of which there is a file, oldest first."""
        names = (path.stem for path in self._directory.glob("[0-9][0-9][0-9][0-9].json"))
        return sorted(int(name) for name in names)

    def energy_before(self, day: date) -> Energy | None:
        """Return the energy of all days before one; None while a damaged year is set aside."""
        finished = [self._sum(year) for year in self.years() if year < day.year]
        running = ((one, bucket) for one, bucket in self._year(day.year).items() if one < day)
        if any(self._directory.glob("*.corrupt-*")):
            return None
        return added(*finished, energy_of(running))

    def check(self, units: Mapping[str, str]) -> None:
        """Look at every year's file, so that a damaged one is known before it is missed.

        What is in memory is what was written, and is written again; raises Retryable.
        """
        for year in self.years():
            known, damaged = self._years.pop(year, None), len(self.corrupt)
            self._year(year)
            if len(self.corrupt) > damaged:
                self._sums.pop(year, None)
                if known is not None:
                    self._write(year, known, units)

    def update(self, changes: Mapping[date, Bucket | None], units: Mapping[str, str]) -> None:
        """Write buckets, or remove those given as None; raises Retryable."""
        for year in sorted({day.year for day in changes}):
            days = dict(self._year(year))
            for day, bucket in changes.items():
                if day.year == year:
                    _put(days, day, bucket)
            if _told(days) != _told(self._year(year)):
                self._write(year, days, units)

    def _sum(self, year: int) -> Energy:
        """Return the energy of a whole year, which is read only once for it."""
        if year not in self._sums:
            self._sums[year] = energy_of(self._year(year).items())
        return self._sums[year]

    def _year(self, year: int) -> dict[date, Bucket]:
        days = self._years.pop(year, None)
        if days is None:
            days = self._read(year)
            for oldest in list(self._years)[: 1 - _YEARS_IN_MEMORY]:
                del self._years[oldest]
        self._years[year] = days
        return days

    def _read(self, year: int) -> dict[date, Bucket]:
        path = self._path(year)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise disk_error(path, error) from error
        try:
            document: Document | None = decode_year(content)
        except BadInput:
            document = self._rescued(path, content)
        if document is None:
            return {}
        if not is_sealed(content):
            with suppress(Retryable):  # of an earlier version, and as good as it is
                write_durably(path, encode_year(document, self._zone))
        return {named_day(self._zone, bucket): bucket for bucket in document.buckets}

    def _rescued(self, path: Path, content: bytes) -> Document | None:
        """Set a damaged year aside, and go on with the days that are what was written."""
        document = rescue_year(content)
        if document is None:
            self.corrupt.append(set_aside(path))
            return None
        aside = aside_name(path)
        write_durably(aside, content)  # first: a power cut in between must not cost the rest
        try:
            write_durably(path, encode_year(document, self._zone))
        except Retryable:
            aside.unlink(missing_ok=True)
            raise
        self.corrupt.append(aside)
        return document

    def _write(self, year: int, days: dict[date, Bucket], units: Mapping[str, str]) -> None:
        buckets = [days[day] for day in sorted(days)]
        document = Document(BOOK, self._zone.name, None, units, buckets)
        make_directory(self._directory)
        write_durably(self._path(year), encode_year(document, self._zone))
        self._years[year] = days
        self._sums.pop(year, None)
        self.revision += 1

    def _path(self, year: int) -> Path:
        return self._directory / f"{year:04}.json"


def _told(days: Mapping[date, Bucket]) -> Mapping[date, object]:
    """Return all that the book says of days, what makes no difference elsewhere included."""
    return {day: (bucket, bucket.energy_from) for day, bucket in days.items()}


def _put(days: dict[date, Bucket], day: date, bucket: Bucket | None) -> None:
    if bucket is None:
        days.pop(day, None)
    else:
        days[day] = bucket
