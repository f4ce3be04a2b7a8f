"""A day at one reading a second: seconds and memory of its rollup."""

import gc
import tempfile
import time
from pathlib import Path

import orjson

from bench.load import DAY, ZONE, payload
from bench.table import Row
from services.aggregator.history import History
from shared.messages import decode_reading_message

READINGS = 86_400
_CHUNK = 500


def measure() -> Row:
    """Measure the streaming consolidation, and parsing the day into a list of objects."""
    with tempfile.TemporaryDirectory() as directory:
        _fill(History(Path(directory), ZONE))
        seconds, extra = _measured(lambda: History(Path(directory), ZONE).consolidate(DAY))
        path = Path(directory) / "journal" / f"{DAY}.jsonl"
        other_seconds, other_extra = _measured(lambda: _objects(path))
    return Row(
        "rollup of a day at one reading a second",
        f"{seconds:.2f} s, {extra:.1f} MiB above idle",
        f"{other_seconds:.2f} s, {other_extra:.1f} MiB only to parse it into a list",
        "2 s, 10 MiB",
    )


def _fill(history: History) -> None:
    for first in range(1, READINGS + 1, _CHUNK):
        seconds = range(first, min(first + _CHUNK, READINGS + 1))
        history.journal.append(
            [decode_reading_message(payload(second, 1), frozenset(), 2.5) for second in seconds]
        )
    history.journal.close()


def _objects(path: Path) -> list[object]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _measured(work: object) -> tuple[float, float]:
    """Return seconds, and MiB of peak resident memory above what was there before."""
    assert callable(work)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # starts the peak anew
    before = _status("VmRSS")
    begin = time.perf_counter()
    kept = work()
    seconds = time.perf_counter() - begin
    assert kept
    return seconds, (_status("VmHWM") - before) / 1024


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))
