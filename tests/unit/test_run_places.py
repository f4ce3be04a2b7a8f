"""Where a monitor started in a checkout keeps its files."""

from pathlib import Path
from typing import Any

from cli.run.places import placed
from shared.config import parse

REQUIRED = {"url": "http://127.0.0.1", "token": "t", "entities": {"power": "sensor.p"}}


def paths_of(var: Path | None, **sections: Any) -> list[Path | None]:
    config = placed(parse({"home_assistant": REQUIRED, "timezone": "UTC", **sections}, {}), var)
    return [config.paths.data_dir, config.paths.state_dir, config.mqtt.credentials_dir]


def test_a_checkout_keeps_all_of_its_own_below_var(tmp_path: Path) -> None:
    """The passwords too: an installation on the same machine has others."""
    state = tmp_path / "state"
    assert paths_of(tmp_path) == [tmp_path / "data", state, state / "credentials"]


def test_places_that_the_configuration_names_stay(tmp_path: Path) -> None:
    paths = {"data_dir": "/srv/data", "state_dir": "/srv/state"}
    there = [Path("/srv/data"), Path("/srv/state")]
    assert paths_of(tmp_path, paths=paths) == [*there, Path("/srv/state/credentials")]
    named = paths_of(tmp_path, mqtt={"credentials": "/etc/passwords"})
    assert named[-1] == Path("/etc/passwords")
    assert paths_of(None)[-1] == Path("/var/lib/power-monitor/credentials")
