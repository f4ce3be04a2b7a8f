"""Days that a rollup must still make."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import orjson

from shared.atomic import disk_error, make_directory, set_aside, write_durably
from shared.checksum import sealed, unsealed
from shared.errors import BadInput
from shared.times import parse_date


class DirtyDays:
    """Days with readings that no rollup has seen: durable, so that a restart goes on with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._days: set[date] = set()
        self.corrupt: list[Path] = []  # files set aside since the last look

    def load(self) -> None:
        """Read the days; a damaged file is set aside and `corrupt` says so; raises Retryable."""
        try:
            raw = orjson.loads(unsealed(self._path.read_bytes()))
            self._days = {parse_date(day) for day in raw["days"]}
        except FileNotFoundError:
            pass
        except (orjson.JSONDecodeError, BadInput, KeyError, TypeError):
            self.corrupt.append(set_aside(self._path))
        except OSError as error:
            raise disk_error(self._path, error) from error

    def before(self, day: date) -> list[date]:
        """Return the dirty days before a day, oldest first."""
        return sorted(dirty for dirty in self._days if dirty < day)

    def add(self, days: Iterable[date]) -> None:
        """Mark days; on stable storage when it returns."""
        self._write(self._days.union(days))

    def discard(self, days: Iterable[date]) -> None:
        """Unmark days."""
        self._write(self._days.difference(days))

    def _write(self, days: set[date]) -> None:
        if days != self._days:
            names = sorted(day.isoformat() for day in days)
            make_directory(self._path.parent)
            write_durably(self._path, sealed(orjson.dumps({"days": names})))
            self._days = days
