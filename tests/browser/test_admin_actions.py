"""Each action of the admin page, through to its effect on disk."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from support.browser import Visitor
from support.desk import NOW, agree, answer, badge_of, open_desk, panel, press
from support.house import House
from support.one_sensor import POWER
from support.wait import wait_until

DAY_S = 86400
KNOWN_DAY, LOST_DAY = "2026-11-02", "2026-11-01"


@pytest.fixture(name="stick")
def a_stick(tmp_path: Path) -> Path:
    """Return the directory that is the remote."""
    made = tmp_path / "stick"
    made.mkdir()
    return made


@pytest.fixture(name="monitor")
def a_monitor(house: Callable[..., House], stick: Path) -> Iterator[House]:
    """Run all services at a noon, with a remote, three days of history and one older day."""
    with house(now=NOW, remote={"path": str(stick)}, data={"backfill_days": 1}) as running:
        for hours in range(72, 0, -1):
            running.home_assistant.set(POWER, 100 + hours, at=NOW - hours * 3600)
        running.start("aggregator")
        days = [{"timestamp": f"{KNOWN_DAY}T00:00:00+01:00", "energy_kwh": 9}]
        ask(running, "aggregator", "import", {"buckets": days})
        running.start("collector", "syncer")
        wait_until(lambda: KNOWN_DAY in remote_days(stick), 40, what="a first push")
        yield running


def wait_for_quiet(monitor: House, stick: Path) -> None:
    """Wait until the syncer has nothing more to push: it would merge what a test does there."""
    collector, data = monitor.stack.service("collector"), monitor.stack.data
    wait_until(lambda: "backfill is done" in collector.log, 60, what="the history")

    def is_rolled_up() -> bool:
        """All that can be known of yesterday: of twelve hours 25 minutes each."""
        (*_, last) = monitor.stack.document("yearly")["data_points"]
        return (last["coverage"] or 0) > 0.2

    wait_until(is_rolled_up, 60, what="the history in the files")
    ask(monitor, "syncer", "push", {})
    wait_until(lambda: is_same(stick, data, "monthly") and is_same(stick, data, "yearly"), 60)


def is_same(stick: Path, data: Path, tier: str) -> bool:
    return (stick / f"{tier}.json").read_bytes() == (data / f"{tier}.json").read_bytes()


def ask(monitor: House, service: str, command: str, payload: Any) -> None:
    """Ask a service beside the page, and wait for its answer."""
    with monitor.broker.client() as client:
        topic = monitor.topics.response(service, command)
        client.subscribe(topic)
        client.publish(monitor.topics.request(service, command), json.dumps(payload))
        assert json.loads(client.wait_for(topic).payload)["status"] == "ok"


def days_in(document: dict[str, Any]) -> list[str]:
    return [point["timestamp"][:10] for point in document.get("data_points", ())]


def remote_days(stick: Path) -> list[str]:
    file = stick / "yearly.json"
    return days_in(json.loads(file.read_text())) if file.exists() else []


def journal_of(monitor: House, day: str) -> list[dict[str, Any]]:
    """Return a day's readings; what is preallocated of the file is blank."""
    file = monitor.stack.state / "journal" / f"{day}.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines if line.strip()]


def test_collect_now_puts_a_reading_into_the_journal(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "collector")
    monitor.home_assistant.set(POWER, 777, at=NOW)
    press(page, "collect", "Collect now")
    expect(answer(page, "collect")).to_contain_text("777")
    wait_until(
        lambda: any(line["power"] == 777 for line in journal_of(monitor, "2026-11-22")),
        20,
        what="the reading in the journal",
    )


