"""Started in a directory of somebody else's, nothing that lies there is run."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.monitor import environment

ROOT = Path(__file__).parents[2]
OURS = Path(sys.prefix) / "bin"
NAMES = (
    "json",
    "socket",
    "orjson",
    "requests",
    "paho",
    "argparse",
    "sitecustomize",
    "usercustomize",
)
PYTHON = re.compile(r"python[\"']? (?!-P )-m (?!venv|pip|compileall)\S+")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a directory that waits for somebody to start Python in it."""
    mark = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    directory = tmp_path / "foreign"
    directory.mkdir()
    for name in NAMES:
        (directory / f"{name}.py").write_text(mark)
    for package in ("cli", "shared", "services", "demo"):
        (directory / package).mkdir()
        (directory / package / "__init__.py").write_text(mark)
    return directory


@pytest.mark.parametrize(
    "words",
    [(ROOT / "scripts" / "run", "--help"), (OURS / "power-monitor", "--version"),
     (OURS / "power-monitor", "--config", "none.json", "run"),
     (ROOT / "scripts" / "check", "--help")],
    ids=["scripts/run", "power-monitor", "run", "scripts/check"],
)  # fmt: skip
def test_a_command_runs_its_own_modules_only(foreign: Path, words: Sequence[str | Path]) -> None:
    kept = environment()
    del kept["PYTHONPATH"]
    subprocess.run(words, cwd=foreign, env=kept, capture_output=True, check=False)
    assert not (foreign.parent / "ran").exists()


def test_the_bait_would_be_taken(foreign: Path) -> None:
    """Otherwise the test above proves nothing."""
    command = [sys.executable, "-m", "cli", "--version"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=foreign, env=env, capture_output=True, check=False)
    assert (foreign.parent / "ran").exists()


def test_everything_that_is_installed_starts_python_so() -> None:
    """Services work in /opt/power-monitor, root types its commands anywhere."""
    files = [*(ROOT / "deploy").rglob("*.service"), *(ROOT / "deploy" / "openrc").iterdir()]
    assert len(files) > 6
    for file in files:
        assert not PYTHON.search(file.read_text()), file.name
    assert '/venv/bin/python" -P "$@"' in (ROOT / "deploy" / "lib" / "common.sh").read_text()
    assert "/venv/bin/python -P\n" in (ROOT / "deploy" / "lib" / "release.sh").read_text()
