"""What a right configuration means: values, defaults, old spellings, secrets."""

from dataclasses import fields
from pathlib import Path

import pytest
from support.configuration import SMALLEST, with_option

from shared.config import Config, parse, redacted
from shared.config_files import system_timezone
from shared.errors import ConfigError
from shared.options import OPTIONS, SECTIONS

LARGEST = {
    "home_assistant": {
        "url": "https://ha.example:8443/prefix/",
        "token": "ha-secret",
        "entities": {"power": "sensor.x", "voltage": "sensor.y", "energy": "sensor.meter"},
        "discovery": True,
    },
    "mqtt": {
        "host": "broker.example",
        "port": 8883,
        "username": "me",
        "password": "mqtt secret",
        "tls": True,
        "base_topic": "house/power",
        "credentials": "/etc/credentials",
    },
    "remote": {"type": "directory", "path": "/media/stick", "archive": True},
    "github": {
        "token": "gh-secret",
        "repo": "owner/power.data",
        "branch": "feature/x",
        "directory": "a/b/",
        "api_url": "http://127.0.0.1:4000",
        "archive": True,
        "pages": True,
    },
    "tariff": {
        "currency": "EUR",
        "periods": [{"from": "2026-01-01", "price": "0.3127", "export_price": 0.08}],
    },
    "alerts": {
        "power_high_watts": 6000,
        "energy_day_kwh": 30,
        "hysteresis_percent": 5,
        "no_reading_minutes": 90,
        "sync_days": 3,
        "disk_free_megabytes": 100,
        "restarts_per_hour": 4,
        "ignore": ["clock"],
        "webhook_url": "https://hook.example/a-secret?key=another",
        "webhook_token": "hook-secret",
        "webhook_body": {"text": "{text}", "more": [1, {"at": "{since}"}]},
    },
    "data": {
        "local_collection_interval_minutes": 0.5,
        "live_interval_seconds": 2,
        "publish_interval_minutes": 30,
        "backfill_days": 0,
        "bounds": {"power": [-30000, 30000]},
    },
    "paths": {"data_dir": "/data", "volatile_dir": "/run/x", "state_dir": "/state"},
    "timezone": "Europe/Berlin",
}


def read(path: str, value: object) -> Config:
    """Parse the smallest configuration with one option more, in UTC."""
    return parse(with_option(path, value), {"TZ": "UTC"})


def test_smallest_configuration_gets_the_documented_defaults() -> None:
    """Smallest configuration gets the documented defaults."""
    config = parse(SMALLEST, {"TZ": "Asia/Kolkata"})
    assert config.home_assistant.entities == {"power": "sensor.x"}
    assert config.home_assistant.discovery is False
    assert (config.mqtt.host, config.mqtt.address, config.mqtt.port) == (None, "127.0.0.1", 1883)
    assert (config.mqtt.username, config.mqtt.password, config.mqtt.tls) == (None, None, False)
    assert config.mqtt.base_topic == "power-monitor"
    assert config.mqtt.credentials_dir == Path("/var/lib/power-monitor/credentials")
    assert config.github is None
    assert (config.data.interval_s, config.data.live_interval_s) == (600, None)
    assert (config.data.publish_interval_minutes, config.data.backfill_days) == (60, 10)
    assert config.data.bounds == {}
    assert config.paths.data_dir == config.paths.volatile_dir == Path("/var/www/html")
    assert config.paths.state_dir == Path("/var/lib/power-monitor")
    assert config.timezone == "Asia/Kolkata"


def test_every_option_reaches_its_field() -> None:
    """Every option reaches its field."""
    config = parse(LARGEST, {})
    assert config.home_assistant.url == "https://ha.example:8443/prefix"
    assert config.mqtt.address == "broker.example"
    assert config.mqtt.credentials_dir == Path("/etc/credentials")
    assert config.github is not None
    assert (config.github.directory, config.github.branch) == ("a/b", "feature/x")
    assert config.github.api_url == "http://127.0.0.1:4000"
    assert (config.data.interval_s, config.data.live_interval_s) == (30, 2.0)
    assert config.data.bounds == {"power": (-30000.0, 30000.0)}
    assert config.paths.volatile_dir == Path("/run/x")


def test_every_field_is_declared_as_an_option_and_the_other_way_round() -> None:
    """Every field is declared as an option and the other way round."""
    config = parse(LARGEST, {})
    parts = {section.name: getattr(config, section.name) for section in SECTIONS}
    of_parts = {f"{name}.{f.name}" for name, part in parts.items() for f in fields(part)}
    of_top = {f.name for f in fields(config)} - set(parts)
    declared = {f"{option.section}.{option.attribute}".lstrip(".") for option in OPTIONS}
    assert of_parts | of_top == declared


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [(10, 600), (0.5, 30), (1 / 60, 1), (60, 3600), (1 / 3, 20), (0.2501, 15)],
)
def test_interval_is_rounded_to_whole_seconds(minutes: float, seconds: int) -> None:
    """Interval is rounded to whole seconds."""
    assert read("data.local_collection_interval_minutes", minutes).data.interval_s == seconds


