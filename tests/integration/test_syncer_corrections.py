"""Corrections at the remote: what a person said holds on every later board."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.github.checks import MONTHLY, add_journal, client, mean_of, on_github
from support.github.house import ZONE, House, noisy_readings
from support.github.server import FakeGitHub

from services.syncer.corrections import PATH

THERE = f"data/{PATH}"
DROPPED = date(2026, 11, 19)


@pytest.fixture
def corrected(fake: FakeGitHub, tmp_path: Path) -> House:
    """Return a house that archives, where a day was dropped and two hours were set."""
    house = House(tmp_path / "house", client(fake), archive=True)
    for day in range(12, 22):
        add_journal(house, date(2026, 11, day), noisy_readings(date(2026, 11, day), 600))
    house.ask("rebuild", {})
    house.sync()
    drop = {"from": "2026-11-19T00:00:00+01:00", "to": "2026-11-20T00:00:00+01:00", "drop": True}
    house.ask("correct", drop)
    hours = {"from": "2026-11-17T10:00:00+01:00", "to": "2026-11-17T12:00:00+01:00"}
    house.ask("correct", {**hours, "set": {"power": 1}})
    house.sync()
    house.push(force=True)
    return house


def points(house: House, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(house.file(name))["data_points"]
    return found


def settled(board: House) -> House:
    """Let a board restore itself, and push what it has made of it."""
    board.sync()
    board.aggregator.refresh(now=board.now, tick=board.now, reason="import")
    board.wait_until("2026-11-22T12:10:00+01:00")
    board.sync()
    board.run(board.core.look())
    return board


def test_what_was_dropped_and_set_holds_on_a_new_board(
    corrected: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    """The archive has the readings as they were taken, the bad ones among them."""
    before = on_github(fake, MONTHLY)
    board = settled(House(tmp_path / "new", client(fake), archive=True))
    for name in ("monthly.json", "yearly.json", "weekly.json"):
        assert points(board, name) == points(corrected, name)
    assert len(points(board, "weekly.json")) == 7 * 24 - 24
    assert mean_of(orjson.loads(before), DROPPED) is None
    assert orjson.loads(on_github(fake, MONTHLY))["data_points"] == points(board, "monthly.json")


def test_a_board_that_never_archives_keeps_the_neighbours_of_what_was_dropped(
    corrected: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    board = settled(House(tmp_path / "new", client(fake)))
    assert points(board, "monthly.json") == points(corrected, "monthly.json")
    assert board.core.unsynced() == []


def test_a_dropped_day_that_is_still_at_the_remote_does_not_come_back(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    """The push was held, but the word of the person got through."""
    house.sync()
    house.correct(DROPPED, None)
    house.sync()
    assert mean_of(orjson.loads(on_github(fake, MONTHLY)), DROPPED) is not None
    board = settled(House(tmp_path / "new", client(fake), now=house.now))
    assert mean_of(orjson.loads(board.file("monthly.json")), DROPPED) is None
    assert len(points(board, "yearly.json")) == 39


def test_readings_already_there_are_corrected_when_the_correction_comes(
    corrected: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    """The new board had filled the days from Home Assistant before it reached the remote."""
    board = House(tmp_path / "new", client(fake), archive=True)
    for day in range(12, 22):
        add_journal(board, date(2026, 11, day), noisy_readings(date(2026, 11, day), 600))
    board.ask("rebuild", {})
    assert mean_of(orjson.loads(board.file("monthly.json")), DROPPED) is not None
    settled(board)
    assert points(board, "weekly.json") == points(corrected, "weekly.json")
    assert mean_of(orjson.loads(on_github(fake, MONTHLY)), DROPPED) is None


def test_the_archive_never_brings_back_what_was_corrected_elsewhere(
    corrected: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    board = House(tmp_path / "new", client(fake), archive=True)
    board.run(board.core.fetch_archive("2026-11", dry_run=False))
    board.aggregator.refresh(now=board.now, tick=board.now, reason="import")
    assert points(board, "weekly.json") == points(corrected, "weekly.json")


def test_two_boards_end_with_the_corrections_of_both(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()
    board = House(tmp_path / "new", client(fake))
    board.sync()
    house.correct(date(2026, 11, 1), 1.0)
    board.now += 60
    board.correct(date(2026, 11, 2), 2.0)
    house.sync()
    board.sync()
    house.run(house.core.look())
    ledgers = [one.core.local.corrections.read_bytes() for one in (house, board)]
    assert [len(set(content.splitlines())) for content in ledgers] == [2, 2]
    assert len(on_github(fake, THERE).splitlines()) == 2
    assert house.core.unsynced() == board.core.unsynced() == []


def test_corrections_go_up_although_no_document_changed(house: House, fake: FakeGitHub) -> None:
    """A correction of today's readings shows in no document that is kept there."""
    house.sync()
    reading = {"timestamp": "2026-11-22T11:00:00+01:00", "power": 5}
    house.ask("import", {"readings": [reading]})
    house.ask("correct", {"timestamp": reading["timestamp"], "drop": True})
    assert house.core.unsynced() == [PATH]
    house.sync()
    assert house.core.unsynced() == []
    assert orjson.loads(on_github(fake, THERE))["drop"] is True


def test_a_line_nobody_can_read_is_kept_beside_and_stops_nothing(
    house: House, fake: FakeGitHub
) -> None:
    fake.repository.edit(THERE, b'{"made": "never"}\nnonsense\n')
    house.sync()
    house.correct(DROPPED, 5.0)
    house.sync()
    lines = on_github(fake, THERE).splitlines()
    assert lines[-1] == b'{"made":"never"}'
    assert len(lines) == 2
    aside = [path for path in fake.repository.files("main") if f"{PATH}.unreadable" in path]
    assert len(aside) == 1


def test_many_corrections_come_in_portions_that_a_message_holds(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    records = []
    for second in range(1500):
        made = ZONE.day_start(DROPPED) + second
        moment = ZONE.iso(made)
        records.append({"made": moment, "timestamp": moment, "set": {"power": second}})
    fake.repository.edit(THERE, b"\n".join(map(orjson.dumps, records)) + b"\n")
    board = House(tmp_path / "new", client(fake))
    sizes: list[int] = []
    board.after_effect = lambda effect: sizes.append(len(getattr(effect, "payload", b"")))
    board.sync()
    assert sum(size > 0 for size in sizes) > 1
    assert max(sizes) < 64 * 1024
    assert len(board.core.local.corrections.read_bytes().splitlines()) == len(records)
    again = board.ask("import", {"corrections": records[:100]})
    assert again == {"corrections": 0, "known": 100}
