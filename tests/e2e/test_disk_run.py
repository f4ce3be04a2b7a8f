"""`power-monitor run` on a disk that is full, while its processes die: it goes on by itself."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from support.full_disk import SmallDisk, small_disk
from support.mounts import CAN_MOUNT
from support.one_sensor import POWER, one_sensor
from support.run import CHILDREN, Run
from support.wait import wait_until

from demo.server import serving

SIZE_KB = 4096
WATTS = 600
AHEAD_S = 3600
PATIENCE_S = 120
_REFILL_S = 0.02


@contextmanager
def kept_full(disk: SmallDisk) -> Iterator[None]:
    """Let somebody else write all that becomes free, for a block."""
    enough = Event()

    def write() -> None:
        while not enough.wait(_REFILL_S):
            disk.fill_again()

    disk.fill()
    thread = Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
        disk.empty()


def newest(data: Path) -> str:
    if not (data / "daily.json").exists():
        return ""
    points = json.loads((data / "daily.json").read_bytes())["data_points"]
    return str(points[-1]["timestamp"]) if points else ""


@CAN_MOUNT
def test_a_full_disk_ends_nothing_that_could_not_come_back(tmp_path: Path) -> None:
    """Each child is killed once while there is no room; with room all work as before."""
    house = one_sensor()
    begun = int(time.time())
    house.insert(POWER, [(at, WATTS + at % 7) for at in range(begun - 1500, begun + AHEAD_S, 5)])
    with (
        small_disk(tmp_path / "disk", SIZE_KB) as disk,
        serving(house) as url,
        Run(disk.place, url) as run,
    ):
        wait_until(lambda: newest(run.data), PATIENCE_S, what="a reading")
        pids = {name: run.pid(name) for name in CHILDREN}
        with kept_full(disk):
            for pid in pids.values():
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: run.log.count("next start in") >= len(CHILDREN), what="all ended")
            wait_until(lambda: "No space left" in run.log, PATIENCE_S, what="trouble told")
            assert run.is_alive
        last = newest(run.data)
        wait_until(lambda: newest(run.data) > last, PATIENCE_S, what="readings go on")
        assert run.is_alive
        assert "Traceback" not in run.log
