"""Bytes that reach the block device for a day of 1 440 readings, on an ext4 of its own."""

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

from support.broker import Broker
from support.stack import Stack, clock_at
from support.wait import wait_until

from bench import rrd
from bench.device import device
from bench.load import DAY, START, payload
from bench.subscriber import INSERT, database
from bench.table import Row, Section, Subject
from bench.tools import Missing, executable
from shared.atomic import write_durably

READINGS = 1440
_AUTOSAVES = 24  # autosave_interval of mosquitto.conf is an hour
# From which reading on the clock shows which minute of the day: ahead of the readings. It is turned
# by a restart: one that libfaketime reads from a file shows the real time now and then, which makes
# a night and takes it back.
_CLOCK = {1: 960, 960: 1320, 1320: 1437.7}
_NIGHT_S = 1200  # after midnight all is rolled up, and the day compressed
_CACHED_MIN = 30  # so long rrdcached keeps what it got, as its documentation has it
_WATTS = 412.5

Put = Callable[[int], None]  # stores the reading of a minute
Way = Callable[[Path], AbstractContextManager[Put]]


def measure() -> Subject:
    """Give each the same day, on a file system of its own."""
    ours = _of_a_day(_ours)
    at_once = _of_a_day(_ours, minutes_pass=False)
    rewriting = _of_a_day(_rewriting)
    others: dict[str, Way] = {
        "ours without the broker": _without_broker,
        "a line appended and synced": _lines,
        "SQLite, WAL, synchronous=FULL": partial(_sqlite, "FULL"),
        "SQLite, WAL, synchronous=NORMAL": partial(_sqlite, "NORMAL"),
        "rrdtool update": _rrdtool,
        f"rrdcached, which writes every {_CACHED_MIN} minutes, and its journal": _rrdcached,
    }
    return Subject(
        [
            Row(
                f"block writes for {READINGS} readings a minute apart, broker and rollups included",
                f"{ours}; {at_once} if no time passes between them",
                f"{rewriting} rewriting daily.json durably for each",
                "8 MB",
            )
        ],
        Section(
            "Bytes written to the block device in a day",
            f"{READINGS} readings of one metric, one by one, on an ext4 of its own with blocks of "
            "4 kB. After each reading all is written that the kernel writes by itself before the "
            "next minute: within 5 s ext4 commits that a file was changed, 16 kB for every minute "
            "in which any file is touched, whoever does it. Ours has daily.json on a tmpfs, saves "
            f"the broker's memory {_AUTOSAVES} times, and rolls up at the end. The others are "
            "without a broker, and keep the readings only.",
            ("what", "a day"),
            [
                ("ours: broker, aggregator, rollups", ours),
                ("the same, if no time passes between the readings", at_once),
                ("daily.json rewritten durably", rewriting),
                *((name, _of_a_day(way)) for name, way in others.items()),
            ],
        ),
    )


def _of_a_day(way: Way, *, minutes_pass: bool = True) -> str:
    with device() as disk:
        try:
            with way(disk.mount) as put:
                disk.let_a_minute_pass()
                before = disk.written()
                for minute in range(1, READINGS + 1):
                    put(minute)
                    if minutes_pass:
                        disk.let_a_minute_pass()
        except Missing as error:
            return str(error)
        disk.let_a_minute_pass()
        return f"{(disk.written() - before) / 1e6:.1f} MB"


@contextmanager
def _ours(mount: Path) -> Iterator[Put]:
    with _aggregator(mount, mount / "broker") as put:
        yield put


@contextmanager
def _without_broker(mount: Path) -> Iterator[Put]:
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm") as memory,
        _aggregator(mount, Path(memory)) as put,
    ):
        yield put


@contextmanager
def _aggregator(mount: Path, brokers: Path) -> Iterator[Put]:
    """Let readings go through a broker to the aggregator as the day passes, and its night too."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        broker = Broker(brokers, "bench")
        broker.start()
        stack = Stack(
            mount,
            broker,
            data={"local_collection_interval_minutes": 1},
            paths={
                "data_dir": str(mount / "data"),
                "volatile_dir": memory,
                "state_dir": str(mount / "state"),
            },
        )
        _restart(stack, START)
        journal = stack.state / "journal"
        try:
            with broker.client() as client:
                stack.wait_online(client, "aggregator")

                def put(minute: int) -> None:
                    if minute in _CLOCK:
                        _restart(stack, START + _CLOCK[minute] * 60)
                    client.publish(stack.topics.reading, payload(minute * 60, 60))
                    wait_until(partial(_holds, journal, minute), what="the reading in the journal")
                    if minute % (READINGS // _AUTOSAVES) == 0:
                        broker.signal(signal.SIGUSR1)  # saves, as its hourly autosave does

                yield put
                _restart(stack, START + READINGS * 60 + _NIGHT_S)
                packed = journal / f"{DAY}.jsonl.gz"
                wait_until(lambda: packed.exists() and stack.document("yearly"), what="the night")
        finally:
            stack.stop()
            broker.stop()


def _restart(stack: Stack, now: float) -> None:
    service = stack.service("aggregator")
    service.stop()
    service.start(clock_at(now))


def _holds(journal: Path, readings: int) -> bool:
    found = sum(path.read_bytes().count(b"\n") for path in journal.glob("*.jsonl"))
    return found == readings


@contextmanager
def _lines(mount: Path) -> Iterator[Put]:
    with (mount / "lines").open("ab", buffering=0) as file:

        def put(minute: int) -> None:
            file.write(payload(minute * 60, 60) + b"\n")
            os.fdatasync(file.fileno())

        yield put


@contextmanager
def _rewriting(mount: Path) -> Iterator[Put]:
    points: list[bytes] = []

    def put(minute: int) -> None:
        points.append(payload(minute * 60, 60))
        write_durably(mount / "daily.json", b'{"data_points":[' + b",".join(points) + b"]}")

    yield put


@contextmanager
def _sqlite(synchronous: str, mount: Path) -> Iterator[Put]:
    with closing(database(str(mount / "readings.sqlite"), synchronous)) as opened:
        yield lambda minute: opened.execute(INSERT, (START + minute * 60, _WATTS)).close()


@contextmanager
def _rrdtool(mount: Path) -> Iterator[Put]:
    path = mount / "power.rrd"
    rrd.create(path, START, 60)
    with rrd.Pipe() as pipe:
        yield lambda minute: pipe.update(path, [(START + minute * 60, _WATTS)])


@contextmanager
def _rrdcached(mount: Path) -> Iterator[Put]:
    """Let it write by our minutes, not by those of the clock."""
    path, door = mount / "power.rrd", mount / "socket"
    rrd.create(path, START, 60)
    (mount / "cached").mkdir()
    places = ["-l", f"unix:{door}", "-j", str(mount / "cached"), "-p", str(mount / "pid")]
    command = [executable("rrdcached"), "-g", *places, "-w", "86400", "-f", "172800"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_until(door.exists, what="rrdcached")
        with socket.socket(socket.AF_UNIX) as way, way.makefile("rw") as line:
            way.connect(str(door))

            def tell(words: str) -> None:
                line.write(f"{words}\n")
                line.flush()
                answer = line.readline()
                assert answer.startswith("0"), answer

            def put(minute: int) -> None:
                tell(f"UPDATE {path} {round(START) + minute * 60}:{_WATTS}")
                if minute % _CACHED_MIN == 0:
                    tell(f"FLUSH {path}")

            yield put
        process.terminate()
