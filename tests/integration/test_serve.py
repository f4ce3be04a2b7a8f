"""Broker, web server and services each alone, as systemd and OpenRC run them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.monitor import type_line
from support.wait import wait_until

from cli.run import ports
from cli.run.answers import accepts
from cli.run.places import RunPlaces, make_private
from cli.run.serve import broker, count_start
from shared.config import parse

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "127.0.0.1"
TIMEOUT_S = 30
DEADLINE_S = 60
Process = subprocess.Popen[bytes]


class Machine:
    """One configuration without a broker in it, and processes that share nothing else."""

    def __init__(self, directory: Path) -> None:
        self.state = directory / "state"
        self.config = directory / "config.json"
        self.config.write_text(
            json.dumps(
                {
                    "home_assistant": {
                        "url": "http://127.0.0.1:9",
                        "token": "no-home-assistant-here",
                        "entities": {"power": "sensor.power"},
                    },
                    "paths": {"data_dir": "data", "state_dir": "state"},
                    "timezone": "Europe/Berlin",
                }
            )
        )
        self.config.chmod(0o600)
        (directory / "data").mkdir()
        self._running: list[Process] = []

    def start(self, *words: str, **environment: str) -> Process:
        """Run `python -m WORDS` until the end of the test."""
        self._running.append(self._begin(words, environment))
        return self._running[-1]

    def run(self, *words: str, **environment: str) -> int:
        """Run it and return its exit status."""
        return self._begin(words, environment).wait(2 * DEADLINE_S)

    def _begin(self, words: tuple[str, ...], environment: dict[str, str]) -> Process:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", *words],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "POWER_MONITOR_CONFIG": str(self.config),
                **environment,
            },
            cwd=self.config.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start_broker(self) -> Process:
        """Start the broker and wait until it accepts connections."""
        process = self.start("cli.run.serve", "broker")
        wait_until(self.broker_answers, DEADLINE_S, what="the broker")
        return process

    def broker_answers(self) -> bool:
        """Whether the broker that was written down is there."""
        try:
            there = json.loads((self.state / "run" / "broker.json").read_bytes())
        except FileNotFoundError:
            return False
        return accepts(there["host"], there["port"])

    def alive(self, *words: str) -> bool:
        """Whether services do their work."""
        return self.run("cli.run.alive", *words) == 0

    def says(self, command: str) -> str:
        """Return what a command says, whatever its exit status."""
        return type_line("--config", str(self.config), command, cwd=self.config.parent).out

    def stop(self) -> None:
        """End everything."""
        for process in reversed(self._running):
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait(DEADLINE_S)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    running = Machine(tmp_path)
    yield running
    running.stop()


def test_services_find_our_own_broker_and_are_alive(machine: Machine) -> None:
    """Nothing but the state directory tells them where it is."""
    machine.start_broker()
    machine.start("services.aggregator")
    machine.start("services.collector")
    assert machine.alive("--within", str(DEADLINE_S))
    assert machine.alive("--within", str(DEADLINE_S), "aggregator")
    assert not machine.alive("--within", "0", "aggregator", "syncer")


def test_a_service_that_hangs_is_not_alive(machine: Machine) -> None:
    """It is still connected and online; what it told before does not count."""
    machine.start_broker()
    aggregator = machine.start("services.aggregator")
    assert machine.alive("--within", str(DEADLINE_S), "aggregator")
    aggregator.send_signal(signal.SIGSTOP)
    later = str(time.time() + 1)
    assert not machine.alive("--within", "0", "--since", later, "aggregator")


def test_the_broker_keeps_its_port_over_restarts(machine: Machine) -> None:
    """Services that go on running were told that port."""
    first = machine.start_broker()
    port = (machine.state / "run" / "broker.json").read_bytes()
    first.terminate()
    first.wait(DEADLINE_S)
    machine.start_broker()
    assert (machine.state / "run" / "broker.json").read_bytes() == port


def test_the_page_is_served_once_the_broker_was_there(machine: Machine) -> None:
    """Its site.json holds the viewer's password, which the broker's start made."""
    port = ports.choose(LOCAL, None)
    assert machine.run("cli.run.serve", "web", LOCAL, str(port)) == 1
    machine.start_broker()
    machine.start("cli.run.serve", "web", LOCAL, str(port))
    wait_until(lambda: accepts(LOCAL, port), DEADLINE_S, what="the page")
    site = requests.get(f"http://{LOCAL}:{port}/site.json", timeout=TIMEOUT_S).json()
    assert site["mqtt"]["username"] == "viewer"


def test_a_page_that_nobody_serves_is_not_alive_and_not_fine(machine: Machine) -> None:
    """As after an upgrade whose lighttpd refuses its configuration."""
    port = str(ports.choose(LOCAL, None))
    machine.start_broker()
    machine.start("services.aggregator")
    server = machine.start("cli.run.serve", "web", LOCAL, port)
    words = ("--within", str(DEADLINE_S), "--page", LOCAL, port, "aggregator")
    assert machine.alive(*words)
    assert f"page           running  http://{LOCAL}:{port}/" in machine.says("status")
    server.terminate()
    server.wait(DEADLINE_S)
    assert not machine.alive("--within", "0", *words[2:])
    assert f"! page: http://{LOCAL}:{port}/ does not answer" in machine.says("status")
    assert f"FAIL  http://{LOCAL}:{port}/ does not answer" in machine.says("doctor")


def test_a_configuration_that_is_handed_over_keeps_its_meaning(machine: Machine) -> None:
    """As systemd does it: a copy elsewhere, one password beside it, the others out of reach."""
    machine.start_broker()
    handed = machine.state.parent / "credentials"
    handed.mkdir()
    shutil.copy2(machine.config, handed / "config.json")
    passwords = machine.state / "credentials"
    shutil.copy2(passwords / "aggregator", handed / "aggregator")
    (passwords / "aggregator").write_text("not the password")
    machine.start(
        "services.aggregator",
        POWER_MONITOR_CONFIG=str(handed / "config.json"),
        CREDENTIALS_DIRECTORY=str(handed),
    )
    assert machine.alive("--within", str(DEADLINE_S), "aggregator")
    assert (machine.state / "aggregator.lock").exists()
    assert not (handed / "state").exists()


# When a torn database is doubted


def failing(directory: Path, starts: int, every_s: float) -> int:
    """Return what the last of some starts counts, none of which came up."""
    counts = [
        count_start(directory / "starts", directory / "mosquitto.db", 100 + every_s * number)
        for number in range(starts)
    ]
    return counts[-1]


def test_starts_that_fail_one_after_the_other_are_counted(tmp_path: Path) -> None:
    assert failing(tmp_path, 4, every_s=5) == 3


def test_a_run_of_some_length_was_no_failure(tmp_path: Path) -> None:
    assert failing(tmp_path, 4, every_s=600) == 0


def test_a_run_that_saved_its_database_was_no_failure(tmp_path: Path) -> None:
    """Restarts by hand, or by an upgrade, come as close together."""
    starts, database = tmp_path / "starts", tmp_path / "mosquitto.db"
    for number in range(5):
        assert count_start(starts, database, 100 + number) == 0
        database.touch()
        os.utime(database, (time.time() + 1, time.time() + 1))


def test_a_reboot_begins_to_count_anew(tmp_path: Path) -> None:
    failing(tmp_path, 3, every_s=5)
    assert count_start(tmp_path / "starts", tmp_path / "mosquitto.db", 9.0) == 0


def test_a_broker_for_devices_listens_where_they_were_told_to_find_it(tmp_path: Path) -> None:
    """At `mqtt.port`, not at any free one, and lets them speak on the topics of `sources`."""
    port = ports.choose(LOCAL, None)
    config = parse(
        {
            "sources": {"power": {"topic": "plug/power", "unit": "W"}},
            "mqtt": {"listen": "0.0.0.0", "port": port},  # noqa: S104 - what is asked for
            "paths": {"state_dir": str(tmp_path)},
        },
        {"TZ": "UTC"},
    )
    places = RunPlaces(tmp_path)
    make_private(places.run)
    ports.remember(places.ports, "mosquitto", port + 1)
    broker(config, places)
    assert f"\nlistener {port} 0.0.0.0\n" in (places.run / "mosquitto.conf").read_text()
    assert "user device\ntopic write plug/power\n" in (places.run / "acl").read_text()