def test_old_spellings_are_understood() -> None:
    """Old spellings are understood."""
    section = {"url": "http://h", "token": "t", "entity_id": "sensor.old"}
    config = parse({"homeassistant": section}, {})
    assert config.home_assistant.entities == {"power": "sensor.old"}
    both = section | {"entities": {"voltage": "sensor.v"}}
    config = parse({"home_assistant": both}, {})
    assert config.home_assistant.entities == {"power": "sensor.old", "voltage": "sensor.v"}


def test_remarks_are_ignored_everywhere() -> None:
    """Remarks are ignored everywhere."""
    remarks = {"comment": 1, "comments": ["x"], "_x": {"y": None}}
    home = SMALLEST["home_assistant"]
    entities = {"power": "sensor.x", **remarks}
    raw = {**remarks, "home_assistant": {**home, **remarks, "entities": entities}}
    assert parse(raw, {}) == parse(SMALLEST, {})


def test_null_means_not_given() -> None:
    """Null means not given."""
    raw = {**SMALLEST, "github": None, "mqtt": {"host": None}, "timezone": None}
    assert parse(raw, {}) == parse(SMALLEST, {})


def test_secrets_come_from_the_environment() -> None:
    """Secrets come from the environment."""
    raw = {
        "home_assistant": {"url": "http://h", "entities": {"power": "sensor.x"}},
        "github": {"repo": "a/b"},
    }
    environ = {
        "POWER_MONITOR_HA_TOKEN": "one",
        "POWER_MONITOR_MQTT_PASSWORD": "two",
        "POWER_MONITOR_GITHUB_TOKEN": "three\n",
    }
    assert set(parse(raw, environ).secrets()) == {"one", "two", "three"}


def test_environment_wins_and_an_empty_variable_is_none() -> None:
    """Environment wins and an empty variable is none."""
    assert parse(SMALLEST, {"POWER_MONITOR_HA_TOKEN": "x"}).home_assistant.token == "x"
    assert parse(SMALLEST, {"POWER_MONITOR_HA_TOKEN": ""}).home_assistant.token == "ha-secret"


def test_sync_is_off_without_section_or_without_token() -> None:
    """Sync is off without section or without token."""
    environ = {"POWER_MONITOR_GITHUB_TOKEN": "x"}
    assert parse(SMALLEST, environ).github is None
    assert parse({**SMALLEST, "github": {"repo": "a/b"}}, {}).github is None
    assert parse({**SMALLEST, "github": {"repo": "a/b", "token": ""}}, {}).github is None
    assert parse({**SMALLEST, "github": {"repo": "a/b"}}, environ).github is not None


def test_relative_paths_start_at_the_base() -> None:
    """Relative paths start at the base."""
    raw = with_option("paths.data_dir", "var/data")
    assert parse(raw, {}, base=Path("/checkout")).paths.data_dir == Path("/checkout/var/data")


def test_repr_and_redacted_show_no_secret() -> None:
    """Repr() and redacted show no secret."""
    config = parse(LARGEST, {})
    assert len(config.secrets()) == 5
    for secret in config.secrets():
        assert secret not in repr(config)
        assert secret not in repr(redacted(config))


def test_redacted_is_written_as_the_file_writes_it() -> None:
    """Redacted is written as the file writes it."""
    shown = redacted(parse(LARGEST, {}))
    assert shown["data"] == LARGEST["data"]
    hidden = {"webhook_url": "***", "webhook_token": "***"}
    assert shown["alerts"] == {**LARGEST["alerts"], **hidden}  # type: ignore[dict-item]
    assert shown["timezone"] == "Europe/Berlin"
    assert isinstance(shown["mqtt"], dict)
    assert (shown["mqtt"]["password"], shown["mqtt"]["credentials"]) == ("***", "/etc/credentials")
    assert redacted(parse(SMALLEST, {}))["github"] is None


def test_redacted_without_the_stars_is_the_same_configuration() -> None:
    """What is shown can be used: put the secrets back and nothing has changed."""
    config = parse(LARGEST, {})
    environ = {o.environment: LARGEST[o.section][o.key] for o in OPTIONS if o.secret}  # type: ignore[index] # a plain tree
    assert parse(redacted(config), environ) == config


@pytest.mark.parametrize(
    ("variable", "file", "link", "expected"),
    [
        ("Asia/Tokyo", "Europe/Paris", "Europe/Berlin", "Asia/Tokyo"),
        (":Asia/Tokyo", "", "", "Asia/Tokyo"),
        ("/usr/share/zoneinfo/Asia/Tokyo", "", "", "Asia/Tokyo"),
        ("CET-1CEST,M3.5.0", "Europe/Paris\n", "", "Europe/Paris"),
        ("", "Europe", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("", "", "/etc/zoneinfo/Africa/Cairo", "Africa/Cairo"),
        ("", "", "", "UTC"),
    ],
)
def test_system_timezone(
    tmp_path: Path, variable: str, file: str, link: str, expected: str
) -> None:
    """The variable, then /etc/timezone, then where /etc/localtime leads, then UTC."""
    if file:
        (tmp_path / "timezone").write_text(file)
    if link:
        (tmp_path / "localtime").symlink_to(link)
    assert system_timezone({"TZ": variable}, tmp_path) == expected


def test_hint_is_part_of_a_configuration_error() -> None:
    """Hint is part of a configuration error."""
    with pytest.raises(ConfigError) as caught:
        parse({}, {})
    assert "docs/configuration.md" in caught.value.hint
