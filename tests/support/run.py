"""`power-monitor run` as a process, and those below it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from shared.times import Zone
from support.one_sensor import section
from support.stack import ROOT
from support.wait import wait_until

INTERVAL_S = 10
LOOK_BACK_S = 660
SUPERVISOR = "supervisor"
CHILDREN = ("mosquitto", "lighttpd", "collector", "aggregator", "syncer")
PATIENCE_S = 180
ZONE = Zone("Europe/Berlin")


class Run:
    """`power-monitor run` on a directory of its own."""

    def __init__(self, directory: Path, url: str) -> None:
        self.data, self.state = directory / "data", directory / "state"
        self._log = directory / "run.log"
        self._config = directory / "config.json"
        (directory / "stick").mkdir()
        data = {"local_collection_interval_minutes": INTERVAL_S / 60}
        config = {
            "home_assistant": section(url),
            "data": {**data, "backfill_days": LOOK_BACK_S / 86400},
            "paths": {"data_dir": str(self.data), "state_dir": str(self.state)},
            "remote": {"path": str(directory / "stick")},
            "timezone": ZONE.name,
        }
        self._config.write_text(json.dumps(config))
        self._config.chmod(0o600)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the supervisor."""
        command = [sys.executable, "-m", "cli", "--config", str(self._config), "run"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait_until(lambda: all(map(self.pid, CHILDREN)), PATIENCE_S, what="all started")

    def stop(self) -> None:
        """End it cleanly."""
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE_S)

    def kill(self, name: str) -> None:
        """Kill a process; wait until it runs again."""
        if name == SUPERVISOR:
            assert self._process
            self._process.kill()
            self._process.wait()
            self.start()
            return
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.pid(name) not in (0, before), PATIENCE_S, what=f"{name} again")

    def pid(self, name: str) -> int:
        """Return the process that runs under a name, 0 when none does."""
        file = self.state / "run" / f"{name}.pid"
        words = file.read_text().split() if file.exists() else []
        return int(words[0]) if words and Path(f"/proc/{words[0]}").exists() else 0

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Return what it and its services have said."""
        return self._log.read_text()

    def told(self, name: str) -> Any:
        """Return what the run directory says of a server; None before there is one."""
        file = self.state / "run" / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else None
