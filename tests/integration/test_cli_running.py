"""Commands as a person types them, beside services that run."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread

import pytest
from support.monitor import WATTS, Monitor
from support.wait import wait_until

LONG_S = 90.0  # each look is a command of its own


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    with Monitor(tmp_path_factory.mktemp("monitor"), "test-cli") as running:
        yield running


def test_collect_tells_the_reading_it_took(monitor: Monitor) -> None:
    typed = monitor.type("collect")
    assert typed.status == 0, typed.err
    assert f"power        {WATTS:g} W" in typed.out
    assert monitor.type("collect", "--json").document["reading"]["power"] == WATTS


def test_rollup_tells_the_points_of_each_file(monitor: Monitor) -> None:
    assert monitor.type("rollup", "yearly", "--json").document["tiers"].keys() == {"yearly"}
    assert "monthly.json: " in monitor.type("rollup").out


def test_maintenance_is_switched_and_shown(monitor: Monitor) -> None:
    assert monitor.type("maintenance", "on").out == "maintenance is on\n"
    assert "Maintenance    on" in monitor.type("status").out
    assert monitor.type("maintenance", "toggle", "--json").document == {"maintenance": "off"}
    assert "Maintenance" not in monitor.type("status").out


def test_status_shows_services_reading_energy_and_files(monitor: Monitor) -> None:
    monitor.type("collect")

    def seen() -> str:
        typed = monitor.type("status")
        is_settled = "kWh used" in typed.out and "No problems." in typed.out
        return typed.out if typed.status == 0 and is_settled else ""

    text = wait_until(seen, LONG_S, what="a status with today's energy and no problem")
    assert f"Power          {WATTS:g} W" in text
    for service in ("collector", "aggregator"):
        assert f"{service:<15}running" in text
    assert "syncer         not needed" in text
    lines = text.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    document = monitor.type("status", "--json").document
    assert document["services"]["collector"]["online"] is True
    assert [file["problem"] for file in document["files"]] == [None] * 4


def test_a_dropped_reading_is_shown_asked_for_and_gone(monitor: Monitor) -> None:
    monitor.type("collect")
    points = wait_until(lambda: monitor.stack.document("daily")["data_points"], LONG_S)
    when = points[0]["timestamp"]
    shown = monitor.type("correct", when, "--drop", "--dry-run")
    assert (shown.status, when in shown.out) == (0, True), shown.err
    refused = monitor.type("correct", when, "--drop")
    assert (refused.status, "--yes" in refused.err) == (1, True)
    done = monitor.type("correct", when, "--drop", "--yes", "--json").document
    assert done["readings"] == 1
    assert set(done["before"]) == set(done["after"])

    def there() -> list[str]:
        return [point["timestamp"] for point in monitor.stack.document("daily")["data_points"]]

    wait_until(lambda: when not in there(), what="the file without it")


def test_a_time_without_a_reading_is_told_with_what_to_do(monitor: Monitor) -> None:
    typed = monitor.type("correct", "2020-01-01T00:00", "--drop", "--yes")
    assert typed.status == 1
    assert "no reading there" in typed.err
    assert "{" not in typed.err


def test_a_day_of_which_only_the_total_is_left_is_set(monitor: Monitor) -> None:
    """First its readings are looked for; there are none, so the day itself is meant."""
    day = (datetime.now().astimezone() - timedelta(days=100)).date().isoformat()
    typed = monitor.type("correct", day, "--set", "energy_kwh=9.5", "--yes")
    assert typed.status == 0, typed.err
    assert f"after:  {day}  9.5 kWh" in typed.out
    assert "nothing known" in monitor.type("correct", day, "--drop", "--yes").out


def test_logs_show_what_was_said_before(monitor: Monitor) -> None:
    typed = monitor.type("logs")
    assert (typed.status, "aggregator started" in typed.out) == (0, True), typed.err
    assert "aggregator started" not in monitor.type("logs", "collector").out


def test_logs_follow_what_a_service_says(monitor: Monitor) -> None:
    following = monitor.process("logs", "-f", "--json")
    heard: list[str] = []
    listener = Thread(target=lambda: heard.extend(following.stdout or ()), daemon=True)
    listener.start()

    def told() -> bool:
        """Each refused request makes a line; the first ones may come before anybody listens."""
        monitor.type("correct", "2020-01-01T00:00", "--drop", "--yes")
        lines = [json.loads(line) for line in list(heard)]
        return any("no reading there" in line["line"] for line in lines)

    try:
        wait_until(told, LONG_S, what="the refusal in the log")
    finally:
        following.kill()
        listener.join()
        following.communicate()


def test_offline_is_refused_beside_a_running_service(monitor: Monitor) -> None:
    typed = monitor.type("rollup", "--offline", "--json")
    assert typed.status == 1
    assert typed.document["error"].startswith("the aggregator is running here")
    assert "--offline" in typed.document["hint"]


def test_a_push_without_a_remote_says_how_to_get_one(monitor: Monitor) -> None:
    typed = monitor.type("push")
    assert (typed.status, "power-monitor setup" in typed.err) == (1, True)


def test_what_does_not_run_is_named_at_once(monitor: Monitor) -> None:
    """And status says so with its exit status; the last test here, for it stops a service."""
    monitor.stack.service("collector").stop()
    typed = monitor.type("collect")
    assert (typed.status, typed.err.splitlines()[0]) == (
        1,
        "power-monitor: the collector is not running",
    )
    shown = monitor.type("status")
    assert shown.status == 1
    assert "collector      not running" in shown.out
    monitor.broker.stop()
    away = monitor.type("status")
    assert (away.status, "no broker answers" in away.out) == (1, True)
    assert monitor.type("rollup").status == 1
