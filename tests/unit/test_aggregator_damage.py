"""Damaged and missing files: set aside, told of, made anew; never read as empty."""

import errno
import gzip
import os
import resource
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.aggregation import House, scratch, span, spans, spot

from shared.errors import Retryable
from shared.reading import Reading
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
FIRST = date(2026, 11, 10)
DAYS = 8
HOUR_S = 3600.0
HARM: list[Callable[[bytes], bytes]] = [
    lambda _: b"",
    lambda content: content[: len(content) // 2],
    lambda content: b"\0" * len(content),
    lambda _: b"[]",
    lambda _: b'{"data_points": []}',
    lambda content: content.replace(b'"schema":1', b'"schema":2').replace(b"2026", b"none"),
]


@pytest.fixture
def house() -> Iterator[House]:
    """Eight whole days, rolled up, and some hours of the next."""
    with scratch() as directory:
        house = House(directory)
        start = ZONE.day_start(FIRST)
        end = ZONE.day_start(FIRST + timedelta(days=DAYS))
        house.at(end + 5 * HOUR_S).take(*spans(ZONE, start, end + 4 * HOUR_S, 600, 3600))
        yield house.settle()


def damage(path: Path, harm: Callable[[bytes], bytes]) -> bytes:
    content = harm(path.read_bytes())
    path.write_bytes(content)
    return content


def set_aside(path: Path) -> list[bytes]:
    return [found.read_bytes() for found in path.parent.glob(f"{path.name}.corrupt-*")]


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("tier", ["weekly", "monthly", "yearly"])
def test_a_damaged_tier_file_is_made_anew(
    house: House, tier: str, harm: Callable[[bytes], bytes], *, running: bool
) -> None:
    """At the next start, or, when it happens while we run, at the next rollup."""
    documents = house.documents()
    content = damage(house.path(tier), harm)
    if running:
        house.ask("rollup")
    else:
        house.restart()
    assert house.settle().documents() == documents
    assert set_aside(house.path(tier)) == [content]
    assert len(house.complaints) == 1
    assert f"{tier}.json.corrupt-" in house.complaints[0]
    house.restart()
    assert len(house.settle().complaints) == 1


@pytest.mark.parametrize("tier", ["weekly", "monthly", "yearly"])
@pytest.mark.parametrize("running", [False, True])
def test_a_missing_tier_file_is_made_anew(house: House, tier: str, *, running: bool) -> None:
    documents = house.documents()
    house.path(tier).unlink()
    if running:
        house.ask("rollup")
    else:
        house.restart()
    assert house.settle().documents() == documents


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("others", [(), ("yearly",), ("yearly", "monthly")])
def test_a_damaged_year_of_the_book_comes_back_from_journal_and_copies(
    house: House, harm: Callable[[bytes], bytes], others: tuple[str, ...]
) -> None:
    """With the copies gone as well, from the journal, which has ten days."""
    documents = house.documents()
    book = house.state / "book" / "2026.json"
    content = damage(book, harm)
    for tier in others:
        house.path(tier).unlink()
    house.restart()
    assert house.settle().documents() == documents
    assert set_aside(book) == [content]
    assert any("2026.json.corrupt-" in complaint for complaint in house.complaints)


def test_a_lost_book_keeps_days_whose_journal_is_gone(house: House) -> None:
    """The yearly file is a copy of the book: it brings them back."""
    house.at(ZONE.day_start(date(2026, 12, 15)) + HOUR_S).settle()
    for day in house.aggregator.history.journal.days():
        house.aggregator.history.journal.file(day).remove()
    documents = house.documents()
    (house.state / "book" / "2026.json").unlink()
    house.restart()
    assert house.settle().documents() == documents
    assert (house.state / "book" / "2026.json").exists()


def test_a_damaged_old_year_is_told_of_at_the_next_start(house: House) -> None:
    old = house.state / "book" / "2024.json"
    old.write_bytes(b"{")
    house.restart()
    house.settle()
    assert set_aside(old) == [b"{"]
    assert any("2024.json.corrupt-" in complaint for complaint in house.complaints)


@pytest.mark.parametrize("harm", [b"", b"[]", b'{"days": 5}', b'{"days": ["soon"]}', b'{"d'])
def test_with_the_dirty_days_damaged_every_day_is_made_again(house: House, harm: bytes) -> None:
    """Late readings taken, then a power cut in the middle of the list of what is to be done."""
    late = span(ZONE, ZONE.day_start(FIRST) + 1800, 1800, 5000)
    house.take(late)
    dirty = house.state / "dirty.json"
    dirty.write_bytes(harm)
    house.restart()
    house.settle()
    assert house.points("monthly")[0]["power"]["max"] == 5000
    assert set_aside(dirty) == [harm]
    assert any("dirty.json.corrupt-" in complaint for complaint in house.complaints)


def test_a_damaged_correction_is_told_of_and_the_others_count(house: House) -> None:
    start = ZONE.day_start(FIRST + timedelta(days=2))
    stamps = [ZONE.iso(start + hour * HOUR_S) for hour in (5, 6, 7)]
    for stamp in stamps:
        house.ask("correct", timestamp=stamp, set={"power": 10})
    ledger = house.state / "corrections.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    damaged = b"".join([lines[0], b'{"made": "2026-11', b"\n", lines[2]])
    ledger.write_bytes(damaged)
    house.restart()
    house.settle()
    house.ask("rebuild")
    hours = [house.point("weekly", f"2026-11-12T0{hour}") for hour in (4, 5, 6)]
    assert [hour["power"]["mean"] for hour in hours] == [10, 600, 10]
    assert set_aside(ledger) == [damaged]
    assert ledger.read_bytes() == lines[0] + lines[2]
    assert any("corrections.jsonl.corrupt-" in complaint for complaint in house.complaints)


def test_a_correction_after_a_torn_one_is_not_lost(house: House) -> None:
    """A power cut leaves half a line: the next one must not be appended to it."""
    stamp = ZONE.iso(ZONE.day_start(FIRST + timedelta(days=2)) + 5 * HOUR_S)
    ledger = house.state / "corrections.jsonl"
    ledger.write_bytes(b'{"made":"2026-11-18T04:0')
    house.restart()
    house.settle().ask("correct", timestamp=stamp, set={"power": 10})
    house.restart()
    house.settle().ask("rebuild")
    assert house.point("weekly", "2026-11-12T04")["power"]["mean"] == 10
    assert len(house.aggregator.history.ledger.of_readings(0, house.now)) == 1
    assert house.complaints == []


def test_damaged_lines_set_aside_for_the_future_cost_no_other(house: House) -> None:
    ahead = house.now + 2 * HOUR_S
    house.take(spot(ahead, 1), spot(ahead + 60, 2))
    aside = house.state / "aside.jsonl"
    good = aside.read_bytes()
    aside.write_bytes(b"garbage\n" + good)
    house.restart()
    house.settle()
    assert set_aside(aside) == [b"garbage\n" + good]
    assert any("aside.jsonl.corrupt-" in complaint for complaint in house.complaints)
    points = len(house.points("daily"))
    house.at(ahead + HOUR_S).settle()
    assert len(house.points("daily")) == points + 2


@pytest.mark.parametrize("back", [1, 2, 8])
def test_a_damaged_day_of_the_journal_stops_nothing_and_costs_nothing_made(
    house: House, back: int
) -> None:
    """Book and hours keep what they have; the days beside the damaged one are not touched."""
    documents = house.documents()
    name = f"{FIRST + timedelta(days=DAYS - back)}.jsonl.gz"
    packed = house.state / "journal" / name
    content = damage(packed, lambda _: b"\x1f\x8bno")
    others = {
        path.name: path.read_bytes()
        for path in packed.parent.iterdir()
        if path != packed and path.suffix == ".gz"
    }
    house.restart()
    house.settle()
    house.ask("rebuild")
    house.ask("gaps")
    assert house.settle().documents() == documents
    assert set_aside(packed) == [content]
    assert any(f"{name}.corrupt-" in complaint for complaint in house.complaints)
    assert others == {other: (packed.parent / other).read_bytes() for other in others}


def test_hours_of_a_corrected_day_are_kept_when_its_journal_is_damaged(house: House) -> None:
    """What is left of the journal, corrected or not, is no better than what was made of all."""
    day = FIRST + timedelta(days=4)
    stamp = ZONE.iso(ZONE.day_start(day) + 2 * HOUR_S)
    house.ask("correct", timestamp=stamp, set={"power": 10})
    documents = house.documents()
    packed = house.state / "journal" / f"{day}.jsonl.gz"
    lines = gzip.decompress(packed.read_bytes()).splitlines(keepends=True)
    packed.write_bytes(gzip.compress(b"".join(lines[:5])) + b"\x1f\x8bno")
    house.restart()
    house.settle()
    house.ask("rebuild")
    assert house.settle().documents() == documents


def test_a_late_reading_beside_a_damaged_day_leaves_the_good_day_alone(house: House) -> None:
    """Its last hour is told by the damaged day's first reading, so the fuller bucket stays."""
    packed = house.state / "journal" / f"{FIRST + timedelta(days=4)}.jsonl.gz"
    damage(packed, lambda _: b"\x1f\x8bno")
    house.restart()
    start = ZONE.day_start(FIRST + timedelta(days=3))
    late = span(ZONE, start + 1800, 1800, 5000)
    house.settle().take(late)
    documents = house.documents()
    assert house.settle().documents() == documents
    readings = list(house.aggregator.history.journal.file(date(2026, 11, 13)).readings())
    assert late in readings
    assert len(readings) == 25


def test_lines_nobody_can_read_are_told_of_once_the_day_is_over(house: House) -> None:
    today = house.journal("2026-11-18")
    lines = today.read_bytes().rstrip(b" ")
    today.write_bytes(b"what is this\n" + lines)
    house.restart()
    house.at(ZONE.day_end(date(2026, 11, 18)) + HOUR_S).settle()
    assert set_aside(today) == [b"what is this\n" + lines]
    assert any("lines nobody can read" in complaint for complaint in house.complaints)
    assert house.point("monthly", "2026-11-18")["energy_kwh"] == pytest.approx(2.4)


# A disk that refuses, at any moment


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond some bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_at_midnight_and_at_the_deadlines_only_delays(
    tmp_path: Path, limited: Callable[[int], None]
) -> None:
    """Refused at every place in turn, tried again: in the end all files are as they should be."""
    start, end = ZONE.day_start(FIRST), ZONE.day_end(FIRST)
    readings = [*spans(ZONE, start, end, 600, 1800), spot(end + 60, 5), spot(end + 600, 6)]
    expected = House(tmp_path / "expected", now=end + 1200)
    expected.take(*readings)
    documents = expected.settle().documents()
    house = House(tmp_path / "full", now=end - 1)
    house.take(*readings[:-2])
    house.settle()
    house.at(end + 1200)
    refusals = 0
    for size in range(0, 12000, 150):
        limited(size)
        try:
            house.take(*readings)
            house.settle()
        except Retryable:
            refusals += 1
        limited(resource.RLIM_INFINITY)
        for tier in ("daily", "weekly", "monthly", "yearly"):
            house.document(tier)  # what is there is whole
    assert refusals > 10
    house.take(*readings)
    assert house.settle().documents() == documents


@pytest.mark.parametrize("failing", ["rename", "fsync", "fdatasync", "open", "symlink", "unlink"])
def test_whatever_call_fails_the_service_hears_retryable_and_ends_up_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Each call of a whole day and its midnight fails once, one after the other."""
    start, end = ZONE.day_start(FIRST), ZONE.day_end(FIRST)
    readings = [*spans(ZONE, start, end, 600, 21600), spot(end + 60, 5)]
    expected = House(tmp_path / "expected", now=end + 1200)
    expected.take(*readings)
    documents = expected.settle().documents()
    real = getattr(os, failing)
    for turn in range(60):
        countdown = iter(range(turn, -1, -1))

        def fail(
            *arguments: object, countdown: Iterator[int] = countdown, **named: object
        ) -> object:
            if next(countdown, None) == 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(*arguments, **named)

        directory = tmp_path / str(turn)
        house = House(directory, now=end - 1, volatile=directory / "volatile")
        with monkeypatch.context() as broken:
            broken.setattr(os, failing, fail)
            refused = _live(house, readings, end)
        assert house.settle().documents() == documents, turn
        if not refused:
            break
    else:
        raise AssertionError("more calls than expected")


def _live(house: House, readings: list[Reading], end: float) -> int:
    refused = 0
    for now, count in ((end - 1, -1), (end + 1200, 100)):
        for _ in range(2):
            try:
                house.at(now).take(*readings[:count])
                house.settle()
            except Retryable:
                refused += 1
    return refused
