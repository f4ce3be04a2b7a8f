"""A million readings moved in from a table: time, memory, and what the disk has afterwards."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from resource import struct_rusage

from support.monitor import environment

from bench import rrd
from bench.table import Section, Subject
from bench.tools import Missing, executable

READINGS = 1_000_000
_FIRST = datetime(2024, 12, 1, tzinfo=UTC).timestamp()
_STEP_S = 60
_DAYS = READINGS * _STEP_S // 86400
_CHUNK = 1000  # readings in one update of rrdtool
_TABLE = "readings.csv"
_PEAK = re.compile(r"VmHWM:\s+(\d+)")
_POLL_S = 0.01
_OURS = "power-monitor import --offline"

Way = Callable[[Path, Path], tuple[Sequence[str], str]]  # (table, place) to command and its input


def measure() -> Subject:
    """Give each the same table."""
    ways = {
        _OURS: _ours,
        "sqlite3: .import, GROUP BY day": _sqlite,
        f"rrdtool: updates of {_CHUNK}": _rrdtool,
    }
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / _TABLE
        table.write_text(f"timestamp,power\n{''.join(map(_line, range(1, READINGS + 1)))}")
        lines = []
        for number, (label, way) in enumerate(ways.items()):
            place = Path(name) / str(number)
            place.mkdir()
            lines.append((label, *_measured(way, table, place)))
    return Subject(
        section=Section(
            "Import of a million readings",
            f"A CSV of {READINGS} readings of one metric, a minute apart, {_DAYS} days. Ours "
            "checks each, works out which time it speaks for, and makes days of it: mean, minimum, "
            "maximum, energy, coverage; readings older than ten days go once the book of days has "
            "them. SQLite loads the table as text and groups it by day once. rrdtool gets times as "
            "numbers, and keeps every reading, hours and days.",
            ("what", "time", "processor time", "peak memory", "on the disk after"),
            lines,
        )
    )


def _time(number: int) -> float:
    return _FIRST + number * _STEP_S


def _watts(number: int) -> float:
    return 100 + number * 7919 % 20000 / 10


def _line(number: int) -> str:
    return f"{datetime.fromtimestamp(_time(number), UTC).isoformat()},{_watts(number)}\n"


def _measured(way: Way, table: Path, place: Path) -> tuple[str, ...]:
    """Return what is told of one: wall clock, processor, memory, disk."""
    try:
        command, given = way(table, place)
    except Missing as error:
        return str(error), "-", "-", "-"
    with tempfile.TemporaryFile("w+") as text, Path(os.devnull).open("w") as nowhere:
        text.write(given)
        text.seek(0)
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=text, stdout=nowhere, env=environment())
        peak_kib, status, used = _watched(process.pid)
        seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    kept = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    return (
        f"{seconds:.0f} s",
        f"{used.ru_utime + used.ru_stime:.1f} s",
        f"{peak_kib / 1024:.0f} MiB",
        f"{kept / 1e6:.1f} MB",
    )


def _watched(pid: int) -> tuple[int, int, struct_rusage]:
    """Return a child's most memory, its status and what it used, once it has ended.

    The kernel's own figure of the most memory begins with that of the process it was made by.
    """
    peak_kib = 0
    while True:
        about = Path(f"/proc/{pid}/status").read_text()
        peak_kib = max([peak_kib, *map(int, _PEAK.findall(about))])
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            return peak_kib, status, used
        time.sleep(_POLL_S)


def _ours(table: Path, place: Path) -> tuple[Sequence[str], str]:
    config = place / "config.json"
    document = {
        "home_assistant": {
            "url": "http://127.0.0.1:9",
            "token": "none",
            "entities": {"power": "sensor.power"},
        },
        "data": {"local_collection_interval_minutes": 1},
        "paths": {"data_dir": str(place / "data"), "state_dir": str(place / "state")},
        "timezone": "Europe/Berlin",
    }
    config.write_text(json.dumps(document))
    config.chmod(0o600)
    words = ["-m", "cli", "--config", str(config), "import", "--offline", "--json", str(table)]
    return [sys.executable, *words], ""


def _sqlite(table: Path, place: Path) -> tuple[Sequence[str], str]:
    of_a_day = "SELECT substr(timestamp, 1, 10), avg(power), min(power), max(power) FROM readings"
    lines = [".mode csv", f".import {table} readings", f"{of_a_day} GROUP BY 1;"]
    return [executable("sqlite3"), str(place / "readings.sqlite")], "\n".join(lines) + "\n"


def _rrdtool(_table: Path, place: Path) -> tuple[Sequence[str], str]:
    path = place / "power.rrd"
    rrd.create(path, _FIRST, _STEP_S, _DAYS + 1)
    readings = ((_time(number), _watts(number)) for number in range(1, READINGS + 1))
    lines = [rrd.update(path, portion) for portion in rrd.batched(readings, _CHUNK)]
    return [executable("rrdtool"), "-"], "".join(lines)
