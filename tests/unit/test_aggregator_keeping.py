"""How long readings are kept: ten days, and with the archive on until they are safe there."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.aggregation import House, scratch, spans

from services.aggregator.keeping import RESERVE_BYTES, SCARCE_BYTES, Keeping
from services.syncer.records import Kept, Records
from shared.archived import note_of, packed_day, stamp
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
FIRST = date(2040, 11, 1)  # the files are of now, so this is later
DAYS = [FIRST + timedelta(days=n) for n in range(15)]
RECENT = DAYS[6:]  # ten files with the one of the last midnight
HOUR_S = 3600.0


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a directory in memory."""
    with scratch() as made:
        yield made


def house_of(place: Path, *, archive: bool = True) -> House:
    """Return a house with fifteen days of readings, the oldest of which are old by now."""
    house = House(place, archive=archive, now=ZONE.day_end(DAYS[-1]) + 20 * 60)
    for day in DAYS:
        house.take(*spans(ZONE, ZONE.day_start(day), ZONE.day_end(day), 3600, 3600))
    house.settle()
    return house.at(house.now + 2 * 86400).settle()  # nobody imports into them any more


def kept(house: House) -> list[date]:
    """Return the days of which there are readings."""
    return [day for day in house.aggregator.history.journal.days() if day in DAYS]


def archive(house: House, *days: date) -> None:
    """Note days as archived, as the syncer does."""
    records = Records(house.state / "syncer")
    records.load("somewhere")
    marks = {
        day.isoformat(): Kept(stamp(packed_day(house.state, day)), f"{day} 1a") for day in days
    }
    records.mark_archived(marks)


def keeping(house: House, free: Callable[[Path], int], remarks: list[str]) -> Keeping:
    """Return another keeper of the same house, on a disk of another size."""
    return Keeping(
        house.aggregator.history,
        house.aggregator.dirty,
        house.state,
        archive=True,
        complain=remarks.append,
        remark=remarks.append,
        free=free,
    )


def test_readings_go_after_ten_days(place: Path) -> None:
    house = house_of(place, archive=False)
    assert kept(house) == RECENT
    assert house.aggregator.keeping.waiting == ""


def test_with_the_archive_on_they_stay_until_they_are_there(place: Path) -> None:
    """More than ten days offline must cost no reading."""
    house = house_of(place)
    assert kept(house) == DAYS
    assert house.aggregator.keeping.waiting == (
        "6 days of readings, from 2040-11-01 on, wait for the archive"
    )
    archive(house, *DAYS[:2], DAYS[-1])
    house.at(house.now + HOUR_S + 1).settle()
    assert kept(house) == DAYS[2:]
    archive(house, *DAYS[2:])
    house.at(house.now + HOUR_S + 1).settle()
    assert kept(house) == RECENT
    assert house.aggregator.keeping.waiting == ""


def test_a_day_that_has_changed_since_it_was_archived_stays(place: Path) -> None:
    house = house_of(place)
    archive(house, *DAYS)
    late = spans(ZONE, ZONE.day_start(FIRST) + 60, ZONE.day_start(FIRST) + 120, 60, 60)
    house.take(*late)
    house.settle().at(house.now + 2 * 86400).settle()
    assert kept(house)[0] == FIRST
    assert packed_day(house.state, FIRST).exists()  # so that it can go up again


@pytest.mark.parametrize("note", [b"{", b"[]", b"5", b'{"2040-11-01": 5}'])
def test_a_note_nobody_can_read_lets_nothing_go(place: Path, note: bytes) -> None:
    house = house_of(place)
    note_of(house.state).parent.mkdir(exist_ok=True)
    note_of(house.state).write_bytes(note)
    house.at(house.now + HOUR_S + 1).settle()
    assert kept(house) == DAYS


def test_turning_the_archive_off_keeps_ten_days_again(place: Path) -> None:
    house_of(place)
    later = House(place, archive=False, now=ZONE.day_end(DAYS[-1]) + 3 * 86400).settle()
    assert kept(later) == RECENT


def test_a_full_disk_takes_the_oldest_only_and_health_has_said_so_before(place: Path) -> None:
    house = house_of(place)
    free = SCARCE_BYTES
    remarks: list[str] = []

    def left(_: Path) -> int:
        gone = len(DAYS) - len(kept(house))
        return free + gone * (1 << 20)

    keeper = keeping(house, left, remarks)
    today = ZONE.day_of(house.now)
    keeper.keep(today, house.now)
    assert "MB are free" not in keeper.waiting
    free = SCARCE_BYTES - 1
    keeper.keep(today, house.now + HOUR_S)
    assert "only 63 MB are free: below 16 MB the oldest go unarchived" in keeper.waiting
    assert kept(house) == DAYS
    free = RESERVE_BYTES - 2 * (1 << 20)
    keeper.keep(today, house.now + 2 * HOUR_S)
    assert kept(house) == DAYS[2:]
    assert remarks == [
        f"the readings of {day} went before they were archived: no room" for day in DAYS[:2]
    ]
    assert "4 days" in keeper.waiting
