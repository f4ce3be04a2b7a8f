"""Each file of the monitor cut at every byte, and with bits flipped: told of, never read as empty.

`tests/fuzz` has the same files with all else that may befall them, as far as no reader breaks.
"""

import gzip
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest
from support.aggregation import House, filled, scratch

from services.aggregator.dayfile import DayFile
from services.aggregator.dirty import DirtyDays
from shared.book_file import decode_year, rescue_year
from shared.checksum import sealed
from shared.documents import decode_document
from shared.errors import BadInput
from shared.reading import Reading

ZONE, FIRST, DAYS = "Europe/Berlin", "2026-11-18", 3
FLIPS = 500
BIT_FLIPS = 0.5  # the share of them in the book, in a house that goes on
LINES = 8  # of a day: what holds for the first holds for all
SEED = 20261122
Found = tuple[list[Reading], list[Path]]  # what is read, and what was set aside


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Three days of one reading an hour, rolled up, and an hour of the next."""
    with scratch() as directory:
        yield filled(directory, ZONE, FIRST, DAYS)


@pytest.fixture
def place() -> Iterator[Path]:
    with scratch() as directory:
        yield directory


def document(house: House, tier: str) -> bytes:
    path = house.state / "book" / "2026.json" if tier == "book" else house.path(tier)
    return path.read_bytes()


def packed(house: House) -> bytes:
    return (house.state / "journal" / f"{FIRST}.jsonl.gz").read_bytes()


def lines(house: House) -> bytes:
    """Return a day as it is while it lasts."""
    found = gzip.decompress(packed(house)).splitlines(keepends=True)[:LINES]
    return b"".join(map(sealed, found))


def flipped(content: bytes, count: int, chance: Random | None = None) -> Iterator[bytes]:
    chance = chance or Random(SEED)
    for _ in range(count):
        at = chance.randrange(len(content))
        yield content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def read(place: Path, name: str, content: bytes) -> Found:
    for old in place.iterdir():
        old.unlink()
    (place / name).write_bytes(content)
    corrupt: list[Path] = []
    file = DayFile(place / f"{FIRST}.jsonl", corrupt)
    file.scan()
    return list(file.readings()), corrupt


@pytest.mark.parametrize("tier", ["weekly", "monthly", "yearly"])
def test_a_document_cut_at_any_byte_is_refused(house: House, tier: str) -> None:
    content = document(house, tier)
    assert decode_document(content, tier).buckets
    for size in range(len(content)):
        with pytest.raises(BadInput):
            decode_document(content[:size], tier)


@pytest.mark.parametrize("tier", ["weekly", "monthly", "yearly"])
def test_a_document_with_a_flipped_bit_is_refused_or_has_all_its_points(
    house: House, tier: str
) -> None:
    """A digit that became another one is as good as the first: no point is lost by it."""
    content, refused = document(house, tier), 0
    points = len(decode_document(content, tier).buckets)
    for one in flipped(content, FLIPS):
        try:
            assert len(decode_document(one, tier).buckets) == points
        except BadInput:
            refused += 1
    assert refused > FLIPS / 3


def test_a_year_of_the_book_cut_at_any_byte_keeps_every_whole_day(house: House) -> None:
    """Of the one it is cut in nothing is made up."""
    content = document(house, "book")
    buckets = decode_year(content).buckets
    for size in range(len(content)):
        with pytest.raises(BadInput):
            decode_year(content[:size])
        left = rescue_year(content[:size])
        whole = content.count(b"\n", 0, size) - 1
        assert (left.buckets if left else []) == buckets[: len(left.buckets) if left else 0]
        assert len(left.buckets if left else []) >= min(whole, DAYS)


def test_a_bit_flipped_in_the_book_is_noticed_and_costs_no_day_but_its_own(house: House) -> None:
    """Or its own and the next, where it was the end of a line."""
    content, lost = document(house, "book"), []
    buckets = decode_year(content).buckets
    for one in flipped(content, FLIPS):
        with pytest.raises(BadInput):
            decode_year(one)
        left = rescue_year(one)
        assert left
        assert all(bucket in buckets for bucket in left.buckets)
        lost.append(len(buckets) - len(left.buckets))
    assert max(lost) <= 2
    assert 0 in lost  # where it was in a checksum


def test_a_day_cut_at_any_byte_keeps_every_whole_line(house: House, place: Path) -> None:
    content = lines(house)
    readings, _ = read(place, f"{FIRST}.jsonl", content)
    for size in range(len(content)):
        found, corrupt = read(place, f"{FIRST}.jsonl", content[:size])
        assert found == readings[: content.count(b"\n", 0, size)]
        assert corrupt == []  # what was not acknowledged comes again


def test_a_bit_flipped_in_a_day_is_noticed_and_costs_no_line_but_its_own(
    house: House, place: Path
) -> None:
    """Or its own and the next, where it was the end of a line."""
    content = lines(house)
    readings, _ = read(place, f"{FIRST}.jsonl", content)
    for one in flipped(content, FLIPS):
        found, _ = read(place, f"{FIRST}.jsonl", one)
        assert all(reading in readings for reading in found)
        assert sum(reading not in found for reading in readings) <= 2


def test_a_packed_day_cut_at_any_byte_is_set_aside_with_what_can_be_read_kept(
    house: House, place: Path
) -> None:
    content = packed(house)
    readings, _ = read(place, f"{FIRST}.jsonl.gz", content)
    assert readings
    for size in range(len(content)):
        found, corrupt = read(place, f"{FIRST}.jsonl.gz", content[:size])
        assert found == readings[: len(found)]
        assert len(corrupt) == 1


def test_a_bit_flipped_in_a_packed_day_is_noticed(house: House, place: Path) -> None:
    """But for the few in its head that mean nothing, such as when it was packed."""
    content = packed(house)
    readings, _ = read(place, f"{FIRST}.jsonl.gz", content)
    unnoticed = 0
    for one in flipped(content, FLIPS):
        found, corrupt = read(place, f"{FIRST}.jsonl.gz", one)
        unnoticed += not corrupt
        assert corrupt or found == readings
    assert unnoticed < FLIPS / 20


def dirty_days(path: Path, content: bytes) -> list[date] | None:
    """Return the days a list marks, None when it is set aside."""
    path.write_bytes(content)
    days = DirtyDays(path)
    days.load()
    for aside in days.corrupt:
        aside.unlink()
    return None if days.corrupt else days.before(date(2100, 1, 1))


def test_the_list_of_dirty_days_cut_at_any_byte_is_set_aside(place: Path) -> None:
    path = place / "dirty.json"
    marked = [date(2026, 11, 20), date(2026, 11, 21)]
    DirtyDays(path).add(marked)
    content = path.read_bytes()
    for size in range(len(content)):
        assert dirty_days(path, content[:size]) is None
    assert dirty_days(path, content) == marked


def test_a_bit_flipped_in_the_list_of_dirty_days_marks_no_other_day(place: Path) -> None:
    """In the name of the checksum alone it means nothing: then the list is what it was."""
    path = place / "dirty.json"
    marked = [date(2026, 11, 20), date(2026, 11, 21)]
    DirtyDays(path).add(marked)
    for one in flipped(path.read_bytes(), FLIPS):
        assert dirty_days(path, one) in (None, marked)


# A sample of them in a house that goes on


HISTORY = ("weekly", "monthly", "yearly", "daily")


def damaged(path: Path, chance: Random) -> bytes:
    """Cut it anywhere, leave zeros from there on, or flip a bit where that can be noticed."""
    content = path.read_bytes()
    at = chance.randrange(len(content))
    if path.parent.name == "book" and chance.random() < BIT_FLIPS:
        return next(flipped(content, 1, chance))
    return content[:at] + chance.choice((b"", bytes(len(content) - at)))


def sample(house: House) -> list[Path]:
    """Return the files that can be made anew: all but the readings of a day that is not over."""
    others = [*(house.state / "book").glob("*.json"), *(house.state / "journal").glob("*.gz")]
    return [*map(house.path, HISTORY), *sorted(others)]


@pytest.mark.parametrize(
    "turns", [12, pytest.param(400, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_whatever_is_damaged_is_set_aside_told_of_and_made_anew(place: Path, turns: int) -> None:
    """And nothing beside it is touched."""
    first = filled(place / "first", ZONE, FIRST, DAYS)
    first.aggregator.close()
    documents, chance = first.documents(), Random(SEED)
    for turn in range(turns):
        shutil.copytree(place / "first", place / str(turn))
        house = House(place / str(turn), zone=ZONE, now=first.now)
        path = chance.choice(sample(house))
        before = {one: one.read_bytes() for one in sample(house) if one != path}
        content = damaged(path, chance)
        path.write_bytes(content)
        os.utime(path, (first.now, first.now))  # since the machine was switched on
        house.restart()
        assert house.settle().documents() == documents, path.name
        [aside] = (place / str(turn)).rglob("*.corrupt-*")
        assert aside.read_bytes() == content
        assert aside.name.startswith(path.name)
        assert any(aside.name in told for told in house.complaints), path.name
        after = {one: one.read_bytes() for one in before if one.exists()}
        assert after == before, path.name
        house.aggregator.close()