def test_roll_up_writes_the_files(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    monitor.stack.wait_for_points("weekly", 24 - 12)
    visitor.forgive("404")  # the page may look at its files just then
    (monitor.stack.data / "monthly.json").unlink()
    panel(page, "rollup").get_by_label("Which file").select_option("monthly")
    press(page, "rollup", "Roll up")
    expect(answer(page, "rollup")).to_contain_text("monthly.json: 2 points")
    expect(answer(page, "rollup")).not_to_contain_text("weekly.json")
    assert KNOWN_DAY in days_in(monitor.stack.document("monthly"))


def test_maintenance_is_switched_and_remembered(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "collector")
    remembered = monitor.stack.state / "collector" / "maintenance"
    for button, state in (("Switch on", "on"), ("Switch off", "off")):
        press(page, "maintenance", button)
        expect(answer(page, "maintenance")).to_contain_text(f"is {state}")
        expect(panel(page, "maintenance").locator(".badge")).to_have_text(f"Maintenance is {state}")
        assert remembered.read_text().strip() == state


def test_push_brings_back_what_is_gone_at_the_remote(
    monitor: House, visitor: Visitor, stick: Path
) -> None:
    """The dry run only tells."""
    page = open_desk(visitor, monitor, "syncer")
    wait_for_quiet(monitor, stick)
    (stick / "monthly.json").unlink()
    press(page, "push", "Only tell")
    expect(answer(page, "push")).to_contain_text("monthly.json: would be pushed")
    assert not (stick / "monthly.json").exists()
    press(page, "push", "Push")
    expect(answer(page, "push")).to_contain_text("monthly.json: pushed")
    assert (stick / "monthly.json").read_bytes() == (
        monitor.stack.data / "monthly.json"
    ).read_bytes()


def test_restore_shows_each_day_first_and_asks_once(
    monitor: House, visitor: Visitor, stick: Path
) -> None:
    page = open_desk(visitor, monitor, "syncer")
    wait_for_quiet(monitor, stick)
    remote = json.loads((stick / "yearly.json").read_text())
    old = {"timestamp": f"{LOST_DAY}T00:00:00+01:00", "energy_kwh": 12.5, "export_kwh": 0}
    known = next(one for one in remote["data_points"] if one["timestamp"].startswith(KNOWN_DAY))
    remote["data_points"].insert(0, {**known, **old})
    (stick / "yearly.json").write_text(json.dumps(remote))
    restore = panel(page, "restore")
    expect(restore.get_by_role("button", name="Restore", exact=True)).to_be_hidden()
    press(page, "restore", "See what would change")
    expect(answer(page, "restore")).to_contain_text("1 day would change")
    row = restore.get_by_role("row", name="1 Nov 2026")
    expect(row).to_contain_text("12.5")
    expect(row).to_contain_text("comes back")
    assert LOST_DAY not in days_in(monitor.stack.document("yearly"))
    press(page, "restore", "Restore")
    agree(page, "Cancel")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert LOST_DAY not in days_in(monitor.stack.document("yearly"))
    press(page, "restore", "Restore")
    agree(page, "Restore")
    expect(answer(page, "restore")).to_contain_text("yearly.json: 1 day changed")
    assert LOST_DAY in days_in(monitor.stack.document("yearly"))
    copy = Path(answer(page, "restore").locator("p code").inner_text())
    assert LOST_DAY not in days_in(json.loads((copy / "yearly.json").read_text()))


def test_backfill_fetches_what_was_not_asked_for_by_itself(
    monitor: House, visitor: Visitor
) -> None:
    """The configuration looks back a day; a person two."""
    page = open_desk(visitor, monitor, "collector")
    assert journal_of(monitor, "2026-11-20") == []
    panel(page, "backfill").get_by_label("Since").fill("2026-11-20T13:00")
    panel(page, "backfill").get_by_label("Until").fill("2026-11-20T15:00")
    press(page, "backfill", "Fill")
    expect(answer(page, "backfill")).to_contain_text("for 1 gaps")
    lines = wait_until(lambda: journal_of(monitor, "2026-11-20"), what="readings of that day")
    ends = {line["timestamp"] for line in lines}
    assert min(ends) > "2026-11-20T12:00:00"
    assert max(ends) <= "2026-11-20T14:00:00+00:00"


def test_a_service_that_is_not_running_is_asked_for_nothing(
    monitor: House, visitor: Visitor
) -> None:
    """Its session would keep the request, and carry it out whenever it is back."""
    page = open_desk(visitor, monitor, "collector")
    monitor.stack.service("collector").stop()
    expect(badge_of(page, "collector")).to_have_text("offline")
    with monitor.broker.client() as witness:
        witness.subscribe(f"{monitor.topics.base}/request/#")
        press(page, "collect", "Collect now")
        expect(answer(page, "collect")).to_contain_text("not running")
        witness.subscribe("nothing/more")
        assert witness.messages == []


def test_what_the_service_refuses_is_told_with_its_hint(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "collector")
    panel(page, "backfill").get_by_label("Since").fill("2026-11-23T12:00")
    press(page, "backfill", "Fill")
    note = answer(page, "backfill")
    expect(note).to_contain_text("Not done")
    expect(note).to_contain_text("since must be earlier")
    expect(note.locator("code")).to_contain_text("2026-11-20")


def test_the_state_of_everything_is_shown(monitor: House, visitor: Visitor, stick: Path) -> None:
    """Services, broker, disk, the remote copy, next rollups, files, and lines from before."""
    page = open_desk(visitor, monitor, "collector", "aggregator", "syncer")

    def card(name: str) -> Any:
        return page.locator("article", has=page.get_by_role("heading", name=name, exact=True))

    for name in ("Collector", "Aggregator", "Syncer"):
        expect(card(name)).to_contain_text("0.1.0")
        expect(card(name)).to_contain_text("MB")
    expect(card("Broker")).to_contain_text("mosquitto version")
    expect(card("Disk")).to_contain_text("GB free")
    expect(card("Remote copy")).to_contain_text(str(stick))
    expect(card("Remote copy")).to_contain_text("all is safe")
    expect(card("Next rollups")).to_contain_text("00:15, in 12 hours")
    files = page.get_by_role("row", name="yearly.json")
    expect(files).to_contain_text("fine")
    expect(page.locator(".lines")).to_contain_text("syncer started")
    expect(page.locator(".lines")).to_contain_text("collector started")


def test_new_log_lines_appear_by_themselves(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    expect(page.locator(".lines")).to_contain_text("aggregator started")
    with monitor.broker.client() as client:
        client.publish(monitor.topics.request("aggregator", "rollup"), b"hourly")
    warning = page.locator(".lines .warning", has_text="no tier 'hourly'")
    expect(warning).to_have_count(1)
    page.get_by_label("Lines", exact=True).select_option("alarming")
    expect(page.locator(".lines li")).to_have_count(1)
