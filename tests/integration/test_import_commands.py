"""`power-monitor import` and `export` as a person types them, beside a running aggregator."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from support.broker import Broker
from support.moving import OLD, ZONE, old_file
from support.stack import ROOT, Stack
from support.wait import wait_until

from shared import clock

COMMAND_TIMEOUT_S = 120


@pytest.fixture
def stack(tmp_path: Path, broker: Broker) -> Iterator[Stack]:
    """Run an aggregator and its broker."""
    made = Stack(tmp_path, broker, {})
    made.service("aggregator").start()
    with broker.client() as client:
        made.wait_online(client, "aggregator")
    yield made
    made.stop()


def power_monitor(directory: Path, *words: str | Path) -> tuple[int, str, str]:
    """Run a command; return its exit status and what it printed."""
    config = str(directory / "config.json")
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--config", config, *map(str, words)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=dict(os.environ),
        text=True,
        timeout=COMMAND_TIMEOUT_S,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_dry_run_says_what_the_import_does_and_a_second_one_finds_nothing_new(
    stack: Stack, tmp_path: Path
) -> None:
    files = OLD / "data.json", OLD / "yearly.json", OLD / "daily.json"
    status, promised, _ = power_monitor(tmp_path, "import", "--dry-run", "--json", *files)
    assert status == 0
    assert not list(stack.state.glob("book/*.json"))
    status, done, _ = power_monitor(tmp_path, "import", "--json", *files)
    assert status == 0
    assert orjson.loads(done)["days"] == orjson.loads(promised)["days"] != []
    status, text, _ = power_monitor(tmp_path, "import", *files)
    assert (status, text.splitlines()[-1]) == (
        0,
        "Nothing new: all that could be used is here already.",
    )


def test_days_of_last_week_reach_the_files_and_come_out_again(stack: Stack, tmp_path: Path) -> None:
    midnight = ZONE.day_start(ZONE.day_of(clock.now()))
    stamps = [ZONE.iso(midnight - 86400 + 600 * i) for i in range(144)]
    points = [{"timestamp": stamp, "power": 1000} for stamp in stamps]
    status, text, _ = power_monitor(tmp_path, "import", old_file(tmp_path / "old.json", points))
    assert (status, "1 days new" in text) == (0, True)
    wait_until(lambda: len(stack.document("weekly").get("data_points", ())) >= 24, what="24 hours")
    status, text, _ = power_monitor(tmp_path, "export", "weekly", "--format", "jsonl")
    assert (status, orjson.loads(text.splitlines()[0])["energy_kwh"]) == (0, 1)


def test_without_a_running_service_it_says_so_and_offline_helps(
    stack: Stack, tmp_path: Path
) -> None:
    file = OLD / "units.json"
    status, _, error = power_monitor(tmp_path, "import", "--offline", file)
    assert (status, "the aggregator is running here" in error) == (1, True)
    stack.stop()
    status, _, error = power_monitor(tmp_path, "import", file)
    assert (status, "the aggregator is not running" in error) == (1, True)
    status, text, _ = power_monitor(tmp_path, "import", "--offline", file)
    assert (status, "2025-07-01: 1.450 kWh" in text) == (0, True)


@pytest.mark.usefixtures("stack")
def test_a_mistake_names_the_file_and_what_to_type(tmp_path: Path) -> None:
    status, _, error = power_monitor(tmp_path, "import", tmp_path / "nothing.json")
    assert (status, "No such file" in error, "try: ls -l" in error) == (1, True, True)
    status, _, error = power_monitor(tmp_path, "import", tmp_path / "config.json")
    assert (status, "it has no list of data_points" in error) == (1, True)
