"""What there is on this side: tier files, finished years of the book, finished days' journals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from services.syncer.remote import blob_version
from shared.archived import PACKED
from shared.atomic import disk_error
from shared.book_file import plain_year
from shared.bucket import Bucket, named_day
from shared.documents import BOOK, Document, decode_document
from shared.errors import BadInput
from shared.times import Zone, days_before, parse_date

WINDOWS: Mapping[str, int] = {"monthly": 30, "yearly": 365}  # whole local days before today


@dataclass(frozen=True, slots=True)
class Item:
    """A document kept in step: its path at the remote, its tier, its file here."""

    path: str
    tier: str
    file: Path

    @property
    def merge_tier(self) -> str:
        """The tier the aggregator knows such buckets by."""
        return "yearly" if self.tier == BOOK else self.tier


@dataclass(frozen=True, slots=True)
class Copy:
    """A document as it is on this side."""

    content: bytes
    document: Document

    @property
    def version(self) -> str:
        """The version a remote would give it."""
        return blob_version(self.content)


class Local:
    """Reads the data directory, the book and the journal; writes nothing."""

    def __init__(self, data: Path, state: Path, zone: Zone) -> None:
        self.data = data
        self.zone = zone
        self.book = state / "book"
        self.journal = state / "journal"
        self.corrections = state / "corrections.jsonl"

    def tiers(self) -> list[Item]:
        """Return the tiers that are kept remotely."""
        return [Item(f"{tier}.json", tier, self.data / f"{tier}.json") for tier in WINDOWS]

    def year(self, year: int) -> Item:
        """Return a year of the book."""
        return Item(f"history/{year:04}.json", BOOK, self.book / f"{year:04}.json")

    def finished_years(self, now: float) -> list[Item]:
        """Return the years of the book that are over and rolled up, oldest first."""
        today = self.zone.day_of(now)
        names = (path.stem for path in self.book.glob("[0-9][0-9][0-9][0-9].json"))
        return [self.year(year) for year in sorted(map(int, names)) if self._ended(year, today)]

    def _ended(self, year: int, today: date) -> bool:
        """Say whether nothing more of a year is to come: on 1 January its last day may be."""
        new_year = date(year + 1, 1, 1)
        if today != new_year:
            return today > new_year
        last_day = new_year - timedelta(days=1)
        return last_day in self.booked([last_day])

    def content(self, item: Item) -> bytes:
        """Return a document as it is pushed; raises OSError, and BadInput for a damaged year."""
        content = item.file.read_bytes()
        return plain_year(content) if item.tier == BOOK else content

    def load(self, item: Item) -> Copy | None:
        """Return a document; None when it is missing, empty or damaged: nothing to be pushed."""
        try:
            content = self.content(item)
            document = decode_document(content, item.tier)
        except (FileNotFoundError, BadInput):
            return None
        except OSError as error:
            raise disk_error(item.file, error) from error
        return Copy(content, document) if document.buckets else None

    def days(self, buckets: Iterable[Bucket]) -> dict[date, Bucket]:
        """Return buckets by the local day each stands for, also when it began in another zone."""
        return {named_day(self.zone, bucket): bucket for bucket in buckets}

    def booked(self, days: Iterable[date]) -> dict[date, Bucket]:
        """Return what the book has of some days."""
        wanted = set(days)
        found: dict[date, Bucket] = {}
        for year in sorted({day.year for day in wanted}):
            copy = self.load(self.year(year))
            found |= self.days(copy.document.buckets) if copy else {}
        return {day: bucket for day, bucket in found.items() if day in wanted}

    def since(self, item: Item, now: float) -> date | None:
        """Return the first day a file covers now; None when it covers whatever it has."""
        days = WINDOWS.get(item.tier)
        return None if days is None else days_before(self.zone.day_of(now), days)[0]

    def finished_days(self, now: float) -> dict[date, Path]:
        """Return the compressed journals of days that are over and wait for nothing more."""
        today = self.zone.day_of(now)
        found = {}
        for path in sorted(self.journal.glob(f"*{PACKED}")):
            try:
                day = parse_date(path.name.removesuffix(PACKED))
            except BadInput:
                continue
            if day < today and not path.with_suffix("").exists():
                found[day] = path
        return found
