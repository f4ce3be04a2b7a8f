"""PSS of `power-monitor run` with ten days of history and a syncer: idle, and at night.

In a 32-bit userland: `PYTHONPATH=.:tests python -m bench memory` there needs only what the monitor
itself needs.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from support.broker import Broker
from support.client import Client
from support.stack import ROOT
from support.wait import wait_until

from bench.table import Row
from cli.run.answers import accepts
from cli.run.options import LOCAL
from cli.run.places import RunPlaces
from cli.run.ports import choose

BASE_TOPIC = "power-monitor"
SERVICES = ("collector", "aggregator", "syncer")
_DAYS = 10
_FILL_S = 120.0
_IDLE_S = 20.0
_NIGHT_S = 10.0
_TOKEN = "demo"


def measure() -> Row:
    """Measure one supervisor that forks, and the same services each started alone."""
    with tempfile.TemporaryDirectory() as directory, _home_assistant() as port:
        var = Path(directory)
        with _together(var, _config(var, port)) as (_, log):
            wait_until(lambda: "backfill is done" in log.read_text(), _FILL_S, what="history")
        with _together(var, _config(var, port)) as (parent, _):
            time.sleep(_IDLE_S)
            pids = _family(parent, RunPlaces(var / "state"))
            idle = {name: _pss(pid) for name, pid in pids.items()}
            night = _night(pids.values(), RunPlaces(var / "state"))
        with _apart(var, _config(var, port)) as pids:
            time.sleep(_IDLE_S)
            other = {name: _pss(pid) for name, pid in pids.items()}
    parts = ", ".join(f"{name} {kib / 1024:.1f}" for name, kib in idle.items())
    return Row(
        f"PSS of `power-monitor run` idle and at its nightly peak ({parts})",
        f"{_mib(idle)} and {night / 1024:.1f} MiB on {os.uname().machine}",
        f"{_mib(other)} MiB idle as {len(SERVICES)} independent processes and Mosquitto, without "
        "web server",
        "40 and 45 MiB in a 32-bit userland",
    )


def _mib(parts: Mapping[str, int]) -> str:
    return f"{sum(parts.values()) / 1024:.1f}"


@contextmanager
def _home_assistant() -> Iterator[int]:
    port = choose(LOCAL, None)
    words = ["--port", str(port), "--token", _TOKEN, "--days", str(_DAYS + 1)]
    command = ["-m", "demo.home_assistant", "--demo", *words, "--zone", "Europe/Berlin"]
    with _process(command, Path(os.devnull)):
        wait_until(lambda: accepts(LOCAL, port), what="the simulated Home Assistant")
        yield port


def _config(var: Path, port: int, **sections: Any) -> Path:
    document = {
        "home_assistant": {
            "url": f"http://{LOCAL}:{port}",
            "token": _TOKEN,
            "entities": {"power": "sensor.house_power"},
        },
        "data": {"local_collection_interval_minutes": 1, "backfill_days": _DAYS},
        "remote": {"path": str(var / "remote")},
        "paths": {"data_dir": str(var / "data"), "state_dir": str(var / "state")},
        "timezone": "Europe/Berlin",
        **sections,
    }
    (var / "remote").mkdir(exist_ok=True)
    path = var / "config.json"
    path.write_text(json.dumps(document))
    path.chmod(0o600)
    return path


@contextmanager
def _together(var: Path, config: Path) -> Iterator[tuple[int, Path]]:
    """Run the supervisor; give its process id and its log."""
    log = var / "log"
    with _process(["-m", "cli", "--config", str(config), "run"], log) as pid:
        yield pid, log


@contextmanager
def _apart(var: Path, config: Path) -> Iterator[dict[str, int]]:
    """Run each service alone; give process ids by name."""
    broker = Broker(var / "broker", BASE_TOPIC)
    broker.start()
    settings = broker.settings
    document = json.loads(config.read_text())
    document["mqtt"] = {
        "host": settings.address,
        "port": settings.port,
        "credentials": str(broker.own.credentials_dir),
    }
    config.write_text(json.dumps(document))
    try:
        with ExitStack() as stack:
            pids = {"mosquitto": broker.pid}
            for name in SERVICES:
                command = ["-m", f"services.{name}", "--config", str(config)]
                pids[name] = stack.enter_context(_process(command, var / f"{name}.log"))
            yield pids
    finally:
        broker.stop()


@contextmanager
def _process(words: Sequence[str], log: Path) -> Iterator[int]:
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=file, stderr=file)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _family(parent: int, places: RunPlaces) -> dict[str, int]:
    """Return the supervisor and its children by name."""
    files = places.run.glob("*.pid")
    return {"supervisor": parent, **{file.stem: int(file.read_text().split()[0]) for file in files}}


def _night(pids: Collection[int], places: RunPlaces) -> int:
    """Return the greatest sum while every day is rolled up again and everything is pushed."""
    where = json.loads(places.broker.read_text())
    password = (places.state_dir / "credentials" / "admin").read_text().strip()
    most = 0
    with Client(where["port"], "admin", password) as client:
        client.send(f"{BASE_TOPIC}/request/aggregator/rebuild", b"")
        client.send(f"{BASE_TOPIC}/request/syncer/push", b"all")
        end = time.monotonic() + _NIGHT_S
        while time.monotonic() < end:
            most = max(most, sum(map(_pss, pids)))
    return most


def _pss(pid: int) -> int:
    """Return KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
