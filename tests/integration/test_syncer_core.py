"""The syncer's core with the real aggregator, over our fake of GitHub: push, merge, restore."""

import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.github.answers import problem, reply
from support.github.house import ZONE, House, edited, noisy_readings, point
from support.github.server import FakeGitHub, Fault

from services.syncer.answers import NotThere, Place
from services.syncer.effects import Ask, Read, Write
from services.syncer.github import GitHub
from services.syncer.migrate import NewerSchema
from services.syncer.remote import blob_version
from services.syncer.task import AggregatorRefused
from services.syncer.wire import Timeouts, Wire
from shared.errors import Retryable

QUICK = Timeouts(pace_s=0.0)
MONTHLY, YEARLY = "data/monthly.json", "data/yearly.json"
LAST = date(2026, 11, 21)


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    """Run a GitHub with one commit."""
    with FakeGitHub() as running:
        running.repository.edit("README.md", b"A house.\n")
        yield running


def client(fake: FakeGitHub, token: str = "") -> GitHub:
    """Return a remote at the fake."""
    place = Place("owner/house", fake.url)
    return GitHub(Wire(place, token or fake.token, timeouts=QUICK), place, "main", "data")


@pytest.fixture
def house(fake: FakeGitHub, tmp_path: Path) -> House:
    """Return a house with forty days of history."""
    made = House(tmp_path / "house", client(fake))
    made.add_days("2026-10-13", "2026-11-21")
    return made


def on_github(fake: FakeGitHub, path: str) -> bytes:
    """Return a file of the repository."""
    content = fake.file(path)
    assert content is not None, f"{path} is not there"
    return content


def set_mean(document: dict[str, Any], day: date, mean: float, **more: object) -> None:
    """Change one day of a document."""
    start = ZONE.iso(ZONE.day_start(day))
    for bucket in document["data_points"]:
        if bucket["timestamp"] == start:
            bucket["power"] = {"mean": mean, "min": mean, "max": mean}
            bucket.update(more)


def mean_of(document: dict[str, Any], day: date) -> float | None:
    """Return the mean of a day."""
    start = ZONE.iso(ZONE.day_start(day))
    means = [b["power"]["mean"] for b in document["data_points"] if b["timestamp"] == start]
    return means[0] if means else None


# Pushing


def test_both_files_go_up_in_one_commit_with_a_message_for_people(
    house: House, fake: FakeGitHub
) -> None:
    house.sync()
    assert on_github(fake, MONTHLY) == house.file("monthly.json")
    assert on_github(fake, YEARLY) == house.file("yearly.json")
    assert fake.repository.messages() == [
        "Update monthly to 2026-11-21 and yearly to 2026-11-21",
        "by another hand",
    ]


def test_one_file_goes_up_in_one_request(house: House, fake: FakeGitHub) -> None:
    """The ordinary night: the version of the last push is known, so nothing is asked before."""
    house.sync()
    house.add_days("2026-11-22", "2026-11-22")
    fake.seen.clear()
    house.wait_until("2026-11-23T00:05:01+01:00")
    house.sync()
    assert [(seen.call.method, seen.call.path) for seen in fake.seen] == [
        ("PUT", "/repos/owner/house/contents/data/monthly.json")
    ]


def test_nothing_new_is_not_pushed(house: House, fake: FakeGitHub) -> None:
    house.sync()
    fake.seen.clear()
    house.restart()
    house.sync()
    assert fake.seen == []
    assert house.push()["pushed"] == []
    assert fake.calls("PUT") + fake.calls("POST") + fake.calls("PATCH") == []


