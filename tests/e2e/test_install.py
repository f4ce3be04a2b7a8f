"""An installation's life on a throw-away Debian with systemd: the tests build on each other."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.board import CAN_START, CHECKOUT, Board, make_root, simulated_house
from support.wait import wait_until

from cli.run import ports

LOCAL = "127.0.0.1"
DEADLINE_S = 60
HOME = "/opt/power-monitor"
STICK = "/srv/stick"
INSTALL = f"{CHECKOUT}/deploy/install.sh"
SELFTEST = f"{HOME}/current/deploy/selftest.sh"
UNINSTALL = f"{HOME}/current/deploy/uninstall.sh"
UPGRADE = f"{CHECKOUT}/deploy/upgrade.sh"
# It says that it is well, and ends some seconds after each start.
CRASHING = """
import os, sys, threading
from services.collector.service import NAME, run
from shared import entry

timer = threading.Timer(6, os._exit, (3,))
timer.daemon = True
timer.start()
sys.exit(entry.main(NAME, run))
"""

pytestmark = [pytest.mark.slow, CAN_START]


@dataclass
class House(Board):
    """A board, and a simulated Home Assistant that it can reach."""

    directory: Path
    port: int = field(default_factory=lambda: ports.choose(LOCAL, None))
    before: set[str] = field(default_factory=set)
    _leader: int = 0

    def does(self, line: str) -> str:
        """Type a line that has to work; return what it said."""
        done = self.run(line)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def release(self) -> str:
        """Return which version is in use."""
        return self.does(f"readlink {HOME}/current").strip()

    def points(self) -> int:
        """Return how many readings today's file has."""
        return len(json.loads(self.does("cat /var/www/html/daily.json"))["data_points"])

    def at(self, path: str) -> Path:
        """Return where something of the board is on this machine."""
        return self.directory / path.lstrip("/")

    def change_checkout(self, name: str, text: str) -> None:
        """Let the checkout become another version."""
        with (self.put_checkout() / name).open("a") as file:
            file.write(text)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a fresh Debian."""
    board = House(tmp_path_factory.mktemp("board") / "root")
    make_root(board.directory, "systemd", "systemd-sysv")
    board.put_checkout()
    # As after mounting an empty disk there, and beside the old system's program.
    board.at("/var/lib/power-monitor").mkdir()
    board.at(HOME).mkdir()
    board.at(f"{HOME}/collector.py").write_text("print('the old system')")
    stick = board.at(STICK)
    stick.mkdir()
    stick.chmod(0o777)  # as a stick without owners is mounted
    remote = {"type": "directory", "path": STICK}
    with simulated_house() as config, board.booted():
        board.at("/root/config.json").write_text(json.dumps({**config, "remote": remote}))
        board.before = board.files()
        yield board


def test_a_dry_run_changes_nothing(house: House) -> None:
    said = house.does(f"{INSTALL} --dry-run --config config.json")
    assert "would: install the packages" in said
    assert house.files() == house.before


def test_it_asks_nothing_when_told_so(house: House) -> None:
    done = house.run(f"{INSTALL} --non-interactive")
    assert done.returncode == 1
    assert "--config FILE" in done.stdout
    assert house.files() == house.before


def test_it_installs_and_everything_works(house: House) -> None:
    """The selftest follows a reading from Home Assistant to the page."""
    options = f"--config config.json --listen {LOCAL} --port {house.port} --unit-per-service"
    said = house.does(f"{INSTALL} {options}")
    assert f"http://{LOCAL}:{house.port}/" in said
    assert "FAILED" not in house.does(SELFTEST)


def test_the_one_liner_of_the_manual_works_at_once(house: House) -> None:
    line = "mosquitto_rr -W 20 -t power-monitor/request/collector/collect"
    answer = json.loads(house.does(f"{line} -e power-monitor/response/me -n"))
    assert answer["status"] == "ok"
    assert "power" in answer["data"]["reading"]


def test_the_history_reaches_the_stick(house: House) -> None:
    """The one place beside its own directory that the syncer's unit may write."""
    house.does("cd /; power-monitor push")
    assert list(house.at(STICK).rglob("yearly.json"))


def test_installing_again_changes_nothing(house: House) -> None:
    before = house.files()
    manifest = house.does(f"cat {HOME}/manifest")
    house.does(INSTALL)
    assert house.does(f"cat {HOME}/manifest") == manifest
    new = {name for name in house.files() - before if "var/lib/power-monitor/" not in name}
    assert new == set()


def test_each_service_sees_its_own_password_and_nothing_of_the_machine(house: House) -> None:
    """Looked at from where it looks: in its own mount namespace, as its own user."""
    pid = house.does("systemctl show -P MainPID power-monitor-collector").strip()
    inside = (
        f"nsenter -t {pid} -m setpriv --reuid=power-monitor --regid=power-monitor --clear-groups"
    )
    credentials = "/run/credentials/power-monitor-collector.service"
    assert house.does(f"{inside} ls {credentials}").split() == ["collector", "config.json"]
    for hidden in (
        "/var/lib/power-monitor/credentials",
        "/root",
        "/var/lib/power-monitor/run/admin",
    ):
        assert house.run(f"{inside} ls {hidden}").returncode != 0, hidden
    for place in ("/opt", "/var/www/html", "/var/lib/power-monitor/journal", "/etc"):
        assert "Read-only" in house.run(f"{inside} touch {place}/x").stdout, place


