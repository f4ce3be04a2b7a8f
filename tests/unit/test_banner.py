"""What is printed once everything runs."""

from pathlib import Path

from cli.run.banner import banner
from cli.run.places import RunPlaces
from shared.config import parse

SOURCE = {"power": {"topic": "plug/power", "unit": "W"}}
HOUSE = {"url": "http://h", "token": "x", "entities": {"power": "sensor.x"}}


def said(*, own_broker: bool = True, **raw: object) -> str:
    """Return the banner of a configuration."""
    config = parse({**raw, "paths": {"state_dir": "/state"}}, {"TZ": "UTC"})
    places = RunPlaces(Path("/state"))
    return banner(config, None, places, command="power-monitor", own_broker=own_broker)


def test_it_says_how_devices_sign_in_where_there_are_sources() -> None:
    assert "For devices  user device, password in /state/credentials/device" in said(sources=SOURCE)


def test_it_says_nothing_of_devices_where_there_are_none_or_the_broker_is_not_ours() -> None:
    assert "device" not in said(home_assistant=HOUSE)
    assert "device" not in said(sources=SOURCE, own_broker=False)