def test_what_is_there_already_is_not_pushed_even_without_a_memory_of_it(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()
    (tmp_path / "house/state/syncer/state.json").unlink()
    for copy in (tmp_path / "house/state/syncer/pushed").iterdir():
        copy.unlink()
    house.restart()
    fake.seen.clear()
    house.sync()
    assert fake.calls("PUT") + fake.calls("POST") == []
    assert house.core.unsynced() == []


def test_a_week_offline_then_back_is_one_push_per_file(house: House, fake: FakeGitHub) -> None:
    house.sync()

    def offline(_: object) -> None:
        raise Retryable("no network")

    house.before_effect = offline
    for day in range(22, 29):
        house.add_days(f"2026-11-{day}", f"2026-11-{day}")
        house.wait_until(f"2026-11-{day + 1}T00:15:01+01:00")
        with pytest.raises(Retryable):
            house.sync()
    house.restart()
    house.before_effect = lambda _: None
    before = len(fake.repository.commits)
    house.sync()
    assert len(fake.repository.commits) == before + 1
    assert on_github(fake, MONTHLY) == house.file("monthly.json")
    assert on_github(fake, YEARLY) == house.file("yearly.json")


def test_an_empty_document_is_never_pushed(house: House, fake: FakeGitHub) -> None:
    house.sync()
    before = on_github(fake, MONTHLY)
    path = house.config.paths.data_dir / "monthly.json"
    path.write_bytes(edited(path.read_bytes(), lambda document: document["data_points"].clear()))
    house.push()
    assert on_github(fake, MONTHLY) == before


@pytest.mark.parametrize("stored", ["another sha", None])
def test_a_sha_that_is_not_ours_is_noticed(
    house: House, fake: FakeGitHub, stored: str | None
) -> None:
    house.sync()
    house.correct(LAST, 500.0)
    fake.faults.append(Fault(reply(201, {"sha": stored}), method="POST", path="/git/blobs"))
    with pytest.raises(Retryable, match="not what was sent"):
        house.sync()
    house.sync()
    assert on_github(fake, MONTHLY) == house.file("monthly.json")


# Somebody else


def test_an_edit_by_another_hand_is_merged_before_the_push(house: House, fake: FakeGitHub) -> None:
    house.sync()
    theirs = date(2026, 11, 3)
    content = edited(on_github(fake, MONTHLY), lambda d: set_mean(d, theirs, 123.0))
    fake.repository.edit(MONTHLY, content)
    house.correct(LAST, 777.0)
    house.sync()
    for document in (
        orjson.loads(on_github(fake, MONTHLY)),
        orjson.loads(house.file("monthly.json")),
    ):
        assert mean_of(document, theirs) == 123.0
        assert mean_of(document, LAST) == 777.0
    assert house.announced[-1].reason == "restore"
    assert on_github(fake, YEARLY) == house.file("yearly.json")


def test_a_day_both_sides_changed_goes_by_correction_then_coverage(
    house: House, fake: FakeGitHub
) -> None:
    house.sync()
    content = edited(on_github(fake, MONTHLY), lambda d: set_mean(d, LAST, 123.0))
    fake.repository.edit(MONTHLY, content)
    house.correct(LAST, 777.0)
    house.sync()
    assert mean_of(orjson.loads(on_github(fake, MONTHLY)), LAST) == 777.0


def test_five_changes_in_a_row_are_enough(house: House, fake: FakeGitHub) -> None:
    """Somebody who writes as often as we do can't keep us in a loop for ever."""
    house.sync()
    house.correct(LAST, 500.0)
    count = 0

    def edit(effect: object) -> None:
        nonlocal count
        if isinstance(effect, Write):
            count += 1
            content = edited(on_github(fake, MONTHLY), lambda d: set_mean(d, LAST, count))
            fake.repository.edit(MONTHLY, content)

    house.before_effect = edit
    with pytest.raises(Retryable, match="5 times in a row"):
        house.sync()
    assert count == 5
    house.before_effect = lambda _: None
    house.sync()
    assert mean_of(orjson.loads(on_github(fake, MONTHLY)), LAST) == 500.0


def test_a_deleted_file_is_written_anew(house: House, fake: FakeGitHub) -> None:
    house.sync()
    fake.repository.edit(MONTHLY, None)
    house.push()
    assert on_github(fake, MONTHLY) == house.file("monthly.json")


def test_a_day_the_remote_lacks_comes_back_from_here(house: House, fake: FakeGitHub) -> None:
    house.sync()
    fake.repository.edit(
        MONTHLY, edited(on_github(fake, MONTHLY), lambda d: d["data_points"].pop())
    )
    house.push()
    assert on_github(fake, MONTHLY) == house.file("monthly.json")
    assert mean_of(orjson.loads(on_github(fake, MONTHLY)), LAST) == 400.0


@pytest.mark.parametrize(
    "garbage", [b"<<<<<<< HEAD\n{}", b"", b"{}", b'{"schema": 1, "tier": "yearly"}', b"\xff\x00"]
)
def test_what_nobody_can_read_is_kept_beside(
    house: House, fake: FakeGitHub, garbage: bytes
) -> None:
    house.sync()
    fake.repository.edit(MONTHLY, garbage)
    report = house.push()
    assert on_github(fake, MONTHLY) == house.file("monthly.json")
    aside = f"{MONTHLY}.unreadable-{blob_version(garbage)[:7]}"
    assert on_github(fake, aside) == garbage
    assert report["kept_aside"]


def test_a_newer_schema_is_left_alone(house: House, fake: FakeGitHub) -> None:
    house.sync()
    newer = edited(on_github(fake, MONTHLY), lambda d: d.update(schema=2))
    fake.repository.edit(MONTHLY, newer)
    with pytest.raises(NewerSchema) as told:
        house.push()
    assert "update this program" in told.value.hint
    assert on_github(fake, MONTHLY) == newer


# Days that are gone


def test_a_lost_day_holds_the_push_until_force(house: House, fake: FakeGitHub) -> None:
    house.sync()
    before = on_github(fake, MONTHLY)
    house.correct(date(2026, 11, 10), None)
    assert house.push()["held"] == {
        "monthly.json": ["2026-11-10"],
        "yearly.json": ["2026-11-10"],
    }
    assert on_github(fake, MONTHLY) == before
    house.restart()
    house.sync()
    assert on_github(fake, MONTHLY) == before
    assert house.push(force=True)["held"] == {}
    assert mean_of(orjson.loads(on_github(fake, MONTHLY)), date(2026, 11, 10)) is None


def test_the_merge_comes_before_the_alarm(house: House, fake: FakeGitHub) -> None:
    """A day lost here that is at the remote comes back by the merge, and there is no alarm."""
    house.sync()
    extra = edited(on_github(fake, MONTHLY), lambda d: set_mean(d, LAST, 401.0))
    fake.repository.edit(MONTHLY, extra)
    book = house.config.paths.state_dir / "book/2026.json"
    book.write_bytes(edited(book.read_bytes(), lambda d: d["data_points"].pop(-5)))
    for name in ("monthly.json", "yearly.json"):
        (house.config.paths.data_dir / name).unlink()
    house.restart()
    report = house.push()
    assert report["held"] == {}
    assert len(house.here("yearly.json").buckets) == 40


def test_days_that_leave_the_window_are_no_loss(house: House, fake: FakeGitHub) -> None:
    house.sync()
    house.add_days("2026-11-22", "2026-11-22")
    house.wait_until("2026-11-23T00:15:01+01:00")
    house.sync()
    assert on_github(fake, MONTHLY) == house.file("monthly.json")
    first = orjson.loads(on_github(fake, MONTHLY))["data_points"][0]["timestamp"]
    assert first.startswith("2026-10-24")


# Restoring


def test_an_empty_board_gets_its_history_back_by_itself(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()
    board = House(tmp_path / "new", client(fake))
    board.sync()
    assert board.here("yearly.json").buckets == house.here("yearly.json").buckets
    assert board.here("monthly.json").buckets == house.here("monthly.json").buckets
    assert {update.reason for update in board.announced} == {"restore"}
    assert board.core.unsynced() == []


def test_a_board_that_has_begun_gets_its_history_back_too(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    """It was offline for its first day, so its files are not empty any more."""
    house.sync()
    board = House(tmp_path / "new", client(fake))
    board.add_days("2026-11-21", "2026-11-21", mean=1.0, coverage=0.5)
    board.sync()
    buckets = board.here("yearly.json").buckets
    assert buckets == house.here("yearly.json").buckets
    assert on_github(fake, YEARLY) == board.file("yearly.json")


def test_a_large_file_is_restored(house: House, fake: FakeGitHub, tmp_path: Path) -> None:
    """More than a megabyte comes only by the raw media type, and goes to the broker in parts."""
    house.add_days("2025-11-22", "2026-11-21")
    house.sync()

    def widen(document: dict[str, Any]) -> None:
        for bucket in document["data_points"]:
            for number in range(60):
                bucket[f"metric_{number}"] = {"mean": 1.5, "min": 0.25, "max": 2.125}

    large = edited(on_github(fake, YEARLY), widen)
    assert len(large) > 1024 * 1024
    fake.repository.edit(YEARLY, large)
    board = House(tmp_path / "new", client(fake))
    board.sync()
    assert len(board.here("yearly.json").buckets) == 365
    merges = [len(effect.payload) for effect in board.effects if isinstance(effect, Ask)]
    assert max(merges) < 1024 * 1024


def test_an_old_schema_is_migrated(fake: FakeGitHub, tmp_path: Path) -> None:
    """Plain values from before documents had a schema: what was never measured stays unknown."""
    points = [
        {"timestamp": "2026-11-01T00:00:00+01:00", "power": 100},
        {"timestamp": "2026-11-01T12:00:00+01:00", "power": 300},
        {"timestamp": "2026-11-02T06:00:00", "power": None},
        {"timestamp": "2026-11-03T06:00:00", "power": 50.5},
    ]
    old = orjson.dumps({"data_points": points, "last_update": "2026-11-03T06:00:00+01:00"})
    fake.repository.edit(YEARLY, old)
    board = House(tmp_path / "new", client(fake))
    board.sync()
    first, _, last = orjson.loads(on_github(fake, YEARLY))["data_points"]
    assert first["power"] == {"mean": 200.0, "min": 100, "max": 300}
    assert (first["energy_kwh"], first["coverage"], first["samples"]) == (None, None, None)
    assert last["timestamp"] == "2026-11-03T00:00:00+01:00"


def test_fetch_dry_run_tells_day_by_day_and_changes_nothing(house: House, fake: FakeGitHub) -> None:
    house.sync()
    corrected = {"corrected": "2026-11-22T11:00:00+01:00"}

    def change(document: dict[str, Any]) -> None:
        set_mean(document, LAST, 123.0, energy_kwh=2.952, **corrected)
        document["data_points"].insert(0, point(date(2026, 10, 1), 50.0, 1.0))

    fake.repository.edit(MONTHLY, edited(on_github(fake, MONTHLY), change))
    before = house.file("monthly.json")
    report = house.run(house.core.fetch("monthly", dry_run=True))
    assert house.file("monthly.json") == before
    days = report["files"]["monthly.json"]["days"]
    assert days == [
        {"date": "2026-10-01", "change": "new", "here_kwh": None, "there_kwh": 1.2},
        {"date": "2026-11-21", "change": "theirs", "here_kwh": 9.6, "there_kwh": 2.952},
    ]
    done = house.run(house.core.fetch("monthly", dry_run=False))
    assert done["changed"] == {"monthly.json": ["2026-10-01", "2026-11-21"]}
    assert mean_of(orjson.loads(house.file("monthly.json")), LAST) == 123.0


def test_fetch_keeps_a_copy_of_what_was_there_before(house: House, fake: FakeGitHub) -> None:
    house.sync()
    content = edited(on_github(fake, YEARLY), lambda d: set_mean(d, LAST, 1.0, coverage=1))
    fake.repository.edit(YEARLY, content)
    before = house.file("yearly.json")
    kept = Path(house.run(house.core.fetch("all", dry_run=False))["copy_of_before"])
    assert (kept / "yearly.json").read_bytes() == before
    assert (kept / "book/2026.json").exists()
    assert house.file("yearly.json") != before


def test_after_a_fetch_the_sync_state_is_fresh(house: House, fake: FakeGitHub) -> None:
    """The next push knows what is there, and does not take its own merge for somebody else's."""
    house.sync()
    content = edited(on_github(fake, YEARLY), lambda d: set_mean(d, LAST, 1.0))
    fake.repository.edit(YEARLY, content)
    house.run(house.core.fetch("all", dry_run=False))
    fake.seen.clear()
    house.sync()
    assert fake.calls(path="/repos") != []
    assert [e for e in house.effects if isinstance(e, Ask)] != []
    asks = len([e for e in house.effects if isinstance(e, Ask)])
    house.sync()
    assert len([e for e in house.effects if isinstance(e, Ask)]) == asks
    assert on_github(fake, YEARLY) == house.file("yearly.json")


# More than two files


def test_a_finished_year_goes_up_once(house: House, fake: FakeGitHub) -> None:
    house.add_days("2025-06-01", "2025-12-31")
    house.sync()
    content = on_github(fake, "data/history/2025.json")
    assert len(orjson.loads(content)["data_points"]) == 214
    assert fake.file("data/history/2026.json") is None
    fake.seen.clear()
    house.correct(LAST, 500.0)
    house.sync()
    assert fake.calls(path="history") == []


def test_years_come_back_with_the_rest(house: House, fake: FakeGitHub, tmp_path: Path) -> None:
    """History is not limited to what yearly.json covers."""
    house.add_days("2024-12-01", "2025-06-30")
    house.sync()
    board = House(tmp_path / "new", client(fake))
    board.sync()
    for year in (2024, 2025):
        item = house.core.local.year(year)
        ours, theirs = (one.core.local.load(one.core.local.year(year)) for one in (board, house))
        assert ours
        assert theirs
        assert ours.document.buckets == theirs.document.buckets, item.path


def add_journal(house: House, day: date, content: bytes) -> Path:
    """Put a finished day's compressed journal there."""
    path = house.config.paths.state_dir / f"journal/{day}.jsonl.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))
    return path


@pytest.fixture
def archiving(fake: FakeGitHub, tmp_path: Path) -> House:
    """Return a house that archives, with readings of three days."""
    made = House(tmp_path / "house", client(fake), archive=True)
    for day in (19, 20, 21):
        add_journal(made, date(2026, 11, day), noisy_readings(date(2026, 11, day), 600))
    made.ask("rebuild", {})
    return made


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


# A clock that is behind


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


# What another hand may leave


def test_two_points_of_a_day_are_kept_beside_and_stop_no_other_file(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()

    def double(document: dict[str, Any]) -> None:
        last = document["data_points"][-1]
        document["data_points"].append({**last, "timestamp": "2026-11-21T06:00:00+01:00"})

    content = edited(on_github(fake, MONTHLY), double)
    fake.repository.edit(MONTHLY, content)
    board = House(tmp_path / "new", client(fake))
    board.sync()
    assert board.here("yearly.json").buckets == house.here("yearly.json").buckets
    assert on_github(fake, MONTHLY) == board.file("monthly.json")
    assert on_github(fake, f"{MONTHLY}.unreadable-{blob_version(content)[:7]}") == content


def test_what_the_aggregator_refuses_does_not_stop_the_other_files(
    house: House, fake: FakeGitHub
) -> None:
    house.sync()
    house.correct(LAST, 500.0)
    edit = edited(on_github(fake, MONTHLY), lambda d: set_mean(d, date(2026, 11, 3), 123.0))
    fake.repository.edit(MONTHLY, edit)

    def refuse(effect: object) -> None:
        if isinstance(effect, Ask):
            raise AggregatorRefused("the aggregator says: no")

    house.before_effect = refuse
    with pytest.raises(AggregatorRefused):
        house.push()
    assert on_github(fake, YEARLY) == house.file("yearly.json")
    assert on_github(fake, MONTHLY) == edit


def test_a_year_is_named_by_plain_digits(house: House, fake: FakeGitHub, tmp_path: Path) -> None:
    house.sync()
    fake.repository.edit("data/history/\u00b2\u2070\u00b2\u2075.json", b"{}")
    board = House(tmp_path / "new", client(fake))
    board.sync()
    assert len(board.here("yearly.json").buckets) == 40


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


def test_an_empty_repository_and_a_token_that_may_not_write_are_told_as_such(
    tmp_path: Path,
) -> None:
    with FakeGitHub() as empty:
        empty.faults.append(Fault(problem(404, "Not Found"), method="PUT", times=99))
        house = House(tmp_path / "house", client(empty))
        house.add_days("2026-11-01", "2026-11-21")
        with pytest.raises(NotThere, match="not written with this token"):
            house.push()
