"""A digit that became another one on the disk: noticed, told of, and made anew from what there is.

`tests/unit/test_every_byte.py` flips bits in each kind of file; here a house lives with it.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from support.aggregation import House, filled, scratch, span, spot
from support.github.house import point

from services.aggregator.alerts.memory import Memory
from services.aggregator.alerts.store import Store
from services.aggregator.ledger import Ledger
from services.aggregator.tiers import ROLLED_UP
from services.collector.outbox import Outbox
from services.syncer.corrections import union
from services.syncer.records import Records
from shared.archived import note_of, read_archived
from shared.checksum import sealed, unsealed
from shared.documents import BOOK, decode_document, encode_document
from shared.errors import BadInput
from shared.times import Zone, days_between

ZONE = Zone("Europe/Berlin")
FIRST, DAYS = date(2026, 11, 14), 4
HOUR_S = 3600.0


@pytest.fixture
def house() -> Iterator[House]:
    """Four whole days of 600 W, rolled up, an hour of the next, and a month of 2024."""
    with scratch() as directory:
        made = filled(directory, ZONE.name, FIRST.isoformat(), DAYS)
        old = days_between(date(2024, 6, 1), date(2024, 6, 30))
        made.ask("import", buckets=[point(day, 400.0, 1.0) for day in old])
        yield made.settle()


def flip(path: Path, what: bytes, number: int = 0) -> bytes:
    """Make 4 a 5 and 6 a 7 in one of the places where something stands; return what was there."""
    content = path.read_bytes()
    at = [found.start() for found in re.finditer(re.escape(what), content)][number]
    part = content[at : at + len(what)]
    digit = re.search(rb"[46]", part)
    assert digit
    at += digit.start()
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    return content


def year(house: House, number: int) -> Path:
    return house.state / "book" / f"{number}.json"


def asides(house: House) -> list[Path]:
    return sorted([*house.state.rglob("*.corrupt-*"), *house.data.glob("*.corrupt-*")])


@pytest.mark.parametrize("running", [False, True])
def test_a_flipped_digit_in_the_book_is_found_and_mended(house: House, *, running: bool) -> None:
    """At the next start, or at midnight while we run: in memory is what was written."""
    documents = house.documents()
    flip(year(house, 2026), b'"energy_kwh":14.4', 2)
    damaged = year(house, 2026).read_bytes()
    if not running:
        house.restart()
        assert house.settle().documents() == documents
    house.at(house.zone.day_end(house.zone.day_of(house.now)) + HOUR_S).settle()
    assert [one["energy_kwh"] for one in house.points("yearly")[:DAYS]] == [14.4] * DAYS
    [aside] = asides(house)
    assert aside.read_bytes() == damaged
    assert any(aside.name in told for told in house.complaints)
    house.restart()
    house.settle()
    assert asides(house) == [aside]


def test_a_damaged_old_year_without_any_copy_loses_one_day(house: House) -> None:
    """It is in no file but its own, and there is no remote: what can't be proved is not kept."""
    flip(year(house, 2024), b'"energy_kwh":9.6', 11)
    house.restart()
    house.settle()
    left = house.aggregator.history.book.buckets(days_between(date(2024, 6, 1), date(2024, 6, 30)))
    assert len(left) == 29
    assert {bucket.energy_kwh for bucket in left} == {9.6}
    assert house.aggregator.history.book.get(date(2024, 6, 12)) is None
    [aside] = asides(house)
    assert any(aside.name in told for told in house.complaints)


def test_a_day_whose_journal_is_gone_comes_back_from_the_yearly_file(house: House) -> None:
    house.at(ZONE.day_start(date(2026, 12, 15)) + HOUR_S).settle()
    for day in house.aggregator.history.journal.days():
        house.aggregator.history.journal.file(day).remove()
    documents = house.documents()
    flip(year(house, 2026), b'"energy_kwh":14.4', 2)
    house.restart()
    assert house.settle().documents() == documents
    assert len(asides(house)) == 1


