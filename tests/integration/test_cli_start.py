"""The command line as a process: how soon it speaks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.stack import ROOT

HEAVY = ("paho", "requests", "urllib3", "services", "tarfile", "http.client", "logging")


@pytest.mark.parametrize("words", [["--help"], ["status", "--help"], ["setup", "--help"]])
def test_help_comes_at_once_on_a_small_board(words: list[str]) -> None:
    """What a command needs to work is imported when it works, not to explain itself."""
    code = f"""
import sys
from cli.__main__ import main
try:
    main({words!r})
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT, text=True
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    "words", [["config", "check"], ["config", "show"], ["config", "check", "--json"]]
)
def test_output_to_a_full_disk_is_told_and_no_success(words: list[str], tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    house = {"url": "http://127.0.0.1", "token": "t", "entities": {"power": "sensor.p"}}
    config.write_text(json.dumps({"home_assistant": house}))
    config.chmod(0o600)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cli", "--config", str(config), *words],
            check=False,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=full,
            text=True,
        )
    said = "power-monitor: the output can't be written: No space left on device\n  try: df -h\n"
    assert (done.returncode, done.stderr) == (1, said)
