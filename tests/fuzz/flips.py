"""One bit flipped in a file that the monitor reads again: what it costs, counted in points."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from support.aggregation import scratch, spans

from services.aggregator.dayfile import DayFile
from services.aggregator.dirty import DirtyDays
from shared.book_file import encode_year, rescue_year
from shared.bucket import Bucket, Summary, canonical
from shared.documents import BOOK, Document, decode_document, encode_document
from shared.errors import BadInput
from shared.times import Zone

FLIPS, SEED = 1000, 20261122
ZONE = Zone("Europe/Berlin")
_FIRST = date(2026, 1, 1)
_BLOCK = 4096
_REFUSED, _ANOTHER = "refused or set aside", "a value is another one"
_LOST = ("nothing", "one point", "two points", "more")
_COLUMNS = (_REFUSED, *_LOST, _ANOTHER)
Read = Callable[[bytes], Sequence[Any] | None]


class Kind(NamedTuple):
    """A file, and how its points are read: None when it is refused or set aside."""

    name: str
    content: bytes
    read: Read


def report() -> Iterator[str]:
    """Give a table of what a flipped bit costs each kind of file, in per cent of the flips."""
    yield f"{FLIPS} bits flipped, seed {SEED}\n"
    yield f"| one bit of | {' | '.join(_COLUMNS)} |"
    yield f"|---|{'---|' * len(_COLUMNS)}"
    with scratch() as directory:
        for kind in _kinds(directory):
            whole = _told(kind, kind.content) or set()
            costs = (_cost(whole, _told(kind, one)) for one in _flipped(kind.content))
            found = Counter(costs)
            cells = (f"{100 * found[column] / FLIPS:.0f} %" for column in _COLUMNS)
            yield f"| {kind.name} | {' | '.join(cells)} |"
    yield f"\na block of {_BLOCK} zeros in a year of the book costs {_worst_block()} days at most"


def _flipped(content: bytes) -> Iterator[bytes]:
    chance = Random(SEED)
    for _ in range(FLIPS):
        at = chance.randrange(len(content))
        yield content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def _told(kind: Kind, content: bytes) -> set[str] | None:
    found = kind.read(content)
    return None if found is None else set(map(repr, found))


def _cost(before: set[str], after: set[str] | None) -> str:
    if after is None:
        return _REFUSED
    if after - before:
        return _ANOTHER
    return _LOST[min(len(before - after), len(_LOST) - 1)]


def _kinds(directory: Path) -> Iterator[Kind]:
    yield Kind("a year of the book", _year(), _left_of_year)
    for tier, days in (("monthly", 30), ("yearly", 365)):
        content = encode_document(replace(_document(days), tier=tier), ZONE)
        yield Kind(f"`{tier}.json`", content, partial(_points, tier=tier))
    start = ZONE.day_start(_FIRST)
    path = directory / f"{_FIRST}.jsonl"
    day = DayFile(path, [])
    day.append(spans(ZONE, start, ZONE.day_end(_FIRST), 600, 3600))
    day.close()
    written = path.read_bytes().rstrip(b" ")  # the room for more lines means nothing
    yield Kind("a day of the journal", written, lambda one: _readings(path, one))
    path.write_bytes(written)
    DayFile(path, []).compress()
    packed = path.with_name(f"{path.name}.gz")
    yield Kind("a compressed day", packed.read_bytes(), lambda one: _unpacked(path, one))
    dirty = directory / "dirty.json"
    DirtyDays(dirty).add([_FIRST, _FIRST + timedelta(days=1)])
    yield Kind("the list of dirty days", dirty.read_bytes(), lambda one: _dirty(dirty, one))


def _document(days: int) -> Document:
    return Document(BOOK, ZONE.name, ZONE.iso(0), {"power": "W"}, [*_buckets(days)])


def _buckets(days: int) -> Iterator[Bucket]:
    chance = Random(SEED)
    for number in range(days):
        mean = chance.uniform(200, 2000)
        power = {"power": Summary(mean, mean / 8, mean * 8)}
        start = ZONE.day_start(_FIRST + timedelta(days=number))
        yield canonical(Bucket(start, power, mean * 0.024, 0.0, 144, 1.0))


def _year() -> bytes:
    return encode_year(_document(365), ZONE)


def _left_of_year(content: bytes) -> Sequence[Bucket] | None:
    left = rescue_year(content)
    return left.buckets if left else None


def _worst_block() -> int:
    content, worst = _year(), 0
    for at in range(0, len(content), _BLOCK // 4):
        block = bytes(len(content[at : at + _BLOCK]))
        left = _left_of_year(content[:at] + block + content[at + _BLOCK :])
        worst = max(worst, 365 - len(left or ()))
    return worst


def _points(content: bytes, tier: str) -> Sequence[Bucket] | None:
    try:
        return decode_document(content, tier).buckets
    except BadInput:
        return None


def _readings(path: Path, content: bytes) -> Sequence[Any]:
    path.write_bytes(content)
    return list(DayFile(path, []).readings())


def _unpacked(path: Path, content: bytes) -> Sequence[Any] | None:
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    path.with_name(f"{path.name}.gz").write_bytes(content)
    aside: list[Path] = []
    found = list(DayFile(path, aside).readings())
    return None if aside else found


def _dirty(path: Path, content: bytes) -> Sequence[date] | None:
    path.write_bytes(content)
    days = DirtyDays(path)
    days.load()
    for aside in days.corrupt:
        aside.unlink()
    return None if days.corrupt else days.before(date.max)
