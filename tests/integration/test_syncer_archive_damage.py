"""Files of the archive that another hand, or a worn stick, has damaged."""

import gzip
import os
from datetime import date
from pathlib import Path

import pytest
from support.github.checks import add_journal, client, on_github
from support.github.house import House, noisy_readings
from support.github.server import FakeGitHub

from shared.errors import Retryable

DAY = date(2026, 11, 20)
PATH = "data/readings/2026/2026-11-20.jsonl.gz"
WHOLE = noisy_readings(DAY, 600)
LINES = WHOLE.splitlines(keepends=True)
LATER = "2026-11-23T01:00:00+01:00"  # the day after: finished days have been compressed again


def board(place: Path, fake: FakeGitHub, content: bytes) -> House:
    """Return a board that archives and has readings of the day."""
    made = House(place, client(fake), archive=True)
    add_journal(made, DAY, content)
    made.ask("rebuild", {})
    return made


def push_settled(house: House) -> None:
    """Push, and again once readings that came back from the archive have settled."""
    house.push()
    house.wait_until(LATER)
    house.push()


def of_the_day(fake: FakeGitHub) -> list[str]:
    """Return what lies in the archive of the day."""
    return sorted(name for name in fake.repository.files("main") if "2026-11-20" in name)


def lines_of(fake: FakeGitHub, path: str) -> set[bytes]:
    """Return the lines of an archived file."""
    return set(gzip.decompress(on_github(fake, path)).splitlines(keepends=True))


def test_a_part_of_a_day_joins_what_is_kept_beside_a_damaged_file(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    damaged = gzip.compress(WHOLE)[:300]
    fake.repository.edit(PATH, damaged)
    push_settled(board(tmp_path / "one", fake, b"".join(LINES[:-1])))
    push_settled(board(tmp_path / "two", fake, b"".join(LINES[12:24] + LINES[-1:])))
    (beside,) = set(of_the_day(fake)) - {PATH}
    assert on_github(fake, PATH) == damaged
    assert lines_of(fake, beside) == set(LINES)


def test_a_file_beside_that_is_damaged_too_stays_and_the_day_goes_beside_both(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    fake.repository.edit(PATH, b"junk")
    one = board(tmp_path / "one", fake, WHOLE)
    one.push()
    (beside,) = set(of_the_day(fake)) - {PATH}
    fake.repository.edit(beside, b"more junk")
    one.push()
    (third,) = set(of_the_day(fake)) - {PATH, beside}
    assert (on_github(fake, PATH), on_github(fake, beside)) == (b"junk", b"more junk")
    assert lines_of(fake, third) == set(LINES)
    new = House(tmp_path / "new", client(fake), archive=True)
    done = new.run(new.core.fetch_archive("2026-11-20", dry_run=False))["days"]
    assert done["2026-11-20"]["readings"] == len(LINES)


def test_an_archive_that_damages_all_it_is_given_is_told_of(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    one = board(tmp_path / "one", fake, WHOLE)
    for _ in range(5):
        one.push()
        for name in of_the_day(fake):
            fake.repository.edit(name, b"junk of " + name.encode())
    with pytest.raises(Retryable, match="damaged there") as told:
        one.push()
    assert "2026-11-20" in told.value.hint


def test_a_day_damaged_in_the_archive_goes_up_again_and_does_not_go_here_before(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    house = House(tmp_path / "house", client(fake), archive=True)
    for day in range(10, 22):
        path = add_journal(house, date(2026, 11, day), noisy_readings(date(2026, 11, day), 600))
        os.utime(path, (house.now - 3 * 86400,) * 2)
    house.ask("rebuild", {})
    house.sync()
    lost = "data/readings/2026/2026-11-11.jsonl.gz"
    packed = house.config.paths.state_dir / "journal/2026-11-11.jsonl.gz"
    good = packed.read_bytes()
    fake.repository.edit(lost, b"oops, replaced by another hand")
    house.run(house.core.archive.forget_changed())
    house.wait_until("2026-11-22T14:00:00+01:00")
    assert packed.exists(), "the archive does not have it"
    house.run(house.core.look())
    there = [name for name in fake.repository.files("main") if "2026-11-11" in name]
    assert good in [on_github(fake, name) for name in there]
    house.wait_until("2026-11-22T16:00:00+01:00")
    assert not packed.exists()


def test_readings_that_another_hand_took_from_an_archived_day_come_back(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    one = board(tmp_path / "one", fake, WHOLE)
    one.sync()
    fake.repository.edit(PATH, gzip.compress(b"".join(LINES[:7])))
    one.run(one.core.look())
    one.wait_until(LATER)
    one.run(one.core.look())
    assert of_the_day(fake) == [PATH]
    assert lines_of(fake, PATH) == set(LINES)


def test_readings_that_another_hand_added_stay_and_are_read_once(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    one = board(tmp_path / "one", fake, b"".join(LINES[:-1]))
    one.sync()
    fake.repository.edit(PATH, gzip.compress(WHOLE))
    one.run(one.core.look())
    assert lines_of(fake, PATH) == set(LINES)
    fake.seen.clear()
    one.push()
    assert [seen for seen in fake.calls() if "2026-11-20" in seen.call.path] == []
