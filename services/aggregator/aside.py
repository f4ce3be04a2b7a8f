"""Readings later than the clock: one of the two is wrong, and time will tell which."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from shared.atomic import write_durably
from shared.checksum import sealed
from shared.lines import append_lines, read_lines
from shared.messages import encode_journal_line
from shared.reading import Reading, decode_reading

_LIMIT_BYTES = 4 * 1024 * 1024  # weeks of readings while the clock is not believable


class Aside:
    """Readings later than the clock: set aside on stable storage, taken up in their time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: float | None = None
        self.corrupt: list[Path] = []  # copies of damaged files, since the last look

    def load(self) -> None:
        """Look when the first is due; raises Retryable."""
        self._first = min((reading.time for reading in self._read()), default=None)

    def add(self, readings: Sequence[Reading]) -> bool:
        """Set readings aside; False, and nothing kept, when there are too many already."""
        lines = _lines(readings)
        size = self._path.stat().st_size if self._path.exists() else 0
        if size + len(lines) > _LIMIT_BYTES:
            return False
        append_lines(self._path, lines)
        times = [reading.time for reading in readings]
        self._first = min(times if self._first is None else [self._first, *times])
        return True

    def due(self, now: float) -> list[Reading]:
        """Return the readings whose time has come; they stay until `forget`."""
        if self._first is None or self._first > now:
            return []
        return [reading for reading in self._read() if reading.time <= now]

    def forget(self, now: float) -> None:
        """Drop the readings whose time has come."""
        rest = [reading for reading in self._read() if reading.time > now]
        write_durably(self._path, _lines(rest))
        self._first = min((reading.time for reading in rest), default=None)

    def _read(self) -> list[Reading]:
        readings, aside = read_lines(self._path, lambda raw: decode_reading(raw, frozenset(), 0.0))
        self.corrupt += [aside] if aside else []
        return readings


def _lines(readings: Iterable[Reading]) -> bytes:
    return b"".join(sealed(encode_journal_line(reading)) for reading in readings)
