"""PSS of every process of the demo, idle."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.stack import ROOT
from support.wait import wait_until

from bench.table import Row

_FILL_S = 120.0
_IDLE_S = 20.0


def measure() -> Row:
    """Start the demo twice, the second time with its history in place, and measure it idle."""
    with tempfile.TemporaryDirectory() as directory:
        var = Path(directory)
        _demo(var, filling=True)
        parts = _demo(var, filling=False)
    ours = {name: kib for name, kib in parts.items() if "demo.home_assistant" not in name}
    return Row(
        "PSS idle: " + ", ".join(f"{name} {kib / 1024:.1f}" for name, kib in ours.items()),
        f"{sum(ours.values()) / 1024:.1f} MiB on {os.uname().machine}",
        "three independent processes and Mosquitto: 67.4 MiB on x86_64 (field notes)",
        "40 MiB in a 32-bit userland",
    )


def _demo(var: Path, *, filling: bool) -> dict[str, int]:
    command = [sys.executable, "-m", "cli.checkout", "--var", str(var)]
    with (var / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        if filling:
            done = "backfill is done"
            wait_until(lambda: done in (var / "log").read_text(), _FILL_S, what=done)
            return {}
        time.sleep(_IDLE_S)
        return _processes(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _processes(parent: int) -> dict[str, int]:
    """Return a name and the PSS in KiB of a process and its children."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {_name(pid): _pss(pid) for pid in [str(parent), *children]}


def _name(pid: str) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    if "demo.home_assistant" in words:
        return "demo.home_assistant"
    return f"{Path(words[0]).name} {pid}"


def _pss(pid: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
