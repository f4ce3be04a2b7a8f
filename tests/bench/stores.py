"""Programs that take readings from a broker and keep them; ours among them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import orjson
from support.broker import Broker
from support.stack import Stack

from bench.load import ZONE, payload
from shared.times import Zone, iso_utc, parse_timestamp

_TAIL_BYTES = 64 * 1024  # holds the last line, whatever space is laid out behind it


class Store(Protocol):
    """A reading is known by its second, counted from a start that all agree on."""

    name: str
    topic: str

    def start(self) -> None:
        """Start the process; some time later it has subscribed."""

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the process and wait until it is gone."""

    def message(self, second: int) -> bytes:
        """Return the reading of a second as this store wants it."""

    def has(self, second: int) -> bool:
        """Say whether a reading that is the last one is where it is kept."""

    def shows(self, second: int) -> bool:
        """Say whether a reading that is the last one is where everybody may read it."""

    def kept(self) -> set[int]:
        """Return all readings it has."""


class Ours:
    """The aggregator: a journal on stable storage, and daily.json."""

    def __init__(self, directory: Path, broker: Broker, start: float, zone: Zone = ZONE) -> None:
        self.name = "the aggregator"
        self._start, self._zone = start, zone
        directory.mkdir(parents=True)
        self._stack = Stack(directory, broker, timezone=zone.name)
        self._journal = self._stack.state / "journal" / f"{zone.day_of(start)}.jsonl"
        self.topic = broker.topics.reading

    def start(self) -> None:
        """Start the process."""
        self._stack.service("aggregator").start()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the process."""
        self._stack.service("aggregator").stop(number)

    def message(self, second: int) -> bytes:
        """Return a reading with an interval of one second."""
        return payload(second, 1, start=self._start)

    def has(self, second: int) -> bool:
        """Look at the end of the journal."""
        return iso_utc(self._start + second).encode() in tail(self._journal)

    def shows(self, second: int) -> bool:
        """Look at the end of daily.json."""
        stamp = self._zone.iso(self._start + second).encode()
        return b'{"timestamp":"' + stamp in tail(self._stack.data / "daily.json")

    def kept(self) -> set[int]:
        """Read the journal."""
        lines = (line for line in self._journal.read_bytes().splitlines() if line.strip())
        times = (parse_timestamp(orjson.loads(line)["timestamp"]) for line in lines)
        return {round(time - self._start) for time in times}


def tail(path: Path) -> bytes:
    """Return the end of a file: to read it all again and again takes time that is measured."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""


@contextmanager
def running(directory: Path) -> Iterator[Broker]:
    """Run a broker as the monitor configures it."""
    broker = Broker(directory / "broker", "bench")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
