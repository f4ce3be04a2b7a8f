"""A day at one reading a second: processor time and memory of its rollup."""

import gc
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import orjson

from bench.load import DAY, ZONE, payload
from bench.table import Row
from services.aggregator.history import History
from shared.messages import decode_reading_message

READINGS = 86_400
_CHUNK = 500
_Result = TypeVar("_Result")
_TIMES = 3  # the best counts: what else the machine does only ever adds


def measure() -> Row:
    """Measure the streaming consolidation, and parsing the day into a list of objects."""
    with tempfile.TemporaryDirectory() as directory:
        _alone(partial(_fill, directory))
        seconds, extra = _best(partial(_measured, _consolidate, directory))
        other_seconds, other_extra = _best(partial(_measured, _objects, directory))
    return Row(
        "rollup of a day at one reading a second, the first look at its file included",
        f"{seconds:.2f} s of processor time, {extra:.1f} MiB above idle",
        f"{other_seconds:.2f} s, {other_extra:.1f} MiB only to parse it into a list",
        "2 s, 10 MiB",
    )


def _fill(directory: str) -> None:
    history = History(Path(directory), ZONE)
    for first in range(1, READINGS + 1, _CHUNK):
        seconds = range(first, min(first + _CHUNK, READINGS + 1))
        history.journal.append(
            [decode_reading_message(payload(second, 1), frozenset(), 2.5) for second in seconds]
        )
    history.journal.close()


def _consolidate(directory: str) -> object:
    return History(Path(directory), ZONE).consolidate(DAY)


def _objects(directory: str) -> object:
    path = Path(directory) / "journal" / f"{DAY}.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _best(measured: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """Return the least seconds and the most memory of several runs, each in a fresh process."""
    runs = [_alone(measured) for _ in range(_TIMES)]
    return min(seconds for seconds, _ in runs), max(extra for _, extra in runs)


def _alone(work: Callable[[], _Result]) -> _Result:
    """Work in a process of its own: memory another work has left behind would be used again."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work)


def _measured(work: Callable[[str], object], directory: str) -> tuple[float, float]:
    """Return processor seconds, and MiB of peak resident memory above what was there before."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # starts the peak anew
    before = _status("VmRSS")
    begin = time.process_time()
    kept = work(directory)
    seconds = time.process_time() - begin
    assert kept
    return seconds, (_status("VmHWM") - before) / 1024


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))
