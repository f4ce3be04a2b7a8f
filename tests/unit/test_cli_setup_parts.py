"""Setup without terminal and network: keys, sensors, old answers, the file that comes of it."""

from pathlib import Path
from typing import Any

import pytest
from support.devices import FAMILIES as EXAMPLES
from support.devices import example

from cli.setup.answers import Answers, Devices, House, Old, configuration
from cli.setup.console import cleaned
from cli.setup.devices import OPEN
from cli.setup.families import FAMILIES, Family
from cli.setup.run import next_steps
from cli.setup.sensors import others, sensors_of, suggestions, table
from shared.config import parse


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("abc\n", "abc"),
        ("abx\x7fc\n", "abc"),
        ("xy\x08\x08abc", "abc"),
        ("\x7f\x7fabc", "abc"),
        ("ab\x1b[D\x1b[1;5Cc\x1bOA", "abc"),
        ("abc\r\n", "abc"),
        ("a\x00b\tc", "abc"),
    ],
)
def test_keys_a_serial_console_passes_on_are_obeyed(typed: str, meant: str) -> None:
    assert cleaned(typed) == meant


def entity(name: str, state: str, unit: str, kind: str = "", counts: str = "") -> dict[str, Any]:
    attributes = {"unit_of_measurement": unit, "device_class": kind, "state_class": counts}
    return {"entity_id": name, "state": state, "attributes": attributes | {"friendly_name": name}}


STATES = [
    entity("sensor.washer_power", "3", "W", "power", "measurement"),
    entity("sensor.house_power", "412.5", "W", "power", "measurement"),
    entity("sensor.grid_energy_export", "12", "kWh", "energy", "total_increasing"),
    entity("sensor.grid_energy", "1042", "kWh", "energy", "total_increasing"),
    entity("sensor.energy_today_so_far", "4", "kWh", "energy"),
    entity("sensor.house_voltage", "231", "V", "voltage"),
    entity("sensor.outside", "4", "°C", "temperature"),
    entity("light.kitchen", "on", ""),
    {"entity_id": "sensor.broken", "state": "1"},
    "no entity",
]


def test_the_whole_house_is_suggested_before_its_parts() -> None:
    sensors = sensors_of(STATES)
    assert [one.entity for one in suggestions(sensors, "power")] == [
        "sensor.house_power",
        "sensor.washer_power",
    ]


def test_what_the_monitor_itself_shows_is_suggested_last() -> None:
    """It would measure itself."""
    own = entity("sensor.power_monitor_power", "412", "W", "power", "measurement")
    assert suggestions(sensors_of([own, *STATES]), "power")[-1].entity == own["entity_id"]


def test_a_meter_must_count_and_the_two_directions_are_told_apart() -> None:
    sensors = sensors_of(STATES)
    assert suggestions(sensors, "energy")[0].entity == "sensor.grid_energy"
    assert suggestions(sensors, "export")[0].entity == "sensor.grid_energy_export"
    assert "sensor.energy_today_so_far" not in {
        one.entity for one in suggestions(sensors, "energy")
    }


def test_further_sensors_are_those_of_electricity() -> None:
    further = others(sensors_of(STATES), ["sensor.house_power"])
    assert [one.entity for one in further] == ["sensor.house_voltage", "sensor.washer_power"]


def test_the_list_shows_current_values_within_80_columns() -> None:
    name = "sensor." + "a_very_long_name_of_a_sensor_" * 3
    lines = table(sensors_of([*STATES, entity(name, "1", "W", "power")]))
    assert "412.5 W" in lines[1]
    assert max(map(len, lines)) < 80


OLD: dict[str, Any] = {
    "_": "a remark",
    "homeassistant": {"url": "http://old:8123", "token_file": "token", "entity_id": "sensor.p"},
    "mqtt": {"base_topic": "house"},
    "github": {"token": "old", "repo": "me/house", "branch": "data"},
    "data": {"live_interval_seconds": 5},
}


def house(token: str) -> House:
    return House("http://new:8123", token, {"power": "sensor.p"})


def answers(**more: Any) -> Answers:
    given: dict[str, Any] = {
        "origin": house("from-the-file"),
        "timezone": "Europe/Berlin",
        "minutes": 0.5,
        "remote": "github",
        "safe": {"repo": "me/house", "token": "old", "archive": True},
    }
    return Answers(**{**given, **more})


