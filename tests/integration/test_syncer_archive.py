"""The archive: each finished day's readings, up once and back on demand."""

import gzip
import os
import shutil
from datetime import date
from pathlib import Path

import orjson
import pytest
from support.github.checks import add_journal, client, on_github
from support.github.house import House, noisy_readings
from support.github.server import FakeGitHub

from services.syncer.effects import Read
from shared.errors import Retryable


def test_finished_days_go_up_with_the_rest_in_one_commit(
    archiving: House, fake: FakeGitHub
) -> None:
    archiving.sync()
    path = archiving.config.paths.state_dir / "journal/2026-11-21.jsonl.gz"
    assert on_github(fake, "data/readings/2026/2026-11-21.jsonl.gz") == path.read_bytes()
    assert fake.repository.messages()[0] == (
        "Update monthly to 2026-11-21 and yearly to 2026-11-21; "
        "readings of 2026-11-19, 2026-11-20, 2026-11-21"
    )
    assert fake.file("data/readings/2026/2026-11-22.jsonl.gz") is None


def test_nothing_is_ever_uploaded_twice(archiving: House, fake: FakeGitHub) -> None:
    archiving.sync()
    fake.seen.clear()
    archiving.correct(date(2026, 11, 18), 1.0)
    archiving.restart()
    archiving.sync()
    assert [seen for seen in fake.calls() if b"H4sI" in seen.call.body] == []


def test_late_readings_join_those_in_the_archive(archiving: House, fake: FakeGitHub) -> None:
    archiving.sync()
    day = date(2026, 11, 20)
    late = noisy_readings(day, 600).replace(b'"power":', b'"voltage":230,"power":', 1)
    add_journal(archiving, day, late)
    archiving.sync()
    stored = gzip.decompress(on_github(fake, "data/readings/2026/2026-11-20.jsonl.gz"))
    wanted = set(noisy_readings(day, 600).splitlines()) | set(late.splitlines())
    assert set(stored.splitlines()) == wanted


