"""What the installer looks at before anything is changed, and how it takes a configuration."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.install.ahead import config, serving
from shared.errors import BadInput, ConfigError, Refused

ROOT = Path(__file__).parents[2]
HOUSE = {"url": "http://h", "token": "t", "entities": {"power": "sensor.p"}}
LOCAL = "127.0.0.1"


def given(**sections: Any) -> bytes:
    """Return a config.json."""
    return json.dumps({"home_assistant": HOUSE, **sections}).encode()


# What is taken


def test_a_new_installation_keeps_daily_json_off_the_flash() -> None:
    raw = {"_": "mine", "home_assistant": HOUSE, "timezone": "Europe/Berlin"}
    made = json.loads(config(json.dumps(raw).encode(), "config.json"))
    assert made == {**raw, "paths": {"volatile_dir": "/run/power-monitor"}}


def test_a_volatile_directory_that_is_given_stays() -> None:
    paths = {"volatile_dir": "/var/www/html"}
    assert json.loads(config(given(paths=paths), "c"))["paths"] == paths


def test_what_is_no_configuration_is_not_taken() -> None:
    with pytest.raises(BadInput):
        config(b"[]", "config.json")


def test_a_mistake_is_told_with_the_file_to_edit() -> None:
    with pytest.raises(ConfigError, match="timezoen: unknown key") as told:
        config(given(timezoen="Europe/Berlin"), "/root/mine.json")
    assert told.value.hint.startswith("edit /root/mine.json")


@pytest.mark.parametrize(
    "sections",
    [
        {"paths": {"state_dir": "/mnt/my data"}},
        {"paths": {"data_dir": "/srv/100%"}},
        {"remote": {"type": "directory", "path": "/media/a stick"}},
    ],
)
def test_a_path_that_would_change_a_unit_is_refused(sections: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="can't stand in a systemd unit"):
        config(given(**sections), "config.json")


def test_a_state_directory_with_photos_in_it_is_refused(tmp_path: Path) -> None:
    """What lies beside passwords and readings would be shut away with them."""
    (tmp_path / "photos").mkdir()
    content = given(paths={"state_dir": str(tmp_path)})
    with pytest.raises(ConfigError, match="has something else in it: photos") as told:
        config(content, "config.json")
    assert str(tmp_path / "power-monitor") in told.value.hint
    assert config(content, "config.json", manifest=f"state {tmp_path}\n")


def test_an_empty_disk_or_the_state_of_another_board_will_do(tmp_path: Path) -> None:
    for name in ("lost+found", "journal", "before-restore-20261122T110232Z"):
        (tmp_path / name).mkdir()
    assert config(given(paths={"state_dir": str(tmp_path)}), "config.json")


@pytest.fixture(name="taken")
def a_taken_port() -> Iterator[int]:
    with socket.create_server((LOCAL, 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("address", ["203.0.113.9", "no-such-name.invalid"])
def test_an_address_that_is_not_this_machines_is_told_as_that(address: str) -> None:
    with pytest.raises(Refused, match="is no address of this machine"):
        serving(address, 0)


def test_a_port_somebody_has_is_told_before_anything_is_changed(taken: int) -> None:
    with pytest.raises(Refused, match="is taken"):
        serving(LOCAL, taken)
    serving(LOCAL, 0)


def test_a_machine_without_our_packages_can_ask_all_of_it(tmp_path: Path) -> None:
    """The first look is taken by the distribution's Python, before pip has installed anything."""
    file = tmp_path / "config.json"
    file.write_bytes(given())
    code = "import sys; from cli.install.ahead import main; main(sys.argv[1:]); import sys; "
    code += "print([m for m in ('orjson', 'paho', 'requests') if m in sys.modules], "
    code += "file=sys.stderr)"
    command = [sys.executable, "-c", code, "config", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


# How the shell takes it

LIBRARIES = "scripts/lib.sh deploy/lib/common.sh deploy/lib/release.sh deploy/lib/settings.sh"


def take(home: Path, line: str, *, given_config: Path | None = None) -> str:
    """Run a line of install.sh's, for a directory in place of /opt/power-monitor."""
    sources = " ".join(f'. "$ROOT/{name}";' for name in LIBRARIES.split())
    places = f"HOME_DIR={home}; CONFIG=$HOME_DIR/config.json; MANIFEST=$HOME_DIR/manifest"
    options = f"given_config='{given_config or ''}'; SERVING=$HOME_DIR/serving; listen=''; port=''"
    others = "python() { :; }; chown() { :; }"  # what needs an installed release, and root
    done = subprocess.run(
        ["/bin/sh", "-euc", f"{sources} {places}; {options}; {others}; {line}"],
        env={"ROOT": str(ROOT), "PATH": os.environ["PATH"], "PYTHON": sys.executable},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return f"{done.stdout}\nstatus {done.returncode}"


def aside(home: Path) -> list[Path]:
    """Return the settings that were put aside."""
    return list(home.glob("config.json.before-*"))


def test_the_same_command_with_the_mistake_mended_works(tmp_path: Path) -> None:
    home, mine = tmp_path / "home", tmp_path / "mine.json"
    home.mkdir()
    mine.write_bytes(given(timezoen="Europe/Berlin"))
    said = take(home, "make_config", given_config=mine)
    assert "timezoen" in said
    assert "status 1" in said
    assert list(home.iterdir()) == []
    mine.write_bytes(given(timezone="Europe/Berlin"))
    assert "status 0" in take(home, "make_config", given_config=mine)
    assert json.loads((home / "config.json").read_text())["timezone"] == "Europe/Berlin"


def test_the_old_systems_settings_are_put_aside_and_never_ours_to_delete(tmp_path: Path) -> None:
    """Moving in on the old system's own board: its config.json lies where ours belongs."""
    old, mine = tmp_path / "config.json", tmp_path / "mine.json"
    old.write_text('{"homeassistant": {}}')
    mine.write_bytes(given())
    assert "is kept as" in take(tmp_path, "make_config", given_config=mine)
    (kept,) = aside(tmp_path)
    assert kept.read_text() == '{"homeassistant": {}}'
    assert f"config {kept}" not in (tmp_path / "manifest").read_text()
    assert "status 0" in take(tmp_path, "make_config", given_config=mine)
    assert aside(tmp_path) == [kept], "the same file again changes nothing"


def test_without_a_given_file_the_old_systems_settings_stop_us_with_what_to_do(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text('{"homeassistant": {}, "retention": 1}')
    said = take(tmp_path, "choose_serving; look_ahead")
    assert "nothing was started" in said
    assert "--config FILE" in said
    assert "status 1" in said


def test_settings_that_were_copied_there_by_hand_are_completed(tmp_path: Path) -> None:
    """As root's, with mode 600, and with daily.json on the flash, as nobody meant it."""
    (tmp_path / "config.json").write_bytes(given())
    assert "status 0" in take(tmp_path, "make_config")
    made = tmp_path / "config.json"
    assert json.loads(made.read_text())["paths"] == {"volatile_dir": "/run/power-monitor"}
    assert made.stat().st_mode & 0o777 == 0o640
    assert aside(tmp_path) == []


def test_settings_that_are_ours_stay_as_they_are(tmp_path: Path) -> None:
    """Somebody may have decided against the tmpfs since."""
    (tmp_path / "config.json").write_bytes(given())
    (tmp_path / "manifest").write_text(f"config {tmp_path}/config.json\n")
    assert "status 0" in take(tmp_path, "make_config")
    assert (tmp_path / "config.json").read_bytes() == given()


def test_without_anybody_to_ask_only_this_machine_sees_the_page(tmp_path: Path) -> None:
    line = "interactive=''; choose_serving; ask_who_sees; echo $LISTEN"
    assert take(tmp_path, line).startswith("127.0.0.1\n")
    (tmp_path / "serving").write_text("LISTEN=0.0.0.0\nPORT=8081\n")
    assert take(tmp_path, line).startswith("0.0.0.0\n")
