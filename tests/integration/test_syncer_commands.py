"""`power-monitor push` and `fetch` as a person types them, with everything running behind."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from support.broker import Broker
from support.github.house import ZONE, House, edited, noisy_readings
from support.github.memory import MemoryRemote
from support.github.processes import LONG_S, ROOT, Processes
from support.github.server import FakeGitHub
from support.wait import wait_until

from shared import clock

COMMAND_TIMEOUT_S = 180


@pytest.fixture
def services(tmp_path: Path, broker: Broker) -> Iterator[Processes]:
    """Run aggregator and syncer in step with GitHub, with the archive on."""
    yesterday = ZONE.day_of(clock.now()) - timedelta(days=1)
    house = House(tmp_path / "board", MemoryRemote(), now=clock.now())
    house.add_days((yesterday - timedelta(days=40)).isoformat(), yesterday.isoformat())
    with FakeGitHub() as fake, Processes(tmp_path / "board", broker, fake, archive=True) as made:
        fake.repository.edit("README.md", b"A house.\n")
        made.start("aggregator")
        made.start("syncer")
        made.wait_for_state("synced")
        yield made


def power_monitor(services: Processes, *words: str) -> tuple[int, str]:
    """Run a command; return its exit status and what it printed."""
    command = [sys.executable, "-m", "cli", "--config", str(services.config), *words]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=dict(os.environ),
        timeout=COMMAND_TIMEOUT_S,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def test_push_tells_what_it_did(services: Processes) -> None:
    assert power_monitor(services, "push") == (
        0,
        "monthly.json: unchanged\nyearly.json: unchanged\n",
    )
    status, text = power_monitor(services, "push", "--dry-run", "--json")
    assert status == 0
    assert orjson.loads(text)["would"]["monthly.json"] == "unchanged"


def test_a_held_push_says_what_to_type_and_force_lets_go(services: Processes) -> None:
    gone = ZONE.day_of(clock.now()) - timedelta(days=5)
    services.ask("aggregator", "correct", {"date": gone.isoformat(), "drop": True})
    status, text = power_monitor(services, "push")
    assert status == 2
    assert f"monthly.json: not pushed, days that were dropped here are still there: {gone}" in text
    assert "merged" not in text
    assert "push --force" in text
    assert "fetch" not in text  # which would bring nothing back
    (problem,) = services.wait_for_state("held")["problems"]
    assert (problem["name"], "dropped here" in problem["text"]) == ("dropped", True)
    status, text = power_monitor(services, "push", "--force")
    assert (status, "monthly.json: pushed" in text) == (0, True)


def test_a_push_names_days_that_are_not_over_by_the_clock(services: Processes) -> None:
    def add(document: dict[str, list[dict[str, object]]]) -> None:
        last = document["data_points"][-1]
        document["data_points"].append({**last, "timestamp": "2099-01-01T00:00:00+01:00"})

    content = services.github.file("data/yearly.json")
    assert content
    services.github.repository.edit("data/yearly.json", edited(content, add))
    status, text = power_monitor(services, "push")
    assert status == 2
    assert "yearly.json: not pushed, days there are not over yet by the clock here: 2099" in text
    assert "is the clock right?" in text
    assert "gone" not in text


def test_fetch_shows_what_would_change_then_does_it(services: Processes) -> None:
    content = services.github.file("data/monthly.json")
    assert content

    def change(document: dict[str, list[dict[str, object]]]) -> None:
        document["data_points"][-1]["energy_kwh"] = 1.5

    services.github.repository.edit("data/monthly.json", edited(content, change))
    day = orjson.loads(content)["data_points"][-1]["timestamp"][:10]
    line = f"  {day}: here 9.600 kWh, there 1.500 kWh: is replaced by the remote's\n"
    before = (services.data / "monthly.json").read_bytes()
    status, text = power_monitor(services, "fetch", "--dry-run")
    assert status == 0
    assert line in text
    assert (services.data / "monthly.json").read_bytes() == before
    status, text = power_monitor(services, "fetch")
    assert status == 0
    assert "what was here before: " in text
    last = orjson.loads((services.data / "monthly.json").read_bytes())["data_points"][-1]
    assert last["energy_kwh"] == 1.5


def test_fetch_archive_shows_its_progress(services: Processes) -> None:
    today = ZONE.day_of(clock.now())
    days = [today - timedelta(days=back) for back in (3, 2)]
    for day in days:
        packed = gzip.compress(noisy_readings(day, 600))
        path = f"data/readings/{day.year}/{day}.jsonl.gz"
        services.github.repository.edit(path, packed)
    period = days[0].isoformat()[:7]
    status, text = power_monitor(services, "fetch", "--archive", period, "--dry-run")
    assert status == 0
    assert f"  {days[0]}\n" in text
    status, text = power_monitor(services, "fetch", "--archive", period)
    assert status == 0
    same_month = [day for day in days if day.isoformat().startswith(period)]
    assert text.splitlines()[0] == f"{len(same_month)} days of {period} are in the archive"
    assert text.splitlines()[1] == f"1/{len(same_month)} {days[0]}: 144 readings"
    assert text.splitlines()[-1].startswith("what was here before: ")
    kept = services.state / "syncer/before"
    assert len(list(kept.iterdir())) == 1


def test_fetching_what_is_not_in_the_archive_fails(services: Processes) -> None:
    for more in ([], ["--dry-run"]):
        status, text = power_monitor(services, "fetch", "--archive", "2027-01", *more)
        assert status == 1
        assert "nothing of 2027-01 is in the archive" in text


def test_a_wrong_period_and_a_missing_broker_are_said(services: Processes) -> None:
    status, text = power_monitor(services, "fetch", "--archive", "November")
    assert status == 1
    assert "write 2026-11" in text
    services.broker.stop()
    status, text = power_monitor(services, "push")
    assert status == 1
    assert "no broker answers" in text


def test_readings_that_wait_for_the_archive_are_told_in_the_aggregators_health(
    tmp_path: Path, broker: Broker
) -> None:
    """Nobody uploads here; an old day stays, and a person hears of it."""
    today = ZONE.day_of(clock.now())
    old = clock.now() - 3 * 86400
    with FakeGitHub() as fake, Processes(tmp_path, broker, fake, archive=True) as services:
        (services.state / "journal").mkdir()
        for back in range(2, 14):
            day = today - timedelta(days=back)
            path = services.state / f"journal/{day}.jsonl.gz"
            path.write_bytes(gzip.compress(noisy_readings(day, 3600)))
            os.utime(path, (old, old))
        services.start("aggregator")
        topic = broker.topics.health("aggregator")

        def problems() -> list[dict[str, str]]:
            told = services.client.of(topic)
            found: list[dict[str, str]] = orjson.loads(told[-1].payload)["problems"] if told else []
            return found

        (problem,) = wait_until(problems, LONG_S, what="the problem")
        assert problem["name"] == "archive"
        assert problem["text"].startswith("2 days of readings, from ")
        assert "syncer/health" in problem["hint"]
        assert len(list((services.state / "journal").iterdir())) == 12