def test_the_archive_brings_readings_back(
    archiving: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    archiving.sync()
    board = House(tmp_path / "new", client(fake), archive=True)
    days = board.run(board.core.fetch_archive("2026-11", dry_run=True))["days"]
    assert days == ["2026-11-19", "2026-11-20", "2026-11-21"]
    done = board.run(board.core.fetch_archive("2026-11", dry_run=False))["days"]
    assert done["2026-11-20"] == {"readings": 144, "too_late": 0, "unreadable": 0}
    board.aggregator.refresh(now=board.now, tick=board.now, reason="import")
    assert board.here("yearly.json").buckets == archiving.here("yearly.json").buckets


def test_with_the_archive_an_empty_board_gets_its_hours_back(
    archiving: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    archiving.sync()
    board = House(tmp_path / "new", client(fake), archive=True)
    board.sync()
    board.aggregator.refresh(now=board.now, tick=board.now, reason="import")
    assert board.file("weekly.json") != b""
    weekly = orjson.loads(board.file("weekly.json"))["data_points"]
    assert weekly == orjson.loads(archiving.file("weekly.json"))["data_points"]
    assert len(weekly) == 72


def test_damaged_lines_of_the_archive_are_counted_and_the_rest_comes(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    day = date(2026, 11, 21)
    lines = noisy_readings(day, 600).splitlines()
    lines[3] = b"\x00broken"
    content = gzip.compress(b"\n".join(lines))[:-9]
    fake.repository.edit("data/readings/2026/2026-11-21.jsonl.gz", content)
    board = House(tmp_path / "new", client(fake), archive=True)
    done = board.run(board.core.fetch_archive("2026-11-21", dry_run=False))["days"]
    assert done["2026-11-21"]["unreadable"] >= 1
    assert done["2026-11-21"]["readings"] >= 100


def test_an_old_month_is_rebuilt_from_the_archive(fake: FakeGitHub, tmp_path: Path) -> None:
    """Its journal has been gone for months, and the book has only a restored bucket."""
    day = date(2026, 6, 10)
    packed = gzip.compress(noisy_readings(day, 600))
    fake.repository.edit("data/readings/2026/2026-06-10.jsonl.gz", packed)
    board = House(tmp_path / "new", client(fake), archive=True)
    board.add_days(day.isoformat(), day.isoformat(), mean=1.0, coverage=0.5)
    done = board.run(board.core.fetch_archive("2026-06", dry_run=False))["days"]
    assert done["2026-06-10"] == {"readings": 144, "too_late": 0, "unreadable": 0}
    board.aggregator.refresh(now=board.now, tick=board.now, reason="import")
    bucket = board.core.local.booked([day])[day]
    assert (bucket.samples, round(bucket.coverage or 0.0, 4)) == (144, 1.0)


def test_readings_come_back_although_the_first_restore_was_cut_short(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    house = House(tmp_path / "house", client(fake), archive=True)
    for day in range(15, 22):
        journal = house.config.paths.state_dir / f"journal/2026-11-{day}.jsonl.gz"
        journal.parent.mkdir(exist_ok=True)
        journal.write_bytes(gzip.compress(noisy_readings(date(2026, 11, day), 600)))
    house.ask("rebuild", {})
    house.sync()

    def cut(effect: object) -> None:
        if isinstance(effect, Read) and "2026-11-17" in effect.path:
            raise Retryable("cut")

    board = House(tmp_path / "new", client(fake), archive=True)
    board.before_effect = cut
    with pytest.raises(Retryable):
        board.sync()
    board.before_effect = lambda _: None
    board.restart()
    assert board.core.needs_restore()
    board.sync()
    assert not board.core.needs_restore()
    board.aggregator.refresh(now=board.now, tick=board.now, reason="import")
    assert len(orjson.loads(board.file("weekly.json"))["data_points"]) == 7 * 24


def test_readings_brought_back_are_not_uploaded_again_and_go_once_that_is_sure(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    path = "data/readings/2026/2026-06-10.jsonl.gz"
    board = House(tmp_path / "new", client(fake), archive=True)
    for day in range(12, 22):
        add_journal(board, date(2026, 11, day), noisy_readings(date(2026, 11, day), 3600))
    packed = add_journal(board, date(2026, 6, 10), noisy_readings(date(2026, 6, 10), 600))
    board.ask("rebuild", {})
    board.sync()
    packed.unlink()
    board.core.archive.forget_old()
    board.run(board.core.fetch_archive("2026-06", dry_run=False))
    board.wait_until("2026-11-23T12:00:00+01:00")
    assert packed.exists()
    before = on_github(fake, path)
    os.utime(packed, (board.now - 2 * 86400, board.now - 2 * 86400))
    board.restart()
    board.wait_until("2026-11-23T14:00:00+01:00")
    assert packed.exists(), "it is not known yet that the archive has all of it"
    board.sync()
    assert on_github(fake, path) == before
    board.wait_until("2026-11-23T16:00:00+01:00")
    assert not packed.exists()


def test_readings_still_to_come_are_remembered_by_a_board_that_had_its_history_before(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    """Its files were wiped while it kept running; this time the restore is cut short."""
    house = House(tmp_path / "house", client(fake), archive=True)
    for day in range(15, 22):
        add_journal(house, date(2026, 11, day), noisy_readings(date(2026, 11, day), 600))
    house.ask("rebuild", {})
    house.sync()
    house.sync()
    for place in ("data", "state/book", "state/journal"):
        shutil.rmtree(tmp_path / "house" / place)
    house.restart()

    def cut(effect: object) -> None:
        if isinstance(effect, Read) and "2026-11-17" in effect.path:
            raise Retryable("cut")

    house.before_effect = cut
    with pytest.raises(Retryable):
        house.sync()
    house.before_effect = lambda _: None
    house.restart()
    assert house.core.restorer.lacking() == []
    house.sync()
    house.aggregator.refresh(now=house.now, tick=house.now, reason="import")
    assert len(orjson.loads(house.file("weekly.json"))["data_points"]) == 7 * 24
