"""Readings on their way to the aggregator, in requests of the size it takes."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson

from cli.asker import Asker
from cli.importing.there import There
from shared.messages import encode_journal_line
from shared.reading import Reading
from shared.times import Zone

_REQUEST_BYTES = 56 * 1024  # of the 64 kB that a request may have
_ROLL_UP_EVERY = 50_000  # readings: so that no answer takes long, and little waits on the disk
ROLL_UP_TIMEOUT_S = 1800.0  # some weeks at a reading a second, on a small board


class Delivery:
    """Hands readings over, but those that are there already; `flush` ends it."""

    def __init__(self, asker: Asker, there: There, zone: Zone, told: Callable[[int], None]) -> None:
        self._asker = asker
        self._there = there
        self._zone = zone
        self._told = told
        self._waiting: list[Any] = []
        self._size = 0
        self._since_rollup = 0
        self.new: Counter[date] = Counter()  # readings handed over, by day
        self.already = 0
        self._complete: dict[date, bool] = {}

    def take(self, reading: Reading) -> None:
        """Take the next reading."""
        day = self._zone.day_of(reading.time)
        line = encode_journal_line(reading).rstrip()  # a copy: orjson's own keeps 4 kB
        if self._is_complete(day):
            return
        if self._there.has(day, reading, line):
            self.already += 1
        else:
            self._add(day, line)

    @property
    def complete(self) -> int:
        """How many days were left out, for all of them is known."""
        return sum(self._complete.values())

    def flush(self) -> None:
        """Hand over what waits, and have the documents made."""
        self._send()
        if self._since_rollup:
            self._roll_up()

    def _is_complete(self, day: date) -> bool:
        if day not in self._complete:
            self._complete[day] = self._there.is_complete(day)
        return self._complete[day]

    def _add(self, day: date, line: bytes) -> None:
        if self._size + len(line) > _REQUEST_BYTES:
            self._send()
        self._waiting.append(orjson.loads(line))
        self._size += len(line)
        self.new[day] += 1

    def _send(self) -> None:
        if not self._waiting:
            return
        # Whole days: so that a day whose readings are gone here may be made of these.
        self._asker.ask("aggregator", "import", {"archive": True, "readings": self._waiting})
        self._told(len(self._waiting))
        self._since_rollup += len(self._waiting)
        self._waiting, self._size = [], 0
        if self._since_rollup >= _ROLL_UP_EVERY:
            self._roll_up()

    def _roll_up(self) -> None:
        self._asker.ask("aggregator", "rollup", {}, ROLL_UP_TIMEOUT_S)
        self._since_rollup = 0
