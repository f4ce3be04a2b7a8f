"""The journal of all days: each reading once, in order, whatever the order it came in."""

from datetime import date
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import scratch, span, spans, spot
from support.laws import examples

from services.aggregator.journal import Journal
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
START = ZONE.day_start(date(2026, 11, 20))


def test_a_reading_lies_in_the_file_of_its_local_day(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", ZONE)
    journal.append([spot(START - 1, 1), spot(START, 2), spot(START + 86399, 3)])
    names = sorted(path.name for path in (tmp_path / "journal").iterdir())
    assert names == ["2026-11-19.jsonl", "2026-11-20.jsonl"]
    assert [str(day) for day in journal.days()] == ["2026-11-19", "2026-11-20"]


def test_reading_over_days_gives_each_timestamp_once_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ZONE)
    readings = spans(ZONE, START - 86400, START + 86400, 5, 3600)
    journal.append(readings[::2])
    journal.append(readings)
    assert list(journal.readings(START - 90000, START + 90000)) == readings
    assert list(journal.readings(START, START + 3600)) == [
        reading for reading in readings if reading.time == START
    ]


def test_an_interval_that_ends_two_days_later_is_within_reach(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ZONE)
    long = span(ZONE, START + 25 * 3600, 26 * 3600, 5)
    journal.append([long, spot(START + 60, 1)])
    reach, longest = journal.reach(START - 86400, START)
    assert longest == 26 * 3600
    assert long in list(journal.readings(START - 86400, reach))


def test_other_files_in_the_directory_are_no_days(tmp_path: Path) -> None:
    for name in ("notes.txt", "2026-11-31.jsonl", "2026-11-20.jsonl.corrupt-x", ".tmp"):
        (tmp_path / name).write_text("x")
    assert Journal(tmp_path, ZONE).days() == []


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_days_need_few_descriptors(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ZONE)
    before = descriptors()
    for day in range(40):
        journal.append([spot(START + 86400 * day, 1)])
    assert descriptors() - before <= 5
    journal.close()
    assert descriptors() == before


@examples(40)
@given(
    st.lists(st.tuples(st.integers(-3, 40), st.integers(0, 3)), max_size=25),
    st.randoms(use_true_random=False),
)
def test_order_and_number_of_arrivals_change_nothing_that_is_read(
    drawn: list[tuple[int, int]], random: Random
) -> None:
    readings = [
        spot(START + 60 * minute, value) if value else span(ZONE, START + 60 * minute, 60, 5)
        for minute, value in drawn
    ]
    with scratch() as one, scratch() as other:
        journal, shuffled = Journal(one, ZONE), Journal(other, ZONE)
        journal.append(readings)
        arriving = [*readings, *readings[:5]]
        random.shuffle(arriving)
        for reading in arriving:
            shuffled.append([reading])
        expected = list(journal.readings(START - 3600, START + 3600))
        assert list(shuffled.readings(START - 3600, START + 3600)) == expected
        assert len({reading.time for reading in expected}) == len(expected)


def test_looking_at_other_days_leaves_the_room_of_this_one(tmp_path: Path) -> None:
    """Laid out anew with each reading it would cost five times the flash."""
    journal, start = Journal(tmp_path, ZONE), ZONE.day_start(date(2026, 11, 20))
    journal.append([spot(start + 60, 100)])
    inode_size = (tmp_path / "2026-11-20.jsonl").stat().st_size
    for day in range(10, 19):
        journal.file(date(2026, 11, day)).scan()
    journal.reach(start, start + 3600)
    journal.append([spot(start + 120, 100)])
    assert (tmp_path / "2026-11-20.jsonl").stat().st_size == inode_size
