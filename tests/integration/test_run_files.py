"""What containers are started from: the servers' files, written by a container that then ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.stack import ROOT


@pytest.mark.parametrize("github", [None, {"token": "t", "repo": "owner/house"}])
def test_a_remote_that_needs_its_profile_is_told_of(
    github: dict[str, str] | None, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    house = {"url": "http://127.0.0.1", "token": "t", "entities": {"power": "sensor.p"}}
    paths = {"data_dir": "data", "state_dir": "state"}
    more = {"github": github} if github else {}
    config.write_text(json.dumps({"home_assistant": house, "paths": paths, **more}))
    config.chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-m", "cli.run.files", "broker"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "POWER_MONITOR_CONFIG": str(config)},
        text=True,
    )
    assert ("--profile remote" in done.stdout) == bool(github)
    assert (tmp_path / "state" / "run" / "mosquitto.conf").exists()
