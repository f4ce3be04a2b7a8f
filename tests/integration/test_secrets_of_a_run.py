"""A whole monitor started by a careless hand: secrets in its environment, a umask of nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.github.server import TOKEN as GITHUB_TOKEN
from support.github.server import FakeGitHub
from support.hook import Hook
from support.monitor import environment, type_line
from support.one_sensor import POWER, one_sensor
from support.one_sensor import TOKEN as HOUSE_TOKEN
from support.stack import ROOT
from support.wait import wait_until

from demo.server import serving

STARTED_S = 60
HOOK_TOKEN = "hook-token-nobody-may-see"
MODES = 0o777
CARELESS = 'umask 0; ulimit -c unlimited; exec "$@"'


@dataclass(frozen=True, slots=True)
class Running:
    """The monitor, and whatever must not be seen of it."""

    var: Path
    config: Path
    log: Path
    pid: int
    secrets: tuple[str, ...]

    def children(self) -> dict[str, int]:
        """Return name -> process id of what the supervisor has started."""
        files = (self.var / "state" / "run").glob("*.pid")
        return {file.stem: int(file.read_text().split()[0]) for file in files}

    def found_in(self, content: bytes) -> list[str]:
        """Return the secrets that stand in something."""
        return [secret for secret in self.secrets if secret.encode() in content]

    def passwords(self) -> list[str]:
        """Return those of the broker's users, but for the one that the page is told."""
        files = (self.var / "state" / "credentials").iterdir()
        return [file.read_text().strip() for file in files if file.name != "viewer"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run everything with secrets in the environment and files that anybody may write."""
    directory = tmp_path_factory.mktemp("careless")
    house = one_sensor()
    house.insert(POWER, [(int(time.time()) - 3600, 400.0)])
    with serving(house) as url, FakeGitHub() as github, Hook() as hook:
        github.repository.edit("README.md", b"A house.\n")
        config = directory / "config.json"
        house_section = {"url": url, "entities": {"power": POWER}}
        remote = {"repo": "owner/house", "api_url": github.url}
        limits = {"power_high_watts": 100}
        told = {"home_assistant": house_section, "github": remote, "alerts": limits}
        config.write_text(json.dumps({**told, "timezone": "Europe/Berlin"}))
        secrets = {
            "POWER_MONITOR_HA_TOKEN": HOUSE_TOKEN,
            "POWER_MONITOR_GITHUB_TOKEN": GITHUB_TOKEN,
            "POWER_MONITOR_WEBHOOK_URL": hook.url,
            "POWER_MONITOR_WEBHOOK_TOKEN": HOOK_TOKEN,
        }
        log, var = directory / "log", directory / "var"
        line = ["cli", "--config", str(config), "--var", str(var), "run"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["/bin/sh", "-c", CARELESS, "sh", sys.executable, "-m", *line],
                cwd=ROOT,
                env=environment(**secrets),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            started = Running(var, config, log, process.pid, tuple(secrets.values()))
            wait_until(lambda: "The page" in log.read_text(), STARTED_S, what="the page")
            wait_until((var / "data" / "yearly.json").exists, STARTED_S, what="the files")
            for words in (("push",), ("alert", "test")):
                type_line("--config", str(config), "--var", str(var), *words, cwd=ROOT, **secrets)
            assert github.seen
            assert hook.came
            yield started
        finally:
            process.terminate()
            process.wait(STARTED_S)


def test_no_list_of_processes_shows_a_secret(running: Running) -> None:
    for pid in (running.pid, *running.children().values()):
        assert running.found_in(Path(f"/proc/{pid}/cmdline").read_bytes()) == []
    passwords = [*running.passwords(), *running.secrets]
    for pid in running.children().values():
        line = Path(f"/proc/{pid}/cmdline").read_text()
        assert [one for one in passwords if one in line] == []


@pytest.mark.parametrize("server", ["mosquitto", "lighttpd"])
def test_servers_get_no_token_along_in_their_environment(running: Running, server: str) -> None:
    """They need none; one that is taken over has then nothing to tell."""
    pid = running.children()[server]
    assert running.found_in(Path(f"/proc/{pid}/environ").read_bytes()) == []


def test_no_process_leaves_its_memory_in_a_file_when_it_crashes(running: Running) -> None:
    for name, pid in running.children().items():
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
        core = next(line for line in limits if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"], name


def test_no_file_may_be_changed_by_others_whatever_the_umask(running: Running) -> None:
    """A journal that anybody may write is a history that anybody may write."""
    paths = [path for path in (running.var, *running.var.rglob("*")) if not path.is_symlink()]
    assert len(paths) > 20
    assert [str(path) for path in paths if path.stat().st_mode & 0o022 and path.exists()] == []


def test_what_holds_a_password_is_for_its_owner_alone(running: Running) -> None:
    state = running.var / "state"
    private = [path for part in ("run", "credentials") for path in (state / part).rglob("*")]
    private += [state / "run", state / "credentials", state / "mosquitto"]
    assert len(private) > 15
    assert [str(path) for path in private if path.stat().st_mode & 0o077] == []


def test_no_file_holds_a_token(running: Running) -> None:
    files = [path for path in running.var.rglob("*") if path.is_file()]
    assert [str(path) for path in files if running.found_in(path.read_bytes())] == []


@pytest.mark.parametrize(
    "words",
    [("status",), ("status", "--json"), ("config", "show"), ("doctor",), ("doctor", "--json"),
     ("logs",), ("logs", "--json"), ("config", "check", "--json")],
    ids=" ".join,
)  # fmt: skip
def test_no_command_shows_a_secret(running: Running, words: tuple[str, ...]) -> None:
    """The tokens are in the environment of these commands, too."""
    variables = dict(
        entry.split("=", 1)
        for entry in Path(f"/proc/{running.pid}/environ").read_text().split("\0")
        if entry.startswith("POWER_MONITOR_")
    )
    assert len(variables) == len(running.secrets)
    typed = type_line(
        "--config", str(running.config), "--var", str(running.var), *words, cwd=ROOT, **variables
    )
    said = (typed.out + typed.err).encode()
    assert said
    assert running.found_in(said) == []
    assert [one for one in running.passwords() if one.encode() in said] == []


def test_nothing_that_was_said_shows_a_secret(running: Running) -> None:
    said = running.log.read_bytes()
    assert b"The page" in said
    assert running.found_in(said) == []
    assert [one for one in running.passwords() if one.encode() in said] == []


def test_a_backup_is_for_its_owner_alone(running: Running, tmp_path: Path) -> None:
    """It holds the whole history, wherever it is put."""
    archive = tmp_path / "saved.tar.gz"
    line = ("--config", str(running.config), "--var", str(running.var))
    variables = {"POWER_MONITOR_HA_TOKEN": HOUSE_TOKEN, "POWER_MONITOR_GITHUB_TOKEN": GITHUB_TOKEN}
    before = os.umask(0)
    try:
        typed = type_line(*line, "backup", str(archive), cwd=ROOT, **variables)
    finally:
        os.umask(before)
    assert typed.status == 0, typed.err
    assert archive.stat().st_mode & MODES == 0o600
