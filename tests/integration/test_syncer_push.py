"""Pushing: what differs goes up, once, and nothing else."""

from datetime import date
from pathlib import Path

import orjson
import pytest
from support.github.answers import problem, reply
from support.github.checks import LAST, MONTHLY, YEARLY, client, on_github
from support.github.house import House, edited
from support.github.server import FakeGitHub, Fault

from services.syncer.answers import NotThere
from shared.errors import Retryable


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


def test_a_year_goes_up_once_although_a_push_falls_between_its_end_and_its_last_rollup(
    house: House, fake: FakeGitHub
) -> None:
    house.wait_until("2026-12-31T12:00:00+01:00")
    house.sync()
    house.wait_until("2027-01-01T00:01:00+01:00")
    house.push()
    assert fake.file("data/history/2026.json") is None
    house.add_days("2026-12-31", "2026-12-31")
    house.wait_until("2027-01-01T00:15:01+01:00")
    for _ in range(2):
        house.sync()
    assert [message for message in fake.repository.messages() if "history" in message] == [
        "Update monthly to 2026-12-31 and yearly to 2026-12-31; history of 2026"
    ]


def test_a_year_without_a_last_day_goes_up_a_day_later(house: House, fake: FakeGitHub) -> None:
    house.wait_until("2027-01-01T12:00:00+01:00")
    house.sync()
    assert fake.file("data/history/2026.json") is None
    house.wait_until("2027-01-02T00:15:01+01:00")
    house.sync()
    assert fake.file("data/history/2026.json")


def test_an_empty_repository_and_a_token_that_may_not_write_are_told_as_such(
    tmp_path: Path,
) -> None:
    with FakeGitHub() as empty:
        empty.faults.append(Fault(problem(404, "Not Found"), method="PUT", times=99))
        house = House(tmp_path / "house", client(empty))
        house.add_days("2026-11-01", "2026-11-21")
        with pytest.raises(NotThere, match="not written with this token"):
            house.push()


# What vanished there


def vanish(fake: FakeGitHub, *paths: str) -> None:
    """Delete files, as a person would on the page."""
    for path in paths:
        fake.repository.edit(path, None)


def test_what_somebody_deleted_there_goes_up_again_at_the_next_look(
    archiving: House, fake: FakeGitHub
) -> None:
    """Not even a file of which nothing here will ever change again is missed."""
    archiving.add_days("2025-06-01", "2025-12-31")
    archiving.run(archiving.core.look())
    paths = [YEARLY, "data/history/2025.json", "data/readings/2026/2026-11-20.jsonl.gz"]
    before = {path: on_github(fake, path) for path in paths}
    vanish(fake, *paths)
    archiving.restart()
    archiving.sync()
    archiving.run(archiving.core.look())
    assert {path: on_github(fake, path) for path in paths} == before


def test_a_look_at_what_nobody_changed_is_one_small_request(
    archiving: House, fake: FakeGitHub
) -> None:
    archiving.run(archiving.core.look())
    archiving.correct(date(2026, 11, 1), 1.0)
    archiving.sync()
    archiving.restart()
    fake.seen.clear()
    archiving.run(archiving.core.look())
    assert [(seen.call.method, seen.call.path) for seen in fake.seen] == [
        ("GET", "/repos/owner/house/git/ref/heads/main")
    ]


def test_a_change_between_two_looks_is_not_hidden_by_our_own_push(
    house: House, fake: FakeGitHub
) -> None:
    house.add_days("2025-06-01", "2025-12-31")
    house.run(house.core.look())
    vanish(fake, "data/history/2025.json")
    house.correct(LAST, 500.0)
    house.sync()
    house.run(house.core.look())
    assert fake.file("data/history/2025.json")
