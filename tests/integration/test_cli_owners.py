"""Whose files they are: root works for the monitor's own user, others are told to type sudo."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.github.house import ZONE, noisy_readings
from support.monitor import Typed, type_line
from support.moving import OLD
from support.stack import ROOT

from shared import clock
from shared.times import days_before

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become anybody")

FAR = "2000-01-01T00:00:00Z"
NOBODY = pwd.getpwnam("nobody")
TIMEOUT_S = 90
# Python may be where nobody else can read it, so all of it is loaded before root is left behind.
AS_NOBODY = """
import encodings.utf_8_sig, importlib, os, sys
from cli.__main__ import main
from cli.commands.table import COMMANDS, find
for name in COMMANDS:
    find(name)
for name in ("doctor.examine", "log_lines", "offline", "output", "overview", "request", "restoring",
             "status_screen", "terminal"):
    importlib.import_module("cli." + name)
os.setgroups([])
os.setegid(int(sys.argv[1]))
os.seteuid(int(sys.argv[1]))
del sys.argv[1]
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody may enter."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def config(place: Path) -> Path:
    """The configuration, root's alone, of a monitor whose history belongs to somebody else."""
    made = place / "board" / "config.json"
    made.parent.mkdir()
    house = {"url": "http://127.0.0.1:9", "token": "t", "entities": {"power": "sensor.p"}}
    paths = {"data_dir": "data", "state_dir": "state"}
    made.write_text(json.dumps({"home_assistant": house, "paths": paths, "timezone": ZONE.name}))
    made.chmod(0o600)
    journal = made.parent / "state" / "journal"
    journal.mkdir(parents=True)
    (made.parent / "data").mkdir()
    [yesterday] = days_before(ZONE.day_of(clock.now()), 1)
    (journal / f"{yesterday}.jsonl").write_bytes(noisy_readings(yesterday, 600))
    for path in (made.parent / "data", made.parent / "state", journal, *journal.iterdir()):
        os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
    (made.parent / "state").chmod(0o700)
    return made


def run(config: Path, *words: str, **variables: str) -> Typed:
    given = {"POWER_MONITOR_EARLIEST_CLOCK": FAR} | variables
    return type_line("--config", str(config), *words, cwd=ROOT, **given)


def run_as_nobody(config: Path, *words: str) -> Typed:
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(NOBODY.pw_uid), "--config", str(config), *words],
        capture_output=True,
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=TIMEOUT_S,
    )
    return Typed(done.returncode, done.stdout, done.stderr)


def owners(config: Path) -> set[int]:
    """Return whose everything in the monitor's directories is."""
    places = (config.parent / "state", config.parent / "data")
    found = [path for place in places for path in (place, *place.rglob("*"))]
    return {path.lstat().st_uid for path in found}


def private(place: Path, *sources: Path) -> Path:
    """Return a directory of root's with copies of files."""
    directory = place / "private"
    directory.mkdir(mode=0o700)
    for source in sources:
        shutil.copy(source, directory)
    return directory


def test_root_restores_for_the_owner_from_where_only_root_may_read(
    config: Path, place: Path
) -> None:
    archive = private(place) / "monitor.tar.gz"
    assert run(config, "backup", str(archive)).status == 0
    typed = run(config, "restore", str(archive), "--force", "--yes")
    assert typed.status == 0, typed.err
    assert owners(config) == {NOBODY.pw_uid}
    assert run(config, "rollup", "--offline").status == 0
    assert (config.parent / "data" / "monthly.json").exists()
    assert owners(config) == {NOBODY.pw_uid}


def test_root_imports_and_rolls_up_for_the_owner(config: Path, place: Path) -> None:
    old = private(place, OLD / "data.json", OLD / "yearly.json")
    typed = run(config, "import", "--offline", str(old))
    assert typed.status == 0, typed.err
    assert run(config, "rollup", "--offline").status == 0
    assert (config.parent / "state" / "book" / "2025.json").exists()
    assert owners(config) == {NOBODY.pw_uid}


def test_a_backup_made_with_sudo_belongs_to_who_typed_it(config: Path, place: Path) -> None:
    archive = place / "monitor.tar.gz"
    person = {"SUDO_UID": str(NOBODY.pw_uid), "SUDO_GID": str(NOBODY.pw_gid)}
    assert run(config, "backup", str(archive), **person).status == 0
    assert (archive.stat().st_uid, archive.stat().st_mode & 0o777) == (NOBODY.pw_uid, 0o600)


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["doctor"],
        ["logs"],
        ["export"],
        ["collect"],
        ["config", "check"],
        ["backup", "monitor.tar.gz"],
        ["rollup", "--offline"],
        ["import", "--dry-run", "old.json"],
    ],
    ids=lambda words: words[0],
)
def test_who_may_not_read_the_configuration_is_told_the_whole_line(
    config: Path, words: list[str]
) -> None:
    typed = run_as_nobody(config, *words)
    line = " ".join(["power-monitor --config", str(config), *words])
    told = " ".join((typed.out + typed.err).split())
    assert typed.status != 0
    assert "try: sudo " in told
    assert line in told
    assert "Traceback" not in told


def test_who_may_not_enter_a_directory_is_told_the_whole_line(config: Path, place: Path) -> None:
    """Its owner may use the monitor; the files to bring in, and a place for backups, are not."""
    old = private(place, OLD / "data.json")
    os.chown(config, NOBODY.pw_uid, NOBODY.pw_gid)
    for words in (
        ["import", "--dry-run", str(old)],
        ["import", "--offline", str(old / "data.json")],
        ["backup", str(old / "monitor.tar.gz")],
        ["restore", str(old / "monitor.tar.gz")],
        ["export", "readings", "--output", str(old / "days.csv")],
    ):
        typed = run_as_nobody(config, *words)
        assert (typed.status, "Traceback" in typed.err) == (1, False), typed.err
        assert f"--config {config} {' '.join(words)}" in typed.err, typed.err
        assert "try: sudo " in typed.err, typed.err


def test_who_may_not_look_at_the_history_is_told_the_whole_line(config: Path) -> None:
    config.chmod(0o640)
    os.chown(config, 0, NOBODY.pw_gid)
    for path in (config.parent / "state", *(config.parent / "state").rglob("*")):
        os.chown(path, 0, 0)
    for words in (["status"], ["export"], ["backup", "x.tar.gz"], ["rollup", "--offline"]):
        typed = run_as_nobody(config, *words)
        assert (typed.status, "Traceback" in typed.err) == (1, False), typed.err
        assert "sudo" in typed.out + typed.err


def test_a_secret_that_only_root_may_read_is_a_mistake(config: Path) -> None:
    """The services, which are somebody else's, would end with it."""
    secret = config.parent / "token"
    secret.write_text("t")
    secret.chmod(0o600)
    raw = json.loads(config.read_text())
    del raw["home_assistant"]["token"]
    raw["home_assistant"]["token_file"] = "token"
    config.write_text(json.dumps(raw))
    typed = run(config, "config", "check")
    assert typed.status == 78
    assert "home_assistant.token_file: Permission denied" in typed.err
    assert "the monitor runs as nobody: sudo chown nobody FILE" in typed.err
    os.chown(secret, NOBODY.pw_uid, NOBODY.pw_gid)
    assert run(config, "config", "check").status == 0
