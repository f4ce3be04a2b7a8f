"""`run` as a person meets it: the demo from nothing, the printed lines, a second start, the end."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import requests
from support.wait import wait_until

from cli.run.identity import identity

ROOT = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 240  # a busy machine fetches a year of history more slowly
STOP_DEADLINE_S = 90
TIMEOUT_S = 30


@dataclass
class Demo:
    """A running demo with its own var/ directory."""

    var: Path
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def run(self) -> Path:
        """Where pid files and the servers' configuration are."""
        return self.var / "demo" / "state" / "run"

    def said(self, pattern: str) -> str:
        """Return the first group of a pattern in what was printed, waiting for it."""
        found = wait_until(
            lambda: re.findall(pattern, self.log.read_text()), START_DEADLINE_S, what=pattern
        )
        return str(found[0])

    def pids(self) -> list[int]:
        """Return the processes that were started."""
        return [int(file.read_text().split()[0]) for file in self.run.glob("*.pid")]


def start(var: Path, *options: str) -> Demo:
    """Start what scripts/run starts, once Python is there."""
    var.mkdir(exist_ok=True)
    log = var / "log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("POWER_MONITOR_CONFIG", None)
    command = [sys.executable, "-m", "cli.checkout", "--var", str(var), *options]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    return Demo(var, process, log)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run one demo for all tests here that leave it running."""
    if (ROOT / "config.json").exists():
        pytest.skip("this checkout has a config.json, so it has no demo")
    running = start(tmp_path_factory.mktemp("run") / "var with space")
    running.said(r"The page +(\S+)")
    yield running
    running.process.terminate()
    running.process.wait(STOP_DEADLINE_S)


def test_the_page_and_four_files_are_there(demo: Demo) -> None:
    """With a history, through the pipeline that a real house uses."""
    page = demo.said(r"The page +(\S+)")
    assert "<title>Power Monitor</title>" in requests.get(page, timeout=TIMEOUT_S).text

    def points(tier: str) -> int:
        answer = requests.get(f"{page}{tier}.json", timeout=TIMEOUT_S)
        return len(answer.json()["data_points"]) if answer.ok else 0

    def more_than(days: int) -> int:
        known = points("yearly")
        return known if known > days else 0

    known = 0
    while known < 365:  # a busy machine takes its time, but goes on
        known = wait_until(partial(more_than, known), START_DEADLINE_S, what=f"more than {known}")
    assert known == 365
    wait_until(lambda: points("weekly") >= 167, START_DEADLINE_S, what="a week of hours")
    assert points("monthly") == 30
    assert points("daily") > 0


def test_the_place_of_the_admin_page_and_its_password_is_printed(demo: Demo) -> None:
    """The password itself is not."""
    page = demo.said(r"To manage +(\S+), user admin")
    assert "admin/main.js" in requests.get(page, timeout=TIMEOUT_S).text
    password = Path(demo.said(r"password in (.+)")).read_text().strip()
    assert password
    assert password not in demo.log.read_text()


def test_the_printed_lines_work_as_they_are(demo: Demo) -> None:
    """Copied into a shell, they watch and ask; no password stands in them."""
    watch = demo.said(r"(XDG_CONFIG_HOME=.*mosquitto_sub.*)")
    ask = demo.said(r"(XDG_CONFIG_HOME=.*mosquitto_pub.*)")
    seen = subprocess.check_output(["/bin/sh", "-c", f"{watch} -C 1 -W 10"], text=True)
    assert seen.startswith("power-monitor/")
    assert subprocess.call(["/bin/sh", "-c", ask]) == 0
    password = (demo.var / "demo" / "state" / "credentials" / "admin").read_text().strip()
    assert password not in demo.log.read_text()


def test_the_command_line_can_find_the_broker(demo: Demo) -> None:
    """broker.json names host and port, for the owner only."""
    file = demo.run / "broker.json"
    told = json.loads(file.read_text())
    assert told["host"] == "127.0.0.1"
    assert f"127.0.0.1 port {told['port']}" in demo.log.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_all_of_run_is_private(demo: Demo) -> None:
    """Passwords, options files and configurations belong to one user."""
    open_to_others = [
        path
        for path in (demo.var / "demo" / "state").rglob("*")
        if path.is_file() and path.stat().st_mode & 0o077
    ]
    assert demo.run.stat().st_mode & 0o777 == 0o700
    assert not [path for path in open_to_others if demo.run in path.parents]
    assert (demo.var / "demo" / "config.json").stat().st_mode & 0o777 == 0o600


def test_a_killed_broker_comes_back_at_the_same_port(demo: Demo) -> None:
    """The services find it again by themselves."""
    before = (demo.run / "broker.json").read_text()
    pid = int((demo.run / "mosquitto.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    demo.said(r"(mosquitto was ended by SIGKILL)")

    def is_another() -> bool:
        """It is away for a moment, and may be read half written."""
        file = demo.run / "mosquitto.pid"
        with suppress(FileNotFoundError):
            words = file.read_text().split()
            return bool(words) and int(words[0]) != pid
        return False

    wait_until(is_another, what="another broker")
    assert (demo.run / "broker.json").read_text() == before


def test_a_second_start_beside_it_is_refused(demo: Demo) -> None:
    """Two supervisors would fight for one state directory."""
    copy = demo.log.read_text()
    second = start(demo.var)
    assert second.process.wait(START_DEADLINE_S) == 1
    assert "a monitor already runs here" in second.log.read_text()
    demo.log.write_text(copy)


def test_kill_nine_leaves_nothing_and_the_next_start_keeps_the_addresses(tmp_path: Path) -> None:
    """Processes of a killed run end; page and broker come back where they were."""
    first = start(tmp_path / "var")
    page = first.said(r"The page +(\S+)")
    broker = (first.run / "broker.json").read_text()
    orphans = first.pids()
    assert len(orphans) == 5
    first.process.kill()
    first.process.wait(TIMEOUT_S)
    second = start(tmp_path / "var")
    assert second.said(r"The page +(\S+)") == page
    assert (second.run / "broker.json").read_text() == broker
    assert not any(identity(pid) for pid in orphans)
    ours = second.pids()
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(STOP_DEADLINE_S) == 0
    assert not any(identity(pid) for pid in ours)


def test_a_bad_configuration_is_explained_with_status_78(tmp_path: Path) -> None:
    """All mistakes on stderr, nothing started."""
    config = tmp_path / "config.json"
    config.write_text('{"home_assistant": {}}')
    command = [sys.executable, "-m", "cli", "--config", str(config), "run"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 78
    assert "home_assistant.url" in done.stderr
    assert "Traceback" not in done.stderr


def test_config_show_hides_secrets_and_check_answers_in_json(tmp_path: Path) -> None:
    """What a person may paste into a question."""
    config = tmp_path / "config.json"
    entities = {"power": "sensor.p"}
    section = {"url": "http://ha:8123", "token": "very-secret", "entities": entities}
    config.write_text(json.dumps({"home_assistant": section}))
    config.chmod(0o600)
    command = [sys.executable, "-m", "cli", "--config", str(config), "config"]
    shown = subprocess.check_output([*command, "show"], text=True, cwd=ROOT)
    assert json.loads(shown)["home_assistant"]["url"] == "http://ha:8123"
    assert "very-secret" not in shown
    checked = subprocess.check_output([*command, "check", "--json"], text=True, cwd=ROOT)
    assert json.loads(checked) == {"status": "ok"}
