"""The wizard for those without Home Assistant: power from a device that speaks MQTT."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.broker import WITNESS, Broker
from support.devices import example
from support.monitor import environment
from support.talk import Talk

from cli.setup.answers import Devices, Old, configuration
from cli.setup.devices import OPEN
from shared.config import parse

DEADLINE_S = 60.0
DEVICE, OWN, THEIRS, KEEP = "2", "1", "2", ""
REST = ("", "", "", "", "3", "")  # not shown, interval, zone, no price, nowhere else, yes
TASMOTA, ZIGBEE = "1", "3"
TOPIC = "tele/sonoff_desk/SENSOR"


def setup(config: Path, *typed: str) -> subprocess.CompletedProcess[str]:
    """Carry `power-monitor setup` out, with these lines as its input."""
    return subprocess.run(
        [sys.executable, "-m", "cli", "--config", str(config), "setup"],
        input="".join(f"{line}\n" for line in typed),
        capture_output=True,
        text=True,
        check=False,
        env=environment(TZ="Europe/Berlin"),
        timeout=DEADLINE_S,
    )


def test_without_home_assistant_a_device_and_our_own_broker_are_enough() -> None:
    rest = ("y", "", "America/New_York", "0,3127", "", "3", "")
    talk = Talk(DEVICE, OWN, "", TASMOTA, TOPIC, "", "", *rest)
    raw = configuration(Old(), talk.hold())
    expected = {**example("Tasmota").sources["power"]}
    del expected["heartbeat_seconds"]
    assert raw["sources"] == {"power": expected}
    assert raw["mqtt"] == {"listen": OPEN}
    assert raw["tariff"]["periods"] == [{"from": "2026-11-21", "price": "0.3127"}]  # today there
    assert raw["home_assistant"] == {"discovery": True}
    parse(raw, {})


def test_what_can_be_no_topic_path_or_unit_is_asked_again() -> None:
    wrong = ("plug/#", "power-monitor/reading", "plug", "a..b", "-", "V")
    talk = Talk(DEVICE, OWN, "", ZIGBEE, *wrong, "kW", *REST)
    origin = talk.hold().origin
    assert isinstance(origin, Devices)
    assert origin.power == {"topic": "plug", "unit": "kW", "heartbeat_seconds": 9000}
    assert "must not lie below power-monitor/" in talk.heard.lower()


def test_a_device_is_listened_to_on_a_broker_that_is_there(broker: Broker) -> None:
    """A wrong password, a silent topic and a wrong path are told; the message shows the keys."""
    with broker.client() as device:
        device.publish(TOPIC, b'{"ENERGY":{"Power":56}}', retain=True)
    there = ("127.0.0.1", str(broker.port), WITNESS)
    talk = Talk(
        *(DEVICE, THEIRS, *there, "wrong", "", "", "", "", WITNESS),
        *(TASMOTA, TOPIC, "Power", "", "", "", "ENERGY.Power", "", *REST),
    )
    origin = talk.hold().origin
    assert isinstance(origin, Devices)
    assert origin.power["path"] == "ENERGY.Power"
    assert origin.mqtt["password"] == WITNESS
    assert "refuses the user" in talk.heard
    assert 'no number at Power in: {"ENERGY":{"Power":56}}' in talk.heard
    assert "It says 56 W." in talk.heard


HOUSE: dict[str, Any] = {
    "mqtt": {"listen": OPEN},
    "sources": {
        "power": {"difference": ["grid", "solar"]},
        "grid": {"topic": "grid", "unit": "W"},
        "solar": {"topic": "solar", "unit": "W"},
    },
    "tariff": {"currency": "EUR", "periods": [{"from": "2026-01-01", "price": "0.3127"}]},
    "alerts": {"power_high_watts": 6000},
    "data": {"local_collection_interval_minutes": 5},
    "timezone": "Europe/Paris",
}


def test_repeated_it_keeps_sources_tariff_and_alerts_at_enter(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(HOUSE))
    done = setup(config, *[""] * 10)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the difference of grid, solar" in done.stdout
    assert json.loads(config.read_text()) == HOUSE


def test_what_was_right_is_never_replaced_by_what_is_not(tmp_path: Path) -> None:
    """The answers are not lost: they lie beside it."""
    config = tmp_path / "config.json"
    entities = {"power": "sensor.p", "voltage": "sensor.v"}
    before = json.dumps(
        {
            "home_assistant": {"url": "http://h", "token": "x", "entities": entities},
            "sources": {
                "rest": {"difference": ["power", "plug"]},
                "plug": {**HOUSE["sources"]["grid"], "unit": "A"},
            },
        }
    )
    config.write_text(before)
    done = setup(config, DEVICE, OWN, "", TASMOTA, TOPIC, "", "", *REST)
    assert done.returncode == 78, done.stdout + done.stderr
    assert config.read_text() == before
    answers = tmp_path / "config.json.new"
    assert json.loads(answers.read_text())["sources"]["power"]["topic"] == TOPIC
    assert answers.stat().st_mode & 0o777 == 0o600
    assert f"mv {answers} {config}" in done.stdout + done.stderr
