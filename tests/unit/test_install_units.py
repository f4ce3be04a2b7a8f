"""Which units an installation gets, and what they say for its configuration."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.install.units import files, localised, parts, template
from shared.config import Config, parse
from shared.errors import ConfigError

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"


def configured(**sections: Any) -> Config:
    """Return a configuration with the paths of an installation, unless given."""
    house = {"url": "http://h", "token": "t", "entities": {"power": "sensor.p"}}
    paths = {"volatile_dir": "/run/power-monitor", **sections.pop("paths", {})}
    return parse({"home_assistant": house, "paths": paths, **sections}, {})


def unit(name: str, config: Config) -> str:
    """Return a unit's text as it is installed."""
    return localised(name, (UNITS / template(name)).read_text(), config)


def test_each_part_that_is_needed_gets_a_unit_and_no_other() -> None:
    """A broker that is there already needs none of ours; without a remote nothing is synced."""
    assert parts(configured()) == ("broker", "web", "collector", "aggregator")
    remote = {"remote": {"type": "directory", "path": "/media/stick"}}
    assert "syncer" in parts(configured(**remote))
    assert "broker" not in parts(configured(mqtt={"host": "broker.lan"}))


@pytest.mark.parametrize("whole", [True, False])
def test_every_unit_that_is_named_exists(whole: bool) -> None:  # noqa: FBT001 - a parameter
    for file in files(configured(remote={"type": "directory", "path": "/m"}), whole=whole):
        assert (UNITS / template(file)).is_file()


def test_usual_paths_leave_every_unit_as_it_is_in_the_tree() -> None:
    for file in files(configured(), whole=False):
        assert unit(file, configured()) == (UNITS / template(file)).read_text()


def test_other_directories_take_the_place_of_the_usual_ones_everywhere() -> None:
    config = configured(paths={"state_dir": "/srv/state", "data_dir": "/srv/www"})
    text = unit("power-monitor-aggregator.service", config)
    assert "ReadWritePaths=/srv/state /srv/www\n" in text
    assert "LoadCredential=aggregator:/srv/state/credentials/aggregator\n" in text
    assert "InaccessiblePaths=-/srv/state/credentials -/srv/state/run/admin\n" in text
    assert "/var/" not in text


def test_passwords_kept_elsewhere_are_handed_over_from_there() -> None:
    config = configured(mqtt={"credentials": "/etc/monitor/passwords"})
    text = unit("power-monitor-collector.service", config)
    assert "LoadCredential=collector:/etc/monitor/passwords/collector\n" in text
    assert "ReadWritePaths=/var/lib/power-monitor/collector\n" in text


def test_only_who_writes_it_may_write_the_remote_directory() -> None:
    """It may be a stick that is not plugged in, hence the minus."""
    config = configured(remote={"type": "directory", "path": "/media/stick"})
    assert " -/media/stick\n" in unit("power-monitor-syncer.service", config)
    assert " -/media/stick\n" in unit("power-monitor.service", config)
    assert "/media" not in unit("power-monitor-aggregator.service", config)


def test_a_volatile_directory_of_ones_own_may_be_written() -> None:
    config = configured(paths={"volatile_dir": "/mnt/ram/monitor"})
    assert " -/mnt/ram/monitor\n" in unit("power-monitor-aggregator.service", config)


@pytest.mark.parametrize("path", ["/srv/my data", "/srv/100%", '/srv/"', "/srv/a:b"])
def test_a_path_that_would_change_a_unit_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="can't stand in a systemd unit"):
        unit("power-monitor-aggregator.service", configured(paths={"state_dir": path}))


@pytest.mark.parametrize("part", ["", "broker", "web", "collector", "aggregator", "syncer"])
def test_openrc_limits_memory_as_systemd_does(part: str) -> None:
    """The reference board runs OpenRC, and has the least to spare."""
    name = f"power-monitor{'-' * bool(part)}{part}.service"
    limit = re.search(r"^MemoryMax=(\S+)$", (UNITS / name).read_text(), re.MULTILINE)
    script = UNITS.parent / "openrc" / "power-monitor"
    line = f'RC_SVCNAME=power-monitor{"." * bool(part)}{part} LISTEN="" PORT=""; . {script}'
    words = ["/bin/sh", "-euc", f'{line}; echo "$rc_cgroup_settings"']
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert limit
    assert done.stdout == f"memory.max {limit[1]}\n"
