"""The shell lines of the README's quick start, typed word by word in a fresh checkout."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from support.checkout import ROOT, copy_checkout
from support.monitor import environment
from support.wait import wait_until

from cli.run import ports
from demo.entity import sensor
from demo.server import serving
from demo.simulator import Simulator

TOKEN = "a-token-of-the-test"
START_DEADLINE_S = 240  # a busy machine fetches a year of history more slowly
COMMAND_S = 120
TIMEOUT_S = 10
ENTER = ("",) * 5  # the one sensor, no device in Home Assistant, interval, zone, no price
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
LINES = [line for block in BLOCKS for line in block.splitlines()]
RUN = "scripts/run"
INSTALL = "sudo deploy/install.sh"
SETUP = ".venv/bin/power-monitor setup"
PRIVATE = "chmod 600 config.json"
CHECK = ".venv/bin/power-monitor config check"
TESTS = "scripts/test"  # which is what runs here


@pytest.fixture(name="checkout")
def a_checkout(tmp_path: Path) -> Path:
    """Copy what git knows of this tree, with the Python packages that are here already."""
    copy_checkout(tmp_path)
    if not (ROOT / ".venv" / ".installed-dev").exists():
        pytest.skip("without .venv the first line installs packages: scripts/test makes it")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def own_environment() -> dict[str, str]:
    """Return what a person's shell has: nothing of this checkout."""
    kept = environment()
    del kept["PYTHONPATH"]
    return kept


def typed(line: str, checkout: Path, keys: str = "") -> str:
    """Type a line that has to work, with what is answered to it; return what it said."""
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        input=keys,
        cwd=checkout,
        env=own_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert done.returncode == 0, f"{line}: {done.stdout}"
    return done.stdout


@contextmanager
def started(line: str, checkout: Path) -> Iterator[str]:
    """Type a line that goes on until Ctrl-C; give the page's address that it prints."""
    log = checkout / "log"
    with log.open("w") as output:
        command = ["/bin/sh", "-c", f"exec {line}"]
        process = subprocess.Popen(
            command, cwd=checkout, env=own_environment(), stdout=output, stderr=output
        )
    try:
        yield wait_until(
            lambda: re.findall(r"The page +(\S+)", log.read_text()),
            START_DEADLINE_S,
            what=f"{line}: {log}",
        )[0]
    finally:
        process.terminate()
        assert process.wait(COMMAND_S) == 0


def test_every_line_is_one_that_is_tried_here() -> None:
    """A line that is added to the README is added here, too."""
    assert sorted(LINES) == sorted([RUN, TESTS, INSTALL, SETUP, RUN, PRIVATE, CHECK])


def test_the_demo_is_one_line_away(checkout: Path) -> None:
    with started(RUN, checkout) as page:
        assert "<title>Power Monitor</title>" in requests.get(page, timeout=TIMEOUT_S).text
    assert (checkout / "var" / "demo").is_dir()


def test_ones_own_house_is_two_lines_away(checkout: Path) -> None:
    """All answers are those that Enter stands for, but address, token, and no remote."""
    house = Simulator({"sensor.house_power": sensor("W", "power")}, token=TOKEN)
    house.set("sensor.house_power", 400, at=house.now() - 60)
    with serving(house) as url:
        answers = ("", url, TOKEN, *ENTER, "3", "")
        said = typed(SETUP, checkout, keys="".join(f"{line}\n" for line in answers))
        assert "config.json is written" in said
        typed(PRIVATE, checkout)
        assert "no mistakes" in typed(CHECK, checkout)
        with started(RUN, checkout) as page:
            wait_until(
                lambda: requests.get(f"{page}daily.json", timeout=TIMEOUT_S).ok,
                START_DEADLINE_S,
                what="today's file",
            )
    made = json.loads((checkout / "config.json").read_text())
    assert made["home_assistant"]["entities"] == {"power": "sensor.house_power"}
    password = re.findall(r"password in (\S+)", (checkout / "log").read_text())[0]
    assert Path(password).is_relative_to(checkout / "var" / "state")


def test_the_readmes_own_configuration_is_right(checkout: Path) -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    (checkout / "config.json").write_text(block)
    typed(PRIVATE, checkout)
    assert "no mistakes" in typed(CHECK, checkout)


@pytest.mark.skipif(
    not any(map(shutil.which, ("systemctl", "rc-service"))),
    reason="the installer needs systemd or OpenRC",
)
def test_the_installer_tells_what_it_would_do(checkout: Path) -> None:
    """Without root; the whole of it runs in tests/e2e/test_install.py.

    The port of the page is another one: whoever tries this may have a monitor at the usual one.
    """
    port = ports.choose("127.0.0.1", None)
    said = typed(f"{INSTALL.removeprefix('sudo ')} --dry-run --port {port}", checkout)
    assert "would: " in said or "already" in said


def test_the_tests_can_be_started(checkout: Path) -> None:
    assert os.access(checkout / TESTS, os.X_OK)
