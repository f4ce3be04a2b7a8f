"""Bytes that reach the block device for a day of 1 440 readings, on an ext4 of its own."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from support.broker import Broker
from support.client import Client
from support.stack import Stack
from support.wait import wait_until

from bench.load import payload
from bench.table import Row
from shared.atomic import write_durably

READINGS = 1440
_AUTOSAVES = 24  # autosave_interval of mosquitto.conf is an hour
_SECTOR_BYTES = 512
_IMAGE_MB = 64


def measure() -> Row:
    """Measure broker and aggregator with state on the device, daily.json on tmpfs."""
    if os.geteuid() != 0:
        return Row("block writes for 1 440 readings", "needs root for a loop mount", "-", "8 MB")
    return Row(
        f"block writes for {READINGS} readings, one by one, broker and rollups included",
        f"{_ours() / 1e6:.2f} MB",
        f"{_rewriting() / 1e6:.2f} MB rewriting daily.json durably for each",
        "8 MB",
    )


def _ours() -> int:
    with _device() as (mount, written), tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        broker = Broker(mount / "broker", "bench")
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
        stack.service("aggregator").start()
        try:
            with broker.client() as client:
                stack.wait_online(client, "aggregator")
                before = written()
                _publish(client, stack, broker)
                return written() - before
        finally:
            stack.stop()
            broker.stop()


def _publish(client: Client, stack: Stack, broker: Broker) -> None:
    journal = stack.state / "journal"
    for minute in range(1, READINGS + 1):
        client.publish(stack.topics.reading, payload(minute * 60, 60))
        wait_until(partial(_holds, journal, minute), what="the reading in the journal")
        if minute % (READINGS // _AUTOSAVES) == 0:
            broker.signal(signal.SIGUSR1)  # makes Mosquitto save, as its hourly autosave does
    client.publish(stack.topics.request("aggregator", "rollup"), "all")
    client.subscribe(stack.topics.response("aggregator", "rollup"))
    os.sync()


def _holds(journal: Path, readings: int) -> bool:
    return _lines(journal) == readings


def _lines(journal: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in journal.glob("*.jsonl"))


def _rewriting() -> int:
    with _device() as (mount, written):
        before = written()
        points: list[bytes] = []
        for minute in range(1, READINGS + 1):
            points.append(payload(minute * 60, 60))
            write_durably(mount / "daily.json", b'{"data_points":[' + b",".join(points) + b"]}")
        os.sync()
        return written() - before


@contextmanager
def _device() -> Iterator[tuple[Path, "_Written"]]:
    with tempfile.TemporaryDirectory() as directory:
        image, mount = Path(directory) / "image", Path(directory) / "mount"
        mount.mkdir()
        with image.open("wb") as file:
            file.truncate(_IMAGE_MB * 1024 * 1024)
        _run("mkfs.ext4", "-q", str(image))
        loop = _run("losetup", "--find", "--show", str(image)).strip()
        try:
            _run("mount", "-o", "noatime", loop, str(mount))
            try:
                os.sync()
                yield mount, _Written(Path(loop).name)
            finally:
                _run("umount", str(mount))
        finally:
            _run("losetup", "--detach", loop)


class _Written:
    def __init__(self, device: str) -> None:
        self._stat = Path("/sys/block") / device / "stat"

    def __call__(self) -> int:
        """Return the bytes written to the device so far."""
        return int(self._stat.read_text().split()[6]) * _SECTOR_BYTES


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