def test_what_is_not_asked_about_stays_and_old_spellings_go() -> None:
    old = Old(OLD, house_token="from-the-file", github_token="old")
    assert old.entities == {"power": "sensor.p"}
    assert configuration(old, answers()) == {
        "_": "a remark",
        "home_assistant": {
            "url": "http://new:8123",
            "token_file": "token",
            "entities": {"power": "sensor.p"},
        },
        "mqtt": {"base_topic": "house"},
        "github": {"token": "old", "repo": "me/house", "branch": "data", "archive": True},
        "data": {"live_interval_seconds": 5, "local_collection_interval_minutes": 0.5},
        "timezone": "Europe/Berlin",
    }


def test_a_new_token_takes_the_place_of_the_old_one_s_file() -> None:
    old = Old(OLD, house_token="from-the-file", github_token="old")
    section = configuration(old, answers(origin=house("new")))["home_assistant"]
    assert (section["token"], "token_file" in section) == ("new", False)


def test_another_place_for_the_history_ends_the_first() -> None:
    raw = configuration(Old(OLD), answers(remote="remote", safe={"path": "/media/stick"}))
    assert raw["remote"] == {"path": "/media/stick"}
    assert "github" not in raw
    assert "remote" not in configuration(Old(raw), answers(remote="", safe={}))


PLUG = {"topic": "plug/power", "unit": "W"}
MIXED: dict[str, Any] = {
    "home_assistant": {"url": "http://h", "token": "x", "entities": {"voltage": "sensor.v"}},
    "mqtt": {"host": "broker", "username": "me", "password_file": "pw", "base_topic": "house"},
    "sources": {"power": {"sum": ["one", "two"]}, "one": PLUG, "two": {**PLUG, "topic": "two"}},
    "alerts": {"power_high_watts": 6000},
}


def devices(mqtt: Any, power: Any = PLUG) -> Answers:
    return answers(origin=Devices(power, mqtt), remote="", safe={})


def test_what_other_sources_and_home_assistant_tell_beside_power_stays() -> None:
    kept = {"host": "broker", "port": 1883, "username": "me", "password": "secret"}
    raw = configuration(
        Old(MIXED, mqtt_password="secret"), devices(kept, MIXED["sources"]["power"])
    )
    assert {name: raw[name] for name in ("home_assistant", "sources", "alerts")} == {
        name: MIXED[name] for name in ("home_assistant", "sources", "alerts")
    }
    assert raw["mqtt"] == {**MIXED["mqtt"], "port": 1883}


def test_power_moves_from_home_assistant_to_a_device_and_back() -> None:
    moved = configuration(Old(OLD), devices({"listen": OPEN}))
    assert (moved["sources"], moved["mqtt"]) == (
        {"power": PLUG},
        {"base_topic": "house", "listen": OPEN},
    )
    assert "home_assistant" not in moved
    parse(moved, {})
    back = configuration(Old(moved), answers(remote="", safe={}))
    assert back["home_assistant"]["entities"] == {"power": "sensor.p"}
    assert "sources" not in back
    parse(back, {})


def test_nothing_of_a_broker_that_was_left_remains() -> None:
    own = configuration(Old(MIXED), devices({}))
    assert own["mqtt"] == {"base_topic": "house"}
    nameless = configuration(Old(MIXED), devices({"host": "other", "port": 1883}))
    assert nameless["mqtt"] == {"base_topic": "house", "host": "other", "port": 1883}


@pytest.mark.parametrize(("name", "family"), list(zip(EXAMPLES, FAMILIES, strict=False)))
def test_a_device_is_asked_for_as_its_chapter_has_it(name: str, family: Family) -> None:
    """How long a message may speak depends on the device's own settings there."""
    wanted = {**example(name).sources["power"]}
    made = family.source(family.example, family.path, "W")
    for source in (wanted, made):
        source.pop("heartbeat_seconds", None)
    assert made == wanted
    assert family.name.startswith(name)


def test_the_next_step_is_one_that_works_where_it_is_typed() -> None:
    """On a bare board there is no /opt/power-monitor; an installed one needs units, too."""
    file = Path("my config.json")
    elsewhere = "\n".join(next_steps(file, here=False, installed=False))
    assert "scp 'my config.json' BOARD:config.json" in elsewhere
    assert "sudo deploy/install.sh --config ~/config.json" in elsewhere
    installed = "\n".join(next_steps(file, here=True, installed=True))
    assert "sudo /opt/power-monitor/current/deploy/install.sh" in installed
    assert "systemctl restart" not in installed
    assert "scripts/run" in "\n".join(next_steps(file, here=True, installed=False))
