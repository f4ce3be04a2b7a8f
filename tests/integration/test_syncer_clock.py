"""A clock that is behind costs the remote nothing."""

from datetime import date
from pathlib import Path

import pytest
from support.github.checks import MONTHLY, YEARLY, client, on_github
from support.github.house import ZONE, House
from support.github.server import FakeGitHub


@pytest.mark.parametrize("behind", ["2026-11-18T12:00:00+01:00", "2026-03-01T12:00:00+01:00"])
def test_a_clock_that_is_behind_costs_the_remote_nothing(
    house: House, fake: FakeGitHub, behind: str
) -> None:
    house.sync()
    before = on_github(fake, MONTHLY), on_github(fake, YEARLY)
    house.wait_until(behind)
    house.ask("rollup", {"tier": "all"})
    house.sync()
    report = house.push()
    assert (on_github(fake, MONTHLY), on_github(fake, YEARLY)) == before
    assert report["pushed"] == []
    assert report["held"]["yearly.json"][-1] == "2026-11-21"
    house.wait_until("2026-11-22T12:00:10+01:00")
    house.ask("rollup", {"tier": "all"})
    assert house.push()["held"] == {}
    assert len(house.there("yearly.json").buckets) == 40


def test_a_new_board_whose_clock_is_behind_takes_what_it_can_and_the_rest_later(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()
    before = on_github(fake, MONTHLY), on_github(fake, YEARLY)
    board = House(tmp_path / "new", client(fake), now=ZONE.day_start(date(2026, 11, 10)))
    for _ in range(3):
        board.sync()
        board.push()
    assert board.core.needs_restore()
    assert (on_github(fake, MONTHLY), on_github(fake, YEARLY)) == before
    board.wait_until("2026-11-22T12:00:10+01:00")
    board.ask("rollup", {"tier": "all"})
    board.sync()
    board.push()
    assert not board.core.needs_restore()
    assert board.here("yearly.json").buckets == house.here("yearly.json").buckets
    assert len(house.there("yearly.json").buckets) == 40


def test_a_fetch_with_a_clock_that_is_behind_remembers_nothing_it_did_not_take(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()
    before = on_github(fake, YEARLY)
    board = House(tmp_path / "new", client(fake), now=ZONE.day_start(date(2026, 11, 10)))
    board.run(board.core.fetch("all", dry_run=False))
    assert board.core.records.pushed("yearly.json") is None
    board.push()
    assert on_github(fake, YEARLY) == before
