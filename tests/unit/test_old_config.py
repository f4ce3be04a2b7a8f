"""The old system's configuration, in each spelling it ever had."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from cli.old_config import convert
from shared.config import parse

FIRST: dict[str, Any] = {
    "homeassistant": {"url": "http://ha:8123", "token": "abcdefgh", "entity_id": "sensor.p"},
    "github": {"token": "ghp_1234567", "repo_owner": "me", "repo_name": "house", "branch": "main"},
    "data": {"retention_days": 7, "collection_interval_minutes": 10},
    "admin": {"username": "admin", "password_hash": "pbkdf2:x"},
    "paths": {"state_file": "/etc/m.conf", "web_root": "/srv/www", "data_file": "/srv/www/d.json"},
}
LAST: dict[str, Any] = {
    "homeassistant": {
        "url": "http://ha:8123",
        "token": "abcdefgh",
        "entities": {
            "voltage": "sensor.v",
            "daily_energy": "sensor.p",
            "power": "sensor.p",
            "solar": "",
        },
        "note": "Create a token",
    },
    "github": {
        "token": "YOUR_GITHUB_PERSONAL_ACCESS_TOKEN",
        "repo": "username/repo-name",
        "user": {"name": "Me", "email": "me@example.com"},
    },
    "data": {"local_collection_interval_minutes": 7, "publish_interval_minutes": 60},
    "paths": {"web_root": "/var/www/html", "data_dir": "/srv/data"},
    "voltage_threshold": {"UL": 250, "LL": 220},
    "mdns": {"enabled": True},
    "comments": {"info": "x"},
}


def test_the_first_spelling() -> None:
    made = convert(FIRST)
    assert made.config == {
        "home_assistant": {
            "url": "http://ha:8123",
            "token": "abcdefgh",
            "entities": {"power": "sensor.p"},
        },
        "github": {"token": "ghp_1234567", "branch": "main", "repo": "me/house"},
        "data": {"local_collection_interval_minutes": 10},
        "paths": {"data_dir": "/srv/www"},
    }
    parse(made.config, {})


def test_the_last_spelling() -> None:
    """A meter that is the power again is no meter; 7 minutes do not divide an hour."""
    made = convert(LAST)
    assert made.config == {
        "home_assistant": {
            "url": "http://ha:8123",
            "token": "abcdefgh",
            "entities": {"voltage": "sensor.v", "power": "sensor.p"},
        },
        "data": {"local_collection_interval_minutes": 6, "publish_interval_minutes": 60},
        "paths": {"data_dir": "/srv/data"},
    }
    parse(made.config, {})
    told = "\n".join(made.told)
    for name in ("daily_energy", "github.user", "voltage_threshold", "mdns", "6 instead of 7"):
        assert name in told


def test_a_meter_of_its_own_becomes_energy() -> None:
    entities = {"power": "sensor.p", "daily_energy": "sensor.e"}
    made = convert({"homeassistant": {"entities": entities}})
    assert made.config["home_assistant"]["entities"] == {"power": "sensor.p", "energy": "sensor.e"}


@pytest.mark.parametrize(
    ("old", "new"), [(1, 1), (2, 2), (7, 6), (45, 30), (90, 60), (0.5, 0.5), (0.7, 40 / 60)]
)
def test_an_interval_that_cannot_be_becomes_the_next_shorter_one(old: float, new: float) -> None:
    made = convert({"data": {"collection_interval_minutes": old}})
    assert made.config["data"]["local_collection_interval_minutes"] == pytest.approx(new)
    assert 3600 % round(60 * new) == 0


def test_what_is_of_today_stays_as_it_is() -> None:
    config = {
        "home_assistant": {
            "url": "http://ha",
            "token_file": "t",
            "entities": {"power": "sensor.p"},
        },
        "mqtt": {"host": "broker"},
        "timezone": "Europe/Berlin",
    }
    assert convert(config).config == config


def test_the_command_writes_a_file_for_its_owner_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.json", tmp_path / "config.json"
    old.write_text(json.dumps(LAST))
    assert main(["config", "convert", str(old), "--output", str(new)]) == 0
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert "abcdefgh" not in capsys.readouterr().out
    assert main(["--config", str(new), "config", "check"]) == 0
    assert main(["config", "convert", str(old), "--output", str(new)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_what_is_still_to_do_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps({"homeassistant": {"url": "http://ha", "token": "your_token"}}))
    os.environ.pop("POWER_MONITOR_HA_TOKEN", None)
    assert main(["config", "convert", str(old), "--output", str(new)]) == 78
    assert "still to do: home_assistant.token: required" in capsys.readouterr().out
