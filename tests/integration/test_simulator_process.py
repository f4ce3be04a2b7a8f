"""The simulated Home Assistant as a process of its own: the demo."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "demo.home_assistant"]
TIMEOUT_S = 30.0
ENTITIES = ["sensor.house_power", "sensor.house_voltage", "sensor.house_current"]


Process = subprocess.Popen[bytes]


@pytest.fixture(name="process", scope="module")
def a_process() -> Iterator[Process]:
    """Start the demo on a free port."""
    arguments = ["--port", "0", "--demo", "--token", "demo", "--days", "366"]
    with subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(TIMEOUT_S) == 0
            assert process.stdout is not None
            assert process.stdout.read() == b""
        finally:
            process.kill()


@pytest.fixture(name="demo", scope="module")
def a_demo(process: Process) -> str:
    """Return its address."""
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
    assert found, line
    return found[1]


def work_s(process: Process) -> float:
    """Return the processor's seconds spent so far: a clock would time the other tests, too."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def get(demo: str, path: str) -> Any:
    """Return the JSON of a path."""
    headers = {"Authorization": "Bearer demo"}
    return requests.get(demo + path, headers=headers, timeout=TIMEOUT_S).json()


def test_the_demo_shows_power_voltage_and_current(demo: str) -> None:
    """In W, V and A, each known and told within the last minute or so."""
    assert get(demo, "/api/config")["time_zone"] == "Europe/Paris"
    states = {state["entity_id"]: state for state in get(demo, "/api/states")}
    assert list(states) == ENTITIES
    units = [states[entity]["attributes"]["unit_of_measurement"] for entity in ENTITIES]
    classes = [states[entity]["attributes"]["device_class"] for entity in ENTITIES]
    assert (units, classes) == (["W", "V", "A"], ["power", "voltage", "current"])
    power, voltage, current = (float(states[entity]["state"]) for entity in ENTITIES)
    assert power == pytest.approx(voltage * current, rel=0.25)
    reported = datetime.fromisoformat(states[ENTITIES[0]]["last_reported"])
    assert datetime.now(UTC) - reported < timedelta(seconds=70)


def test_a_day_of_history_comes_at_once(demo: str, process: Process) -> None:
    """Each minute's change of one entity, well under a second."""
    before = work_s(process)
    start = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = f"/api/history/period/{start}?filter_entity_id={ENTITIES[0]}&no_attributes"
    rows = get(demo, path)[0]
    assert 900 < len(rows) <= 1441
    assert work_s(process) - before < 1.0


def test_a_year_of_history_day_by_day(demo: str, process: Process) -> None:
    """What the backfill asks for when the demo starts: all of it known, in seconds."""
    before, now = work_s(process), datetime.now(UTC)
    session = requests.Session()
    session.headers["Authorization"] = "Bearer demo"
    options = f"?filter_entity_id={','.join(ENTITIES)}&minimal_response&significant_changes_only=0"
    counts = []
    for days in range(365, 0, -1):
        start = (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        path = f"{demo}/api/history/period/{start}{options}"
        lists = session.get(path, timeout=TIMEOUT_S).json()
        counts.append([len(rows) for rows in lists])
    session.close()
    assert all(len(count) == 3 and min(count) > 100 for count in counts)
    assert work_s(process) - before < 30.0


def test_before_the_retention_there_is_nothing(demo: str) -> None:
    """366 days are kept."""
    start = (datetime.now(UTC) - timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert get(demo, f"/api/history/period/{start}?filter_entity_id={ENTITIES[0]}") == []


def test_the_help_tells_how_to_try_it() -> None:
    """With the request to type and where the faults are described."""
    shown = subprocess.run(
        [*COMMAND, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    for word in ("--port", "--demo", "--token", "--days", "--zone", "curl", "demo/control.py"):
        assert word in shown.stdout


def test_an_unknown_zone_is_refused() -> None:
    """In one line, not a traceback."""
    shown = subprocess.run(
        [*COMMAND, "--zone", "Mars/Olympus"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert shown.returncode == 2
    assert len(shown.stderr.splitlines()) == 1
    assert "Mars/Olympus" in shown.stderr