def test_a_book_of_an_earlier_version_is_taken_as_it_is_and_gets_checksums(house: House) -> None:
    """Its only line is the document; one that is as it should be is not written again."""
    path = year(house, 2024)
    with_checksums = path.read_bytes()
    document = decode_document(with_checksums, BOOK)
    path.write_bytes(encode_document(document, ZONE))
    house.restart()
    house.settle()
    assert path.read_bytes() == with_checksums
    assert house.complaints == []
    inode = path.stat().st_ino
    house.restart()
    house.settle()
    assert path.stat().st_ino == inode


@pytest.mark.parametrize("tier", [tier.name for tier in ROLLED_UP])
@pytest.mark.parametrize("running", [False, True])
def test_a_flipped_digit_in_a_tier_file_is_mended_by_the_next_start_or_rollup(
    house: House, tier: str, *, running: bool
) -> None:
    """Those of days are compared with the book; the hours are nowhere else, so they are checked."""
    documents = house.documents()
    flip(house.path(tier), b'"max":600')
    if running:
        house.ask("rollup")
    else:
        house.restart()
    assert house.settle().documents() == documents
    assert [path.name[:11] for path in asides(house)] == ["weekly.json"] * (tier == "weekly")


@pytest.mark.parametrize("broken", ["a bit", "its end", "all but its name"])
def test_a_compressed_day_that_goes_bad_while_we_run_keeps_no_reading_out(
    house: House, broken: str
) -> None:
    """A late reading of that day comes, and new ones: all are stored, the damage is told."""
    house.settle()
    path = house.state / "journal" / "2026-11-15.jsonl.gz"
    content = bytearray(path.read_bytes())
    if broken == "a bit":
        content[-6] ^= 1  # of the checksum
    path.write_bytes({"a bit": content, "its end": content[:-9]}.get(broken, bytes(len(content))))
    readings = [house.midnight("2026-11-15") + 450, house.now - 30]
    house.take(*(span(ZONE, time, 60, 700) for time in readings))
    for time in readings:
        journal = house.aggregator.history.journal
        assert [one.time for one in journal.readings(time, time + 1)] == [time]
    house.settle()
    assert [aside.name[:19] for aside in asides(house)] == ["2026-11-15.jsonl.gz"]
    assert any("2026-11-15" in told for told in house.complaints)


def test_a_power_cut_around_the_weekly_file_is_no_damage(house: House) -> None:
    """Its checksum is noted before it is written: then the old file is found, or the new one."""
    path = house.path("weekly")
    old = path.read_bytes()
    house.take(span(ZONE, house.midnight("2026-11-17") + 1800, 1800, 5000))
    new = house.settle().path("weekly").read_bytes()
    assert new != old
    for content in (old, new):
        path.write_bytes(content)
        house.restart()
        house.settle()
    assert asides(house) == []
    assert path.read_bytes() == new


def test_a_damaged_line_of_today_is_asked_for_again(house: House) -> None:
    """It says nothing any more, so its time is missing: Home Assistant may still know."""
    today = house.zone.day_of(house.now)
    start = house.zone.day_start(today)
    house.at(start + 6 * HOUR_S)
    house.take(*(span(ZONE, start + hour * HOUR_S, HOUR_S, 600) for hour in range(1, 6)))
    since = ZONE.iso(start)
    assert house.ask("gaps", since=since)["gaps"] == [
        [ZONE.iso(start + 5 * HOUR_S), ZONE.iso(start + 6 * HOUR_S)]
    ]
    flip(house.journal(str(today)), b'"power":600', 3)  # the first is of midnight
    house.restart()
    assert house.ask("gaps", since=since)["gaps"] == [
        [ZONE.iso(start + 2 * HOUR_S), ZONE.iso(start + 3 * HOUR_S)],
        [ZONE.iso(start + 5 * HOUR_S), ZONE.iso(start + 6 * HOUR_S)],
    ]
    assert house.settle().document("daily")["today"]["energy_kwh"] == pytest.approx(2.4)


