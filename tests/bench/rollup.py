"""A day at one reading a second: processor time and memory of its rollup."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import orjson
from support.aggregation import House

from bench import rrd
from bench.load import DAY, START, ZONE, payload
from bench.subscriber import INSERT, database
from bench.table import Row, Section, Subject
from bench.tools import Missing
from services.aggregator.history import History
from shared.messages import decode_reading_message

READINGS = 86_400
_CHUNK = 500
_NIGHT_S = 1200.0  # after midnight all is due
_RRDTOOL = "rrdtool: 86 400 updates, then mean, minimum and maximum fetched"
_Result = TypeVar("_Result")
_TIMES = 3  # the best counts: what else the machine does only ever adds


def measure() -> Subject:
    """Measure the streaming consolidation, and what others do with the same day."""
    with tempfile.TemporaryDirectory() as directory:
        for fill in (_fill, _fill_sqlite):
            _alone(partial(fill, directory))
        ways = {
            "ours, the whole night: hours, days, four files, the journal compressed": _night,
            "ours: the journal, read and checked, to 24 hours and a day": _consolidate,
            "parsing the journal's lines into a list, and no more": _objects,
            "SQLite: GROUP BY hour, and by day": _group,
            _RRDTOOL: _rrd,
        }
        found = {name: _tried(partial(_measured, way, directory)) for name, way in ways.items()}
    (seconds, extra), (alone, _), (other, other_extra), *_ = found.values()
    return Subject(
        [
            Row(
                "the night of a day at one reading a second: rollups, files, compression",
                f"{seconds} of processor time ({alone} the rollup), {extra} above idle",
                f"{other}, {other_extra} only to parse it into a list",
                "2 s, 10 MiB",
            )
        ],
        Section(
            "Rollup",
            f"A day of {READINGS} readings to mean, minimum and maximum of its hours and of "
            "itself. Ours reads text and finds gaps, overlaps, holds, meters and coverage, too. "
            "SQLite has two columns in order of time and takes a mean of rows. rrdtool has no "
            "rollup: it consolidates with each update, so the updates count (in batches of "
            f"{_CHUNK}, by one process). Processor time of the whole family of processes, the best "
            f"of {_TIMES}; memory of ours and of Python with SQLite, above what it had before.",
            ("what", "processor time", "memory"),
            [
                (name, seconds, "-" if name == _RRDTOOL else mib)
                for name, (seconds, mib) in found.items()
            ],
        ),
    )


def _tried(measured: Callable[[], tuple[float, float]]) -> tuple[str, str]:
    try:
        seconds, extra = _best(measured)
    except Missing as error:
        return str(error), "-"
    return f"{seconds:.2f} s", f"{extra:.1f} MiB" if extra else "-"


def _fill(directory: str) -> None:
    history = History(Path(directory), ZONE)
    for first in range(1, READINGS + 1, _CHUNK):
        seconds = range(first, min(first + _CHUNK, READINGS + 1))
        history.journal.append(
            [decode_reading_message(payload(second, 1), frozenset(), 2.5) for second in seconds]
        )
    history.journal.close()


def _night(directory: str) -> object:
    with tempfile.TemporaryDirectory(dir=directory) as place:
        shutil.copytree(Path(directory) / "journal", Path(place) / "state" / "journal")
        house = House(Path(place), zone=ZONE.name, minutes=1, now=ZONE.day_end(DAY) + _NIGHT_S)
        documents = house.settle().documents()
        house.aggregator.close()
        return documents


def _consolidate(directory: str) -> object:
    return History(Path(directory), ZONE).consolidate(DAY)


def _objects(directory: str) -> object:
    path = Path(directory) / "journal" / f"{DAY}.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _fill_sqlite(directory: str) -> None:
    with closing(database(str(Path(directory) / "readings.sqlite"), "OFF")) as opened:
        opened.execute("BEGIN")
        opened.executemany(INSERT, _values())
        opened.execute("COMMIT")


def _group(directory: str) -> object:
    with closing(database(str(Path(directory) / "readings.sqlite"), "OFF")) as opened:
        asked = "SELECT avg(power), min(power), max(power) FROM readings GROUP BY (time - ?) / ?"
        return [opened.execute(asked, (START + 1, span)).fetchall() for span in (3600, 86400)]


def _rrd(directory: str) -> object:
    path = Path(directory) / "power.rrd"
    rrd.create(path, START, 1)
    with rrd.Pipe() as pipe:
        for readings in rrd.batched(_values(), _CHUNK):
            pipe.update(path, readings)
    return [
        rrd.fetch(path, kind, resolution, START, START + READINGS)
        for resolution in (rrd.HOUR_S, rrd.DAY_S)
        for kind in ("AVERAGE", "MIN", "MAX")
    ]


def _values() -> Iterator[tuple[int, float]]:
    return ((round(START) + second, 412.5) for second in range(1, READINGS + 1))


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
    begin = _processor_s()
    kept = work(directory)
    seconds = _processor_s() - begin
    assert kept
    return seconds, (_status("VmHWM") - before) / 1024


def _processor_s() -> float:
    """Return what this process and its children that have ended took."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))
