"""PSS of `power-monitor run` with ten days of history and a syncer, in a 32-bit userland.

Idle for more than a minute, so that a reading and its file are among it, and at night. Beside it
the services each started alone, and collectd in our place.
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

from bench.collectd import Collectd, payload
from bench.table import Row
from bench.tools import Missing
from bench.userland import ENVIRONMENT, PYTHON, inside, userland
from cli.run.answers import accepts
from cli.run.options import LOCAL
from cli.run.places import RunPlaces, executable
from cli.run.ports import choose

BASE_TOPIC = "power-monitor"
SERVICES = ("collector", "aggregator", "syncer")
_DAYS = 10
_FILL_S = 120.0
_IDLE_S = 65.0
_NIGHT_S = 10.0
_TOKEN = "demo"
_BUDGET = "40 and 45 MiB"
_OLD, _NEW = "bookworm", "trixie"  # Debian 12 and 13
_METRICS = ("power", "voltage", "frequency")

Parts = dict[str, int]  # process name -> KiB


def measure() -> Row:
    """Measure in two userlands, or say why there are none."""
    try:
        old, new = userland(_OLD, collectd=True), userland(_NEW)
    except Missing as why:
        return Row("PSS of `power-monitor run`", str(why), "-", _BUDGET)
    with _home_assistant() as port:
        idle, night, apart = inside(old, lambda: _ours(port))
        later, later_night, _ = inside(new, lambda: _ours(port))
    other = inside(old, _collectd)
    return Row(
        f"PSS of `power-monitor run` in a 32-bit Debian 12, idle and at its nightly peak "
        f"({_told(idle)})",
        f"{_mib(idle)} and {night / 1024:.1f} MiB; in Debian 13 {_mib(later)} and "
        f"{later_night / 1024:.1f} MiB",
        f"idle: {_mib(apart)} MiB as {len(SERVICES)} independent processes and Mosquitto, without "
        f"web server; {_mib(other)} MiB with collectd in our place ({_told(other)})",
        _BUDGET,
    )


def _told(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {kib / 1024:.1f}" for name, kib in parts.items())


def _mib(parts: Mapping[str, int]) -> str:
    return f"{sum(parts.values()) / 1024:.1f}"


def _ours(port: int) -> tuple[Parts, int, Parts]:
    """Measure one supervisor that forks, idle and at night, and each service started alone."""
    with tempfile.TemporaryDirectory() as directory:
        var = Path(directory)
        with _together(var, _config(var, port)) as (_, log):
            wait_until(lambda: "backfill is done" in log.read_text(), _FILL_S, what="history")
        with _together(var, _config(var, port)) as (parent, _):
            time.sleep(_IDLE_S)
            pids = _family(parent, RunPlaces(var / "state"))
            idle = _parts(pids)
            night = _night(pids.values(), RunPlaces(var / "state"))
        with _apart(var, _config(var, port)) as pids:
            time.sleep(_IDLE_S)
            return idle, night, _parts(pids)


def _collectd() -> Parts:
    """Measure collectd with a reading a minute of each metric, its broker and a web server."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        var = Path(directory)
        broker = Broker(var / "broker", BASE_TOPIC)
        broker.start()
        stack.callback(broker.stop)
        user, password = "witness", broker.password("witness")
        collectd = Collectd(var / "rrd", broker.settings, user=user, password=password)
        collectd.start()
        stack.callback(collectd.stop)
        web = stack.enter_context(_web(var))
        with broker.client() as client:
            end = time.monotonic() + _IDLE_S
            while time.monotonic() < end:
                client.send(collectd.topic, payload(time.time(), 412.5))
                time.sleep(1)
            assert collectd.file.exists(), "collectd has written nothing"
            return _parts({"collectd": collectd.pid, "mosquitto": broker.pid, "lighttpd": web})


@contextmanager
def _web(var: Path) -> Iterator[int]:
    """Run the same web server with the least configuration that shows a directory."""
    configuration = var / "lighttpd.conf"
    port = choose(LOCAL, None)
    configuration.write_text(
        f'server.document-root = "{var}"\nserver.bind = "{LOCAL}"\nserver.port = {port}\n'
    )
    with _process([str(executable("lighttpd")), "-D", "-f", str(configuration)]) as pid:
        yield pid


@contextmanager
def _home_assistant() -> Iterator[int]:
    port = choose(LOCAL, None)
    words = ["--port", str(port), "--token", _TOKEN, "--days", str(_DAYS + 1)]
    command = ["-m", "demo.home_assistant", "--demo", *words, "--zone", "Europe/Berlin"]
    with _process([sys.executable, *command], environment=dict(os.environ)):
        wait_until(lambda: accepts(LOCAL, port), what="the simulated Home Assistant")
        yield port


def _config(var: Path, port: int) -> Path:
    document: dict[str, Any] = {
        "home_assistant": {
            "url": f"http://{LOCAL}:{port}",
            "token": _TOKEN,
            "entities": {metric: f"sensor.house_{metric}" for metric in _METRICS},
        },
        "data": {"local_collection_interval_minutes": 1, "backfill_days": _DAYS},
        "remote": {"path": str(var / "remote")},
        "paths": {"data_dir": str(var / "data"), "state_dir": str(var / "state")},
        "timezone": "Europe/Berlin",
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
    with _process([PYTHON, "-m", "cli", "--config", str(config), "run"], log) as pid:
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
                command = [PYTHON, "-m", f"services.{name}", "--config", str(config)]
                pids[name] = stack.enter_context(_process(command, var / f"{name}.log"))
            yield pids
    finally:
        broker.stop()


@contextmanager
def _process(
    words: Sequence[str],
    log: Path = Path(os.devnull),
    environment: Mapping[str, str] = ENVIRONMENT,
) -> Iterator[int]:
    with log.open("wb") as file:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=file, stderr=file)
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


def _parts(pids: Mapping[str, int]) -> Parts:
    return {name: _pss(pid) for name, pid in sorted(pids.items())}


def _pss(pid: int) -> int:
    """Return KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