def test_lines_without_a_checksum_count_beside_those_with_one(tmp_path: Path) -> None:
    house = House(tmp_path, now=ZONE.day_start(FIRST) + HOUR_S)
    times = [house.now - 600 * number for number in (3, 2, 1)]
    house.take(*(spot(time, 600) for time in times[:2]))
    path = house.journal(str(FIRST))
    lines = path.read_bytes().strip().split(b"\n")
    path.write_bytes(b"".join(unsealed(line) + b"\n" for line in lines))
    house.restart()
    house.take(spot(times[2], 600))
    house.restart()
    assert [one.time for one in house.aggregator.history.readings(0, house.now)] == times
    assert all("power" in orjson.loads(line) for line in path.read_bytes().split(b"\n")[:3])


def test_a_flipped_digit_in_a_correction_is_told_of_and_goes_nowhere(house: House) -> None:
    """Neither into the files nor to the remote, where a line has no checksum."""
    stamps = [ZONE.iso(ZONE.day_start(FIRST + timedelta(days=2)) + n * HOUR_S) for n in (5, 6)]
    for stamp in stamps:
        house.ask("correct", timestamp=stamp, set={"power": 40})
    path = house.state / "corrections.jsonl"
    shown = union(path.read_bytes())
    assert shown.count(b"\n") == 2
    assert b"crc32" not in shown
    before = flip(path, b'"power":40', 1)
    assert union(path.read_bytes()) == shown.splitlines(keepends=True)[0]
    house.restart()
    house.settle()
    assert len(house.aggregator.history.ledger.of_readings(0, house.now)) == 1
    [aside] = asides(house)
    assert aside.read_bytes() != before
    ledger = Ledger(path, ZONE)
    ledger.load()
    assert ledger.corrupt == []


def test_a_damaged_reading_on_its_way_is_not_sent(tmp_path: Path) -> None:
    """Its time is missing then, and filled; those beside it arrive as they were."""
    path = tmp_path / "outbox.jsonl"
    lines = [b'{"timestamp":"2026-11-22T0%d:00:00+01:00","power":4}' % hour for hour in range(3)]
    outbox = Outbox(path)
    outbox.append(lines)
    flip(path, b'"power":4', 1)
    assert [line for _, line in outbox.batch(0, 10)[0]] == [lines[0], lines[2]]


def test_a_damaged_note_of_the_archive_counts_for_nothing(tmp_path: Path) -> None:
    """A day said to be archived that is not would go for good."""
    note_of(tmp_path).parent.mkdir()
    note_of(tmp_path).write_bytes(sealed(b'{"2026-11-14":"1-2"}'))
    assert read_archived(tmp_path) == {"2026-11-14": "1-2"}
    flip(note_of(tmp_path), b"2026-11-14")
    with pytest.raises(BadInput):
        read_archived(tmp_path)


def test_a_damaged_memory_of_the_syncer_is_set_aside(tmp_path: Path) -> None:
    """As one that can't be parsed: it looks at the remote again."""
    records = Records(tmp_path / "syncer")
    records.load("owner/house")
    records.note_revision("4b5c")
    flip(tmp_path / "syncer" / "state.json", b'"4b5c"')
    again = Records(tmp_path / "syncer")
    again.load("owner/house")
    assert len(list((tmp_path / "syncer").glob("state.json.corrupt-*"))) == 1
    assert again.facts.revision == ""


def test_a_damaged_memory_of_the_alerts_is_set_aside(tmp_path: Path) -> None:
    complaints: list[str] = []
    store = Store(tmp_path, tmp_path, ZONE, complaints.append)
    store.save(Memory(pushed=1_795_354_000.4))
    flip(tmp_path / "alerts.json", b"1795354000.4")
    assert store.load().pushed is None
    assert "alerts.json.corrupt-" in complaints[0]


@pytest.mark.parametrize("content", [b"{}", b'{"n":1}', b'{"n":1}\n'])
def test_what_is_sealed_is_json_and_comes_back(content: bytes) -> None:
    assert list(orjson.loads(sealed(content)))[-1] == "crc32"
    assert unsealed(sealed(content)) == content.rstrip()
    assert unsealed(content) == content.rstrip()
    with pytest.raises(BadInput):
        unsealed(sealed(content).replace(b"{", b'{"m":2,', 1).replace(b",}", b"}"))
