"""`doctor`: each thing that breaks for people is found, and said with what to do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.broker import Broker
from support.github.house import NOON, ZONE, House, configuration, noisy_readings
from support.github.memory import MemoryRemote
from support.github.server import FakeGitHub
from support.monitor import Monitor, Typed, type_line
from support.one_sensor import POWER, TOKEN
from support.wait import wait_until

from cli.connection import reachable
from cli.doctor import broker as broker_part
from cli.doctor import files, house, machine, remote
from cli.doctor.finding import Findings
from cli.overview import look
from demo.entity import sensor
from demo.server import serving
from demo.simulator import Simulator
from shared.config import Config, MqttConfig

LONG_S = 90.0
DAY = ZONE.day_of(NOON)


def told(findings: Findings) -> str:
    """Return a part of the report as text."""
    return "\n".join(f"{one.verdict.value} {one.text} | {one.hint}" for one in findings)


def test_a_monitor_that_works_has_no_failure_and_shows_no_secret(tmp_path: Path) -> None:
    with Monitor(tmp_path, "test-doctor") as monitor:
        password = monitor.broker.password("admin")
        monitor.type("collect")

        def examined() -> Typed | None:
            """Return the report once the reading is on the disk."""
            typed = monitor.type("doctor")
            settled = "FAIL" not in typed.out and "the last reading on disk" in typed.out
            return typed if settled else None

        typed = wait_until(examined, LONG_S, what="a report without failure")
        assert typed
        assert typed.status == 0, typed.out
        for line in (
            "nobody gets in without a name and password",
            "the page's user may look, and nothing else",
            "collector runs since",
            f"power: {POWER} says 400",
            "the last reading on disk is of",
        ):
            assert line in typed.out
        for secret in (TOKEN, password):
            assert secret not in typed.out
        report = monitor.type("doctor", "--json").document
        assert report["fail"] == 0
        assert {check["verdict"] for check in report["checks"]} <= {"ok", "warn"}


def test_a_broken_configuration_is_all_there_is_to_say(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"home_assistant": {"url": "nowhere"}}))
    typed = type_line("--config", str(config), "doctor")
    assert typed.status == 1
    assert "home_assistant.url: must be a full URL" in typed.out
    assert "Home Assistant\n" not in typed.out


# Home Assistant


@pytest.fixture(name="simulator")
def a_simulator() -> Simulator:
    made = Simulator({"sensor.p": sensor("W", "power")}, token="t", zone=ZONE.name)
    made.set("sensor.p", 400, at=made.now() - 60)
    return made


@pytest.fixture(name="config")
def a_config(simulator: Simulator, tmp_path: Path) -> Iterator[Config]:
    with serving(simulator) as url:
        made = configuration(tmp_path)
        yield replace(made, home_assistant=replace(made.home_assistant, url=url))


def test_a_house_that_answers_is_fine(config: Config) -> None:
    assert "FAIL" not in told(house.house(config))
    assert "warn" not in told(house.house(config))


def test_each_trouble_with_the_house_is_told_apart(config: Config, simulator: Simulator) -> None:
    elsewhere = replace(config, timezone="Asia/Tokyo")
    assert "warn its time zone is Europe/Berlin, ours Asia/Tokyo" in told(house.house(elsewhere))
    simulator.set("sensor.p", 4, unit="kWh")
    assert "FAIL power: sensor.p has the unit 'kWh'" in told(house.house(config))
    simulator.set("sensor.p", "unavailable", unit="W")
    assert "warn power: sensor.p is 'unavailable'" in told(house.house(config))
    simulator.remove("sensor.p")
    assert "FAIL power: sensor.p is not there" in told(house.house(config))
    simulator.token = "another"
    assert "the token is refused | create a new token" in told(house.house(config))
    simulator.unplug()
    assert "FAIL Home Assistant can't be reached" in told(house.house(config))


# The remote


def test_rights_privacy_and_age_of_the_remote_are_told(tmp_path: Path) -> None:
    with FakeGitHub() as fake:
        fake.repository.edit("README.md", b"A house.\n")
        section = {"token": fake.token, "repo": "owner/house", "api_url": fake.url}
        config = configuration(tmp_path, github=section)
        pushed = {"last_push": ZONE.iso(NOON - 60), "state": "synced"}
        assert "FAIL" not in told(remote.remote(config, pushed, NOON))
        old = {"last_push": ZONE.iso(NOON - 4 * 86400), "state": "stopped"}
        assert "warn the last push was 4 d" in told(remote.remote(config, old, NOON))
        fake.repository.private = False
        assert "warn it is PUBLIC" in told(remote.remote(config, pushed, NOON))
        fake.writable = False
        assert "can be read and not written" in told(remote.remote(config, pushed, NOON))
        assert fake.token not in told(remote.remote(config, pushed, NOON))


def test_a_stick_that_is_not_there_is_told(tmp_path: Path) -> None:
    config = configuration(tmp_path, remote={"path": str(tmp_path / "stick")})
    assert "stick is not there | plug it in" in told(remote.remote(config, {}, NOON))


# Files


@pytest.fixture(name="board")
def a_board(tmp_path: Path) -> Config:
    made = House(tmp_path, MemoryRemote())
    made.add_days("2026-11-01", "2026-11-21")
    return made.config


def test_damaged_files_are_found_and_left_alone(board: Config) -> None:
    state, data = board.paths.state_dir, board.paths.data_dir
    (data / "yearly.json").write_text('{"schema": 1, "tier": "yea')
    (state / "book" / "2026.json").write_text("{}")
    journal = state / "journal"
    journal.mkdir(exist_ok=True)
    (journal / "2026-11-20.jsonl.gz").write_bytes(b"\x1f\x8b nothing")
    (journal / "2026-11-22.jsonl").write_bytes(noisy_readings(DAY, 600)[:-20])
    (data / "monthly.json.corrupt-1").write_text("?")
    before = {path: path.read_bytes() for path in state.parent.rglob("*.json*")}
    seen = look(board, NOON)
    found = told(files.documents(board, seen)) + told(files.journal(board, seen))
    assert "FAIL yearly.json: " in found
    assert "2026.json: schema None is not 1" in found
    assert "2026-11-20.jsonl.gz is damaged" in found
    assert "its last line is cut" in found
    assert "monthly.json.corrupt-1 was damaged and set aside" in found
    assert {path: path.read_bytes() for path in state.parent.rglob("*.json*")} == before


def test_what_is_whole_is_said_so(board: Config) -> None:
    seen = look(board, NOON)
    assert "ok yearly.json is whole" in told(files.documents(board, seen))
    assert "the book has the years 2026 to 2026" in told(files.journal(board, seen))


# The machine


def test_a_clock_before_the_release_can_not_be_right(board: Config) -> None:
    assert "FAIL 1970-01-01" in told(machine.time(board, 0.0))


def test_missing_and_wearing_places_are_told(board: Config) -> None:
    assert "FAIL" not in told(machine.disks(board))
    gone = replace(board, paths=replace(board.paths, state_dir=Path("/no/such/place")))
    assert "state: /no/such/place is not there" in told(machine.disks(gone))
    quick = replace(board, data=replace(board.data, interval_s=60))
    assert "which wears flash" in told(machine.disks(quick))


# The broker


def test_a_broker_that_lets_everybody_in_is_found(broker: Broker, tmp_path: Path) -> None:
    """What an allow_anonymous of somebody's own broker does to the monitor."""
    config = replace(configuration(tmp_path), mqtt=replace(broker.settings, host=None))
    broker.places.broker.parent.mkdir(parents=True, exist_ok=True)
    config = replace(config, paths=replace(config.paths, state_dir=broker.state_dir))
    assert isinstance(reachable(config), MqttConfig)
    assert "nobody gets in" in told(broker_part.broker(config, look(config, NOON)))
    broker.stop()
    conf = broker.places.run / "mosquitto.conf"
    broker.start_with(lambda text: text.replace("allow_anonymous false", "allow_anonymous true"))
    assert "allow_anonymous true" in conf.read_text()
    found = told(broker_part.broker(config, look(config, NOON)))
    assert "FAIL the broker lets in whoever comes" in found
