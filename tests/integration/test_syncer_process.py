"""The syncer as a process: messages in, requests out, health and responses for people."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import orjson
import pytest
from support.broker import Broker
from support.github.answers import Reply, problem
from support.github.house import House, edited
from support.github.memory import MemoryRemote
from support.github.processes import LONG_S, ROOT, Processes
from support.github.server import TOKEN, FakeGitHub, Fault
from support.wait import wait_until

pytestmark = pytest.mark.long
YESTERDAY = date(2026, 11, 21)
OLD_FILE = b'[{"timestamp": "2026-11-01T00:00:00", "value": 200.0, "unit": "W"}]'


@pytest.fixture
def services(tmp_path: Path, broker: Broker, fake: FakeGitHub) -> Iterator[Processes]:
    """Return services that are not started yet, with forty days of history on disk."""
    house = House(tmp_path / "board", MemoryRemote())
    house.add_days("2026-10-13", "2026-11-21")
    with Processes(tmp_path / "board", broker, fake) as made:
        yield made


def in_step(services: Processes, fake: FakeGitHub) -> bool:
    """Say whether GitHub has what is here."""
    return all(
        fake.file(f"data/{name}") == (services.data / name).read_bytes()
        for name in ("monthly.json", "yearly.json")
    )


def announce(services: Processes, tier: str) -> None:
    """Say that a file has changed, as the aggregator does."""
    topic = services.broker.topics.file_updated(tier)
    payload = {"tier": tier, "file": f"{tier}.json", "reason": "rollup"}
    services.client.publish(topic, orjson.dumps(payload))


def test_what_is_unsynced_goes_up_at_the_start_and_then_as_files_change(
    services: Processes, fake: FakeGitHub
) -> None:
    services.start("syncer")
    health = services.wait_for_state("synced")
    assert in_step(services, fake)
    assert health["last_push_age_seconds"] < LONG_S
    assert health["unsynced"] == []
    path = services.data / "monthly.json"
    path.write_bytes(edited(path.read_bytes(), lambda d: d.update(last_update=None)))
    commits = len(fake.repository.commits)
    for _ in range(3):
        announce(services, "monthly")
    wait_until(lambda: in_step(services, fake), LONG_S, what="the second push")
    services.wait_for_state("synced")
    assert len(fake.repository.commits) == commits + 1
    assert services.stop("syncer") == 0


def test_push_on_command_answers_when_it_is_done(services: Processes, fake: FakeGitHub) -> None:
    services.start("syncer")
    services.wait_for_state("synced")
    assert services.ask("syncer", "push", b"monthly")["data"]["unchanged"] == ["monthly.json"]
    refused = services.ask("syncer", "push", b"weekly")
    assert refused["status"] == "error"
    assert refused["data"]["hint"] == "monthly, yearly or all"
    fake.repository.edit("data/monthly.json", None)
    answer = services.ask("syncer", "push", {"tier": "all", "transaction": 7})
    assert answer["transaction"] == 7
    assert answer["data"]["pushed"] == ["monthly.json"]
    dry = services.ask("syncer", "push", {"dry_run": True})
    assert set(dry["data"]["would"].values()) == {"unchanged"}


def test_a_refused_token_stops_all_until_the_configuration_changes(
    services: Processes, fake: FakeGitHub
) -> None:
    services.configuration["github"]["token"] = "github_pat_revoked-long-ago"
    services.start("syncer")
    health = services.wait_for_state("stopped")
    (found,) = health["problems"]
    assert "401" in found["text"]
    assert "Contents: read and write" in found["hint"]
    services.stop("syncer")
    asked = len(fake.seen)
    services.client.messages.clear()
    services.start("syncer")
    services.wait_for_state("stopped")
    announce(services, "monthly")
    services.ask("syncer", "push", b"weekly")  # answered, so the message before was seen
    assert len(fake.seen) == asked
    services.stop("syncer")
    services.client.messages.clear()
    services.configuration["github"]["token"] = fake.token
    services.start("syncer")
    services.wait_for_state("synced")
    assert in_step(services, fake)


def test_a_limit_is_waited_out_and_told(services: Processes, fake: FakeGitHub) -> None:
    fake.faults.append(Fault(problem(429, "Slow down", retry_after="1800"), times=99))
    services.start("syncer")
    health = services.wait_for_state("waiting")
    assert health["next_attempt"] > health["last_error"]["since"]
    seen = len(fake.seen)
    answer = services.ask("syncer", "push")
    assert "asked to wait" in answer["error"]
    assert len(fake.seen) == seen


def test_trouble_that_heals_is_told_once_and_gone(services: Processes, fake: FakeGitHub) -> None:
    portal = Reply(200, b"<html>Hotel", {"content-type": "text/html"})
    fake.faults.append(Fault(portal, times=99))
    services.start("syncer")
    services.wait_for_state("waiting")
    answer = services.ask("syncer", "push")
    assert answer["status"] == "error"
    assert "curl -i" in answer["data"]["hint"]
    fake.faults.clear()
    assert services.ask("syncer", "push")["status"] == "ok"
    assert services.wait_for_state("synced")["problems"] == []
    assert services.log.read_text().count("web page") == 1


def test_another_hands_edit_is_merged_through_the_aggregator(
    services: Processes, fake: FakeGitHub
) -> None:
    services.start("aggregator")
    services.start("syncer")
    services.wait_for_state("synced")

    def change(document: dict[str, list[dict[str, dict[str, float]]]]) -> None:
        document["data_points"][-1]["power"].update(mean=123.0, min=123.0, max=123.0)

    content = fake.file("data/monthly.json")
    assert content
    fake.repository.edit("data/monthly.json", edited(content, change))
    answer = services.ask("syncer", "push")
    assert answer["data"]["merged"] == {"monthly.json": [YESTERDAY.isoformat()]}
    for name in ("monthly.json", "yearly.json"):
        document = orjson.loads((services.data / name).read_bytes())
        assert document["data_points"][-1]["power"]["mean"] == 123.0
    services.wait_for_state("synced")
    assert in_step(services, fake)


def test_an_empty_board_is_restored_by_itself(
    services: Processes, fake: FakeGitHub, tmp_path: Path, broker: Broker
) -> None:
    services.start("syncer")
    services.wait_for_state("synced")
    services.stop("syncer")
    services.client.messages.clear()
    with Processes(tmp_path / "new", broker, fake) as board:
        board.start("syncer")
        board.start("aggregator")
        board.wait_for_state("synced")
        points = [
            orjson.loads((place.data / "yearly.json").read_bytes())["data_points"]
            for place in (services, board)
        ]
        assert points[0] == points[1]
        update = board.client.of(broker.topics.file_updated("yearly"))[-1]
        assert orjson.loads(update.payload)["reason"] == "restore"
        fetched = board.ask("syncer", "fetch", {"dry_run": True})
        assert fetched["data"]["files"]["yearly.json"] == {"remote_days": 40, "days": []}


def test_the_token_is_nowhere(services: Processes, fake: FakeGitHub) -> None:
    """In no log line, message, file, commit or list of processes, whatever goes wrong."""
    fake.faults += [Fault(cut=True), Fault(problem(401, f"Bad credentials {TOKEN}"))]
    pid = services.start("syncer")
    wait_until(lambda: services.health().get("state") in ("waiting", "stopped"), LONG_S)
    services.ask("syncer", "push")
    services.ask("syncer", "push")
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    services.stop("syncer")
    files = [path for path in services.directory.rglob("*") if path.is_file()]
    found = [
        path for path in files if path != services.config and TOKEN.encode() in path.read_bytes()
    ]
    assert found == []
    assert all(TOKEN.encode() not in message.payload for message in services.client.messages)
    assert all(TOKEN.encode() not in blob for blob in fake.repository.blobs.values())
    assert all(TOKEN not in message for message in fake.repository.messages())
    assert TOKEN.encode() not in command + environment


def test_a_directory_takes_githubs_place(services: Processes, fake: FakeGitHub) -> None:
    stick = services.directory / "stick"
    services.configuration["remote"] = {"type": "directory", "path": str(stick)}
    services.start("syncer")
    assert "mount" in services.wait_for_state("waiting")["problems"][0]["hint"]
    stick.mkdir()
    assert services.ask("syncer", "push")["data"]["pushed"] == ["monthly.json", "yearly.json"]
    for name in ("monthly.json", "yearly.json"):
        assert (stick / name).read_bytes() == (services.data / name).read_bytes()
    assert fake.seen == []


def test_the_page_is_published_but_never_during_maintenance(
    services: Processes, fake: FakeGitHub
) -> None:
    remembered = services.state / "collector/maintenance"
    remembered.parent.mkdir()
    remembered.write_text("on\n")
    services.configuration["github"]["pages"] = True
    services.start("syncer")
    services.wait_for_state("synced")
    services.ask("syncer", "push")
    assert "gh-pages" not in fake.repository.branches
    services.client.publish(services.broker.topics.maintenance, b"off", retain=True)
    wait_until(lambda: "gh-pages" in fake.repository.branches, LONG_S, what="the page")
    assert fake.repository.messages("gh-pages") == ["Publish the dashboard"]
    assert fake.file("index.html", "gh-pages") == (ROOT / "dashboard/index.html").read_bytes()
    assert fake.file("yearly.json", "gh-pages") == (services.data / "yearly.json").read_bytes()


def test_a_remote_file_of_another_hand_ends_no_process(
    services: Processes, fake: FakeGitHub
) -> None:
    fake.repository.edit("data/monthly.json", b'{"schema": [1]}')
    services.start("aggregator")
    services.start("syncer")
    health = services.wait_for_state("synced")
    assert in_step(services, fake)
    assert [found["name"] for found in health["problems"]] == ["unreadable"]
    assert services.stop("syncer") == 0


def test_health_says_how_to_import_a_file_of_the_old_system(
    services: Processes, fake: FakeGitHub
) -> None:
    fake.repository.edit("data/monthly.json", OLD_FILE)
    services.start("aggregator")
    services.start("syncer")
    health = services.wait_for_state("synced")
    assert ["power-monitor import" in found["hint"] for found in health["problems"]] == [True]
    assert OLD_FILE in [fake.file(name) for name in fake.repository.files("main")]


def test_an_aggregator_that_comes_later_is_asked_again_at_once(
    services: Processes, fake: FakeGitHub
) -> None:
    """Before its first subscription the broker keeps nothing for it: the request is lost."""
    fake.repository.edit("data/monthly.json", OLD_FILE)
    services.start("syncer")
    services.client.wait_for(services.broker.topics.request("aggregator", "merge"), LONG_S)
    services.start("aggregator")
    services.wait_for_state("synced")
    assert in_step(services, fake)


def test_trouble_with_the_page_does_not_stop_the_history(
    services: Processes, fake: FakeGitHub
) -> None:
    services.configuration["github"]["pages"] = True
    rule = problem(422, "Repository rule violations found: creations are restricted.")
    fake.faults.append(Fault(rule, method="POST", path="/git/refs", times=99))
    services.start("syncer")
    wait_until(
        lambda: [found["name"] for found in services.health().get("problems", [])] == ["page"],
        LONG_S,
        what="the page's problem",
    )
    path = services.data / "monthly.json"
    path.write_bytes(edited(path.read_bytes(), lambda d: d.update(last_update=None)))
    announce(services, "monthly")
    wait_until(lambda: in_step(services, fake), LONG_S, what="the history in step")
    assert services.wait_for_state("synced")["problems"][0]["name"] == "page"


def test_a_wait_that_was_asked_for_outlives_a_restart(
    services: Processes, fake: FakeGitHub
) -> None:
    fake.faults.append(Fault(problem(429, "Slow down", retry_after="1800"), times=99))
    services.start("syncer")
    services.wait_for_state("waiting")
    services.stop("syncer")
    services.client.messages.clear()
    asked = len(fake.seen)
    services.start("syncer")
    services.wait_for_state("waiting")
    assert "asked to wait" in services.ask("syncer", "push")["error"]
    assert len(fake.seen) == asked


def test_a_disk_that_takes_nothing_ends_no_process(services: Processes) -> None:
    """A directory in the place of the temporary file stands for a full disk."""
    services.start("syncer")
    services.wait_for_state("synced")
    services.stop("syncer")
    services.client.messages.clear()
    blocked = services.state / "syncer/.state.json.tmp"
    blocked.mkdir()
    services.configuration["github"]["token"] = "github_pat_revoked-long-ago"
    path = services.data / "monthly.json"
    path.write_bytes(edited(path.read_bytes(), lambda d: d.update(last_update=None)))
    services.start("syncer")
    services.wait_for_state("stopped")
    wait_until(
        lambda: {found["name"] for found in services.health()["problems"]} == {"remote", "state"},
        LONG_S,
        what="both problems",
    )
    assert services.stop("syncer") == 0


def test_a_file_that_cannot_be_read_ends_no_process(services: Processes, fake: FakeGitHub) -> None:
    (services.data / "monthly.json").unlink()
    (services.data / "monthly.json").mkdir()
    services.start("syncer")
    health = services.wait_for_state("waiting")
    assert [found["name"] for found in health["problems"]] == ["local"]
    assert fake.seen == []
    assert services.stop("syncer") == 0


def test_a_file_that_turns_unreadable_ends_no_process(services: Processes) -> None:
    services.start("syncer")
    services.wait_for_state("synced")
    (services.data / "monthly.json").unlink()
    (services.data / "monthly.json").mkdir()
    announce(services, "monthly")
    wait_until(
        lambda: "local" in [found["name"] for found in services.health()["problems"]],
        LONG_S,
        what="the problem",
    )
    (services.data / "monthly.json").rmdir()
    assert services.stop("syncer") == 0


def test_a_clock_that_is_behind_holds_and_asks_for_the_clock(
    services: Processes, fake: FakeGitHub
) -> None:
    """Days far ahead at the remote are what a board whose clock is behind sees."""

    def add(document: dict[str, list[dict[str, object]]]) -> None:
        last = document["data_points"][-1]
        document["data_points"].append({**last, "timestamp": "2099-01-01T00:00:00+01:00"})

    content = edited((services.data / "yearly.json").read_bytes(), add)
    fake.repository.edit("data/yearly.json", content)
    services.start("aggregator")
    services.start("syncer")
    health = services.wait_for_state("held")
    assert [found["name"] for found in health["problems"]] == ["ahead"]
    assert "is the clock right?" in health["problems"][0]["hint"]
    assert fake.file("data/yearly.json") == content
