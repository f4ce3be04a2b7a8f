"""rrdtool doing our consolidation: one metric in the resolutions of our files."""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.tools import executable, run

HOUR_S, DAY_S = 3600, 86400
Reading = tuple[float, float]  # time and value
_KINDS = ("AVERAGE", "MIN", "MAX")


def create(path: Path, start: float, step_s: int, days: int = 1) -> None:
    """Make a file for readings each `step_s` from `start` on, which keeps `days` of them.

    It keeps mean, minimum and maximum of a week of hours and a year of days, too.
    """
    steps_rows = [(HOUR_S // step_s, 7 * 24 + days * 24), (DAY_S // step_s, 366 + days)]
    archives = [f"RRA:{kind}:0.5:{steps}:{rows}" for kind in _KINDS for steps, rows in steps_rows]
    archives.append(f"RRA:AVERAGE:0.5:1:{days * DAY_S // step_s}")
    begin = str(round(start))
    source = f"DS:power:GAUGE:{5 * step_s // 2}:U:U"
    run("rrdtool", "create", str(path), "-b", begin, "-s", str(step_s), source, *archives)


def fetch(path: Path, kind: str, resolution_s: int, start: float, end: float) -> list[float]:
    """Return the known values of one resolution, in order of time."""
    words = ["-r", str(resolution_s), "-s", str(round(start)), "-e", str(round(end) - 1)]
    told = run("rrdtool", "fetch", str(path), kind, *words)
    values = [line.split(":")[1] for line in told.splitlines()[2:]]
    return [float(value) for value in values if "nan" not in value]


def batched(readings: Iterable[Reading], most: int) -> Iterator[Sequence[Reading]]:
    """Yield them in portions, as rrdtool takes many in one update."""
    waiting = iter(readings)
    while portion := tuple(islice(waiting, most)):
        yield portion


def update(path: Path, readings: Iterable[Reading]) -> str:
    """Return the line that has `rrdtool -` take readings in order of time, written together."""
    given = " ".join(f"{round(time)}:{value}" for time, value in readings)
    return f"update {path} {given}\n"


class Pipe:
    """One rrdtool that takes updates one by one; use it in a `with` statement."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [executable("rrdtool"), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def update(self, path: Path, readings: Iterable[Reading]) -> None:
        """Take (time, value) in order of time; those of one call are written together."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(update(path, readings))
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer.startswith("OK"), answer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate("quit\n")
