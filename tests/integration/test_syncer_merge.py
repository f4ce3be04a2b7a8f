"""Another hand writes to the same files: merged first, kept beside, or held for a person."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.github.checks import LAST, MONTHLY, YEARLY, client, mean_of, on_github, set_mean
from support.github.house import ZONE, House, edited
from support.github.server import FakeGitHub

from services.syncer.effects import Ask, Pause, Write
from services.syncer.migrate import NewerSchema
from services.syncer.remote import blob_version
from services.syncer.task import AggregatorRefused
from shared.errors import Retryable


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
    assert len(house.push()["healed"]["monthly.json"]) > 1
    assert house.push()["healed"] == {}
    assert on_github(fake, MONTHLY) == house.file("monthly.json")


def test_a_day_the_remote_lacks_comes_back_from_here(house: House, fake: FakeGitHub) -> None:
    house.sync()
    fake.repository.edit(
        MONTHLY, edited(on_github(fake, MONTHLY), lambda d: d["data_points"].pop())
    )
    report = house.push()
    assert report["healed"] == {"monthly.json": [LAST.isoformat()]}
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


def lose(house: House, day: date) -> None:
    """Take a day out of the book and the files, as a disk that lied would."""
    start = ZONE.iso(ZONE.day_start(day))

    def take_out(document: dict[str, Any]) -> None:
        points = document["data_points"]
        document["data_points"] = [one for one in points if one["timestamp"] != start]

    paths = house.config.paths
    files = [paths.state_dir / "book/2026.json"]
    files += [paths.data_dir / name for name in ("monthly.json", "yearly.json")]
    for file in files:
        file.write_bytes(edited(file.read_bytes(), take_out))
    house.restart()


def test_a_day_lost_only_here_comes_back_from_the_remote_that_nobody_changed(
    house: House, fake: FakeGitHub
) -> None:
    house.sync()
    before = on_github(fake, MONTHLY), on_github(fake, YEARLY)
    lose(house, date(2026, 11, 10))
    house.sync()
    house.sync()
    assert len(house.here("yearly.json").buckets) == 40
    assert house.core.unsynced() == []
    for name, path in (("monthly.json", MONTHLY), ("yearly.json", YEARLY)):
        assert house.here(name).buckets == house.there(name).buckets
        assert len(on_github(fake, path)) >= len(before[path == YEARLY])


def test_a_day_lost_here_and_there_is_an_alarm(house: House, fake: FakeGitHub) -> None:
    """Nobody has it any more, so no merge brings it back: a person should know."""
    house.sync()
    lose(house, date(2026, 11, 10))
    for path, name in ((MONTHLY, "monthly.json"), (YEARLY, "yearly.json")):
        document = edited(house.file(name), lambda d: d.update(last_update=None))
        fake.repository.edit(path, document)
    report = house.push()
    assert report["held"]["monthly.json"] == ["2026-11-10"]
    assert set(report["held_because"].values()) == {"lost"}
    assert house.push(force=True)["held"] == {}


def test_a_day_dropped_here_is_held_as_dropped(house: House) -> None:
    house.sync()
    house.correct(date(2026, 11, 10), None)
    report = house.push()
    assert set(report["held_because"].values()) == {"dropped"}
    assert report["pushed"] == ["corrections.jsonl"]


def test_nothing_is_said_to_be_kept_beside_while_its_file_is_held(
    house: House, fake: FakeGitHub
) -> None:
    house.sync()
    house.correct(date(2026, 11, 10), None)
    fake.repository.edit(MONTHLY, b"<<<<<<< HEAD")
    report = house.push()
    assert "monthly.json" in report["held"]
    assert report["kept_aside"] == []
    assert on_github(fake, MONTHLY) == b"<<<<<<< HEAD"
    aside = f"monthly.json.unreadable-{blob_version(b'<<<<<<< HEAD')[:7]}"
    (kept,) = house.push(force=True)["kept_aside"]
    assert kept.startswith(f"{aside}: not JSON")
    assert on_github(fake, f"data/{aside}") == b"<<<<<<< HEAD"


def test_two_who_write_at_once_do_not_meet_again(house: House, fake: FakeGitHub) -> None:
    house.sync()
    house.correct(LAST, 500.0)
    theirs = edited(on_github(fake, MONTHLY), lambda d: set_mean(d, date(2026, 11, 3), 123.0))
    fake.repository.edit(MONTHLY, theirs)
    house.effects.clear()
    house.sync()
    kinds = [type(effect) for effect in house.effects]
    assert kinds.index(Pause) == kinds.index(Write) + 1
    assert kinds.count(Pause) == 1


def test_days_that_leave_the_window_are_no_loss(house: House, fake: FakeGitHub) -> None:
    house.sync()
    house.add_days("2026-11-22", "2026-11-22")
    house.wait_until("2026-11-23T00:15:01+01:00")
    house.sync()
    assert on_github(fake, MONTHLY) == house.file("monthly.json")
    first = orjson.loads(on_github(fake, MONTHLY))["data_points"][0]["timestamp"]
    assert first.startswith("2026-10-24")


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


def test_a_note_that_another_hand_put_into_a_file_is_kept_beside(
    house: House, fake: FakeGitHub
) -> None:
    house.sync()
    noted = edited(on_github(fake, MONTHLY), lambda d: d.update(note="do not lose me"))
    fake.repository.edit(MONTHLY, noted)
    report = house.push()
    name = f"monthly.json.before-{blob_version(noted)[:7]}"
    assert on_github(fake, f"data/{name}") == noted
    assert report["kept_aside"] == [f"{name}: nobody here knows note"]
    assert b"note" not in on_github(fake, MONTHLY)


def test_a_day_lost_here_and_there_alike_is_an_alarm(house: House, fake: FakeGitHub) -> None:
    """Both files are the same, byte for byte, and lack a day that the last push had."""
    house.sync()
    book = house.config.paths.state_dir / "book/2026.json"
    book.write_bytes(edited(book.read_bytes(), lambda d: d["data_points"].pop(3)))
    for tier in ("monthly.json", "yearly.json"):
        (house.config.paths.data_dir / tier).unlink()
    house.restart()
    house.aggregator.refresh(now=house.now, tick=house.now, reason="command")
    fake.repository.edit(YEARLY, house.file("yearly.json"))
    assert house.push()["held"] == {"yearly.json": ["2026-10-16"]}
    report = house.push()
    assert report["held_because"] == {"yearly.json": "lost"}
    assert house.push(force=True)["unchanged"] == ["monthly.json", "yearly.json"]
    assert house.push()["held"] == {}