def test_a_service_that_hangs_is_started_again(house: House) -> None:
    """SIGSTOP is what a loop that no longer turns looks like from outside."""
    unit = "power-monitor-collector"
    place = f"/run/systemd/system/{unit}.service.d"
    house.does(f"mkdir -p {place}; printf '[Service]\\nWatchdogSec=3s\\n' >{place}/99-quick.conf")
    house.does(f"systemctl daemon-reload; systemctl restart {unit}")
    house.does(f"kill -STOP $(systemctl show -P MainPID {unit})")
    wait_until(
        lambda: house.does(f"systemctl show -P NRestarts {unit}").strip() != "0",
        DEADLINE_S,
        what="a restart",
    )
    assert "Watchdog timeout" in house.does(f"journalctl --no-pager -u {unit}")
    house.does(f"rm -r {place}; systemctl daemon-reload; systemctl restart {unit}")


def test_a_torn_broker_database_does_not_keep_it_down(house: House) -> None:
    database = house.at("/var/lib/power-monitor/mosquitto/mosquitto.db")
    house.does("systemctl stop power-monitor-broker")
    database.write_bytes(b"\x00mosquitto db" + b"\xff" * 4000)
    os.utime(database, (1, 1))
    house.run("systemctl start power-monitor-broker")
    wait_until(
        lambda: list(database.parent.glob("*.corrupt-*")), DEADLINE_S, what="the database aside"
    )
    house.does("systemctl restart power-monitor.target")
    house.does(f"cd {HOME}; current/venv/bin/python -m cli.run.alive --within {DEADLINE_S}")


def test_an_upgrade_keeps_data_and_migrates_settings(house: House) -> None:
    """As an installation of before the first migration, with a setting in its old spelling."""
    release, points = house.release(), house.points()
    config = house.at(f"{HOME}/config.json")
    config.write_text(config.read_text().replace("home_assistant", "homeassistant"))
    house.does(f"rm {HOME}/migrated")
    house.change_checkout("CHANGELOG.md", "\nAnother version.\n")
    assert f"would: build {Path(release).name[:5]}" in house.does(f"{UPGRADE} --dry-run")
    said = house.does(UPGRADE)
    assert "migrated: 1: config.json in today's spelling" in said
    assert house.release() != release
    assert "home_assistant" in json.loads(config.read_text())
    assert house.does(f"stat -c '%U:%G %a' {HOME}/config.json").strip() == "root:power-monitor 640"
    assert "homeassistant" in house.does(f"cat {HOME}/backups/*/config.json")
    assert house.points() >= points
    assert "FAILED" not in house.does(SELFTEST)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("services/collector/__main__.py", CRASHING),
        ("deploy/lighttpd/lighttpd.conf", "this is no configuration\n"),
    ],
)
def test_an_upgrade_that_does_not_come_up_is_taken_back(house: House, file: str, text: str) -> None:
    """A service that does some work before each crash, and a web server that never starts."""
    release = house.release()
    config = house.at(f"{HOME}/config.json").read_text()
    house.at(f"{CHECKOUT}/{file}").write_text(text)
    library = house.at(f"{CHECKOUT}/deploy/lib/services.sh")
    library.write_text(library.read_text().replace("WAIT_S=120", "WAIT_S=40"))
    done = house.run(UPGRADE)
    house.does(f"rm -r {CHECKOUT}; cp -a {release} {CHECKOUT}; rm -r {CHECKOUT}/venv")
    assert done.returncode == 1, done.stdout
    assert "works as before" in done.stdout
    assert house.release() == release
    assert house.at(f"{HOME}/config.json").read_text() == config
    assert "FAILED" not in house.does(SELFTEST)


def test_the_lean_unit_takes_the_place_of_the_others(house: House) -> None:
    house.does(f"{HOME}/current/deploy/install.sh --one-unit")
    assert "FAILED" not in house.does(SELFTEST)
    units = house.does("systemctl list-unit-files --no-legend 'power-monitor*'")
    assert {line.split()[0] for line in units.splitlines()} == {
        "power-monitor.service",
        "power-monitor.target",
    }


def test_uninstalling_keeps_the_data_and_installing_again_finds_it(house: House) -> None:
    points = house.points()
    house.does(f"cp -a {HOME}/current/. {CHECKOUT}-again; rm -r {CHECKOUT}-again/venv")
    said = house.does(f"{UNINSTALL} --keep-packages")
    assert "readings and files stay" in said
    assert not house.at("/usr/local/bin/power-monitor").is_symlink()
    assert not list(house.at("/etc/systemd/system").rglob("power-monitor*"))
    house.does(f"{CHECKOUT}-again/deploy/install.sh --non-interactive")
    assert house.points() >= points
    assert "FAILED" not in house.does(SELFTEST)


def test_purging_leaves_the_machine_as_it_was(house: House) -> None:
    """With whatever somebody has put beside our files since."""
    state = house.at("/var/lib/power-monitor")
    (state / "photos").mkdir()
    house.at("/var/www/html/mine.html").write_text("mine")
    house.before |= {"var/lib/power-monitor/photos", "var/www/html/mine.html"}
    house.before |= {"var/www", "var/www/html"}
    house.does(f"{UNINSTALL} --purge")
    house.does(f"rm -rf {CHECKOUT}-again; find {STICK} -mindepth 1 -delete")
    assert house.files() - house.before == set()
    assert house.before - house.files() == set()
    assert house.does("stat -c '%U %a' /var/lib/power-monitor").strip() == "root 755"
    assert "power-monitor" not in house.does("cat /etc/passwd /etc/group")
