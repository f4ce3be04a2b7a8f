"""Readings a second, QoS 1, each on stable storage before its PUBACK, in a burst of 10 000."""

import os
import tempfile
import time
from io import FileIO
from pathlib import Path
from statistics import median

from support.broker import Broker
from support.stack import Stack
from support.wait import wait_until

from bench.load import START, ZONE, payload
from bench.table import Row
from shared.times import iso_utc

READINGS = 10_000
_TIMES = 5
_TAIL_BYTES = 64 * 1024  # holds the last line, whatever space is laid out behind it


def measure() -> Row:
    """Measure our aggregator, and the same journal with one sync for each reading, in turn."""
    pairs = [(_ours(), _sync_each()) for _ in range(_TIMES)]
    ours, other = (
        median(READINGS / seconds for seconds in column) for column in zip(*pairs, strict=True)
    )
    return Row(
        f"readings a second on stable storage, burst of {READINGS}, median of {_TIMES}",
        f"{ours:.0f}/s from the first publish to the last line in the journal",
        f"{other:.0f}/s appending and syncing each, without any broker",
        "5 000/s",
    )


def _ours() -> float:
    with tempfile.TemporaryDirectory() as directory:
        broker = Broker(Path(directory) / "broker", "bench")
        broker.start()
        stack = Stack(Path(directory), broker)
        stack.service("aggregator").start()
        last = iso_utc(START + READINGS).encode()
        payloads = [payload(second, 1) for second in range(1, READINGS + 1)]
        journal = stack.state / "journal" / f"{ZONE.day_of(START)}.jsonl"
        try:
            with broker.client() as client:
                stack.wait_online(client, "aggregator")
                begin = time.perf_counter()
                for body in payloads:
                    client.send(stack.topics.reading, body)
                wait_until(lambda: last in _tail(journal), 60, what="all in the journal")
                seconds = time.perf_counter() - begin
                assert journal.read_bytes().count(b"\n") == READINGS
                return seconds
        finally:
            stack.stop()
            broker.stop()


def _tail(journal: Path) -> bytes:
    """Read only the end: to read it all again and again would take the time that is measured."""
    if not journal.exists():
        return b""
    with journal.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
        return file.read()


def _sync_each() -> float:
    with tempfile.TemporaryDirectory() as directory, _unbuffered(directory) as file:
        begin = time.perf_counter()
        for second in range(1, READINGS + 1):
            file.write(payload(second, 1) + b"\n")
            os.fdatasync(file.fileno())
        return time.perf_counter() - begin


def _unbuffered(directory: str) -> FileIO:
    return FileIO(Path(directory) / "lines", "a")
