"""What is known of a day's file without reading it again: its order, and which time it claims."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from shared.checksum import unsealed
from shared.errors import BadInput
from shared.fields import bounded
from shared.reading import MAX_INTERVAL_S, Reading
from shared.times import parse_timestamp

Span = tuple[float, float]

_MISFITS = (orjson.JSONDecodeError, BadInput, TypeError, AttributeError, KeyError, ValueError)
_MOST_SPANS = 100  # a day in more pieces than that is read again


@dataclass(slots=True)
class Scan:
    """Notes of each reading of a file, in the order of the file.

    `ordered`: each timestamp is later than the one before. `first_time` and `last_time` are the
    outermost timestamps, `longest_s` is the length of the longest interval.
    """

    ordered: bool = True
    first_time: float = float("inf")
    last_time: float = float("-inf")
    longest_s: float = 0.0
    _spans: list[Span] | None = field(default_factory=list)  # None: too many, or not by intervals

    def note(self, time: float, seconds: float) -> None:
        """Take the next reading's time and the length of its interval, 0 without one."""
        self.ordered = self.ordered and time > self.last_time
        self.first_time = min(self.first_time, time)
        self.last_time = max(self.last_time, time)
        self.longest_s = max(self.longest_s, seconds)
        if self._spans is not None:
            self._claim(self._spans, time - seconds, time)

    def note_reading(self, reading: Reading) -> None:
        """Take the next reading."""
        self.note(reading.time, reading.interval.seconds if reading.interval else 0.0)

    def spans(self) -> list[Span] | None:
        """Return the time that intervals claim, oldest first.

        None when it takes a look at each reading to say: some hold, or share a timestamp.
        """
        return self._spans if self.ordered else None

    def _claim(self, spans: list[Span], start: float, end: float) -> None:
        if start == end or len(spans) > _MOST_SPANS:
            self._spans = None
            return
        while spans and spans[-1][1] >= start:
            start = min(start, spans.pop()[0])
        spans.append((start, end))


def scan(lines: Iterable[bytes]) -> Scan:
    """Look only at what decides the order; whether the rest can be read shows when it is."""
    found = Scan()
    for line in lines:
        try:
            found.note(*_time_and_seconds(line))
        except _MISFITS:
            continue
    return found


def _time_and_seconds(line: bytes) -> tuple[float, float]:
    raw = orjson.loads(unsealed(line))
    interval = raw.get("interval")
    seconds = bounded(interval["seconds"], "seconds", 0, MAX_INTERVAL_S) if interval else 0.0
    return parse_timestamp(raw["timestamp"]), seconds
