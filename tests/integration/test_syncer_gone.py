"""What goes missing here while it is at the remote comes back, at whatever time."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.github.checks import add_journal, client
from support.github.house import House, noisy_readings
from support.github.server import FakeGitHub

from services.syncer.effects import Effect, Versions


def wipe(house: House, *places: str) -> None:
    """Take files away while the syncer runs, and start the aggregator alone anew."""
    state, data = house.config.paths.state_dir, house.config.paths.data_dir
    for place in places:
        path = (data if place.endswith("ly.json") else state) / place
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    records = house.core.records.facts
    house.restart()
    assert house.core.records.facts == records


def hours(house: House) -> list[dict[str, Any]]:
    house.aggregator.refresh(now=house.now, tick=house.now, reason="import")
    found: list[dict[str, Any]] = orjson.loads(house.file("weekly.json"))["data_points"]
    return found


def archived(directory: Path, fake: FakeGitHub) -> House:
    house = House(directory, client(fake), archive=True)
    for day in range(12, 22):
        add_journal(house, date(2026, 11, day), noisy_readings(date(2026, 11, day), 600))
    house.ask("rebuild", {})
    house.sync()
    return house


@pytest.mark.parametrize("how", ["push_due", "look", "push"])
def test_documents_that_vanish_while_the_syncer_runs_come_back(house: House, how: str) -> None:
    house.sync()
    before = house.here("yearly.json").buckets
    wipe(house, "book", "monthly.json", "yearly.json")
    assert house.core.unsynced()[:2] == ["monthly.json", "yearly.json"]
    jobs = {"look": house.core.look, "push_due": house.core.push_due}
    house.push() if how == "push" else house.run(jobs[how]())
    assert house.here("yearly.json").buckets == before
    assert house.core.unsynced() == []


def _flipped(content: bytes) -> bytes:
    """Make a digit of a day another one."""
    return content.replace(b'"energy_kwh":9.6', b'"energy_kwh":9.7', 1)


def _torn(_content: bytes) -> bytes:
    return b'{"sch'


@pytest.mark.parametrize("damage", [_torn, _flipped, None])
def test_a_finished_year_that_is_missing_or_damaged_comes_back(
    house: House, damage: Callable[[bytes], bytes] | None
) -> None:
    house.add_days("2024-06-01", "2024-06-30")
    house.sync()
    year = house.core.local.year(2024)
    there = house.there("history/2024.json")
    content = damage(year.file.read_bytes()) if damage else b""
    year.file.write_bytes(content) if damage else year.file.unlink()
    house.restart()
    assert "history/2024.json" in house.core.unsynced()
    house.run(house.core.push_due())
    copy = house.core.local.load(year)
    assert copy
    assert copy.document.buckets == there.buckets
    assert len(copy.document.buckets) == 30
    assert house.core.unsynced() == []
    assert house.there("history/2024.json").buckets == there.buckets


def test_a_damaged_year_is_not_pushed_over_the_good_one(house: House) -> None:
    """And what is there is a document like any other, without checksums."""
    house.add_days("2024-06-01", "2024-06-30")
    house.sync()
    year = house.core.local.year(2024)
    year.file.write_bytes(_flipped(year.file.read_bytes()))
    there = house.there("history/2024.json")
    house.sync()
    assert house.there("history/2024.json") == there
    assert {bucket.energy_kwh for bucket in there.buckets} == {9.6}
    assert b"crc32" not in (house.core.records.pushed("history/2024.json") or b"crc32")


def test_one_wrong_empty_listing_does_not_lose_a_year_for_good(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.add_days("2024-06-01", "2024-06-30")
    house.sync()
    board = House(tmp_path / "new", client(fake))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board.remote, "versions", lambda _folder: {})
        board.sync()
    assert board.core.local.load(board.core.local.year(2024)) is None
    board.run(board.core.look())
    assert board.core.local.load(board.core.local.year(2024))


def test_an_empty_file_whose_time_has_passed_is_not_missed(house: House) -> None:
    """The board was off for two months: monthly.json is empty for good reason."""
    house.sync()
    house.wait_until("2027-01-30T12:00:00+01:00")
    house.sync()
    assert house.here("monthly.json").buckets == []
    assert house.core.unsynced() == []


def test_a_board_that_has_begun_gets_the_hours_of_the_week(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    """It had filled the last hour of yesterday before it reached the archive."""
    old = archived(tmp_path / "old", fake)
    board = House(tmp_path / "new", client(fake), archive=True)
    lines = noisy_readings(date(2026, 11, 21), 600).splitlines()[-3:]
    board.ask("import", {"readings": [orjson.loads(line) for line in lines]})
    board.aggregator.refresh(now=board.now, tick=board.now, reason="import")
    board.sync()
    assert hours(board) == hours(old)
    assert not board.core.needs_restore()


def test_hours_that_a_wrong_listing_kept_back_come_at_the_next_look(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    old = archived(tmp_path / "old", fake)
    board = House(tmp_path / "new", client(fake), archive=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board.remote, "versions", lambda _folder: {})
        board.sync()
    board.run(board.core.look())
    assert hours(board) == hours(old)


def test_a_week_that_is_here_as_it_is_there_is_not_fetched_again(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    house = archived(tmp_path / "old", fake)
    house.run(house.core.look())
    effects: list[Effect] = []
    house.before_effect = effects.append
    house.run(house.core.look())
    assert [one for one in effects if getattr(one, "path", "").startswith("readings")] == []
    assert Versions("readings/2026") not in effects


def test_readings_of_the_week_that_vanish_come_back(fake: FakeGitHub, tmp_path: Path) -> None:
    house = archived(tmp_path / "old", fake)
    house.run(house.core.look())
    before = hours(house)
    wipe(house, "journal/2026-11-20.jsonl.gz", "weekly.json")
    house.run(house.core.look())
    assert list((house.config.paths.state_dir / "journal").glob("2026-11-20.jsonl*"))
    assert hours(house) == before
