"""Instants and the local calendar: seconds since 1970 UTC inside, the zone only for day edges.

A local day begins at the first instant of its local date and ends where the next one begins, so it
has 23, 24 or 25 hours, or a half more; nothing here adds 86 400 s.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.errors import BadInput

EARLIEST_TIMESTAMP = 0.0
LATEST_TIMESTAMP = 32503680000.0  # the year 3000: far from what datetime can't hold
_EARLIEST_DATE, _LATEST_DATE = date(1969, 12, 31), date(3000, 1, 1)  # of these, somewhere on Earth
_ONE_DAY = timedelta(days=1)  # of the calendar: only ever added to a date, never to an instant


def parse_timestamp(text: str, name: str = "timestamp") -> float:
    """Return the instant of an ISO 8601 text with an offset; raise BadInput for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{name}: not an ISO 8601 time: {text[:40]!r}") from None
    if moment.tzinfo is None:
        raise BadInput(f"{name}: {text[:40]!r} needs an offset, such as Z or +01:00")
    return moment.timestamp()


def parse_date(text: object) -> date:
    """Return the date of an ISO 8601 text such as 2026-11-22; raise BadInput for anything else."""
    try:
        day = date.fromisoformat(text)  # type: ignore[arg-type] # the except below answers it
    except (TypeError, ValueError):
        raise BadInput(f"not a date such as 2026-11-22: {str(text)[:40]!r}") from None
    if not _EARLIEST_DATE <= day <= _LATEST_DATE:
        raise BadInput(f"{day} is out of range")
    return day


def iso_utc(instant: float) -> str:
    """Write an instant in UTC, for records that no zone should touch."""
    return datetime.fromtimestamp(instant, UTC).isoformat()


class Zone:
    """A time zone by its IANA name: where days and hours begin, and how instants are written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = ZoneInfo(name)
        self.day_start = lru_cache(maxsize=1024)(self._day_start)
        self._latest = (0.0, 0.0, date.min)  # start, end and name of the day last asked for

    def iso(self, instant: float) -> str:
        """Write an instant in ISO 8601 with the zone's own offset."""
        return datetime.fromtimestamp(instant, self._zone).isoformat()

    def day_of(self, instant: float) -> date:
        """Return the local day that holds an instant.

        Nearly always its local date; clocks that go back across midnight show a date twice.
        """
        start, end, day = self._latest
        if start <= instant < end:
            return day
        day = self._date(instant)
        if instant < self.day_start(day):
            day -= _ONE_DAY
        elif instant >= self.day_end(day):
            day += _ONE_DAY
        self._latest = self.day_start(day), self.day_end(day), day
        return day

    def wall_s(self, instant: float) -> float:
        """Return what the clock on the wall shows at an instant, in seconds since its 00:00."""
        local = datetime.fromtimestamp(instant, self._zone)
        return local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6

    def day_end(self, day: date) -> float:
        """Return the first instant after a local day."""
        return self.day_start(day + _ONE_DAY)

    def hour_edges(self, day: date) -> list[float]:
        """Return where the hours of a day begin, and its end: minute 00 and each offset change."""
        edges = [self.day_start(day)]
        end = self.day_end(day)
        while edges[-1] < end:
            edges.append(min(self._next_hour(edges[-1]), end))
        return edges

    def _day_start(self, day: date) -> float:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        candidates = (midnight.timestamp(), midnight.replace(fold=1).timestamp())
        earliest = min(candidates)
        if self._date(earliest) == day:
            return earliest
        # Clocks jumped over midnight: the day begins where they landed.
        return self._first(earliest, max(candidates), lambda t: self._date(t) >= day)

    def _next_hour(self, instant: float) -> float:
        local = datetime.fromtimestamp(instant, self._zone)
        into_hour = local.minute * 60 + local.second + local.microsecond / 1e6
        following = instant + 3600 - into_hour
        offset = local.utcoffset()
        if self._offset(following - 1) == offset:
            return following
        return self._first(instant, following, lambda t: self._offset(t) != offset)

    @staticmethod
    def _first(low: float, high: float, holds: Callable[[float], bool]) -> float:
        """Return the first whole second in (low, high] at which `holds`, true at `high`."""
        while high - low > 1:
            middle = float((low + high) // 2)
            if holds(middle):
                high = middle
            else:
                low = middle
        return high

    def _date(self, instant: float) -> date:
        return datetime.fromtimestamp(instant, self._zone).date()

    def _offset(self, instant: float) -> timedelta | None:
        return datetime.fromtimestamp(instant, self._zone).utcoffset()


def days_before(day: date, count: int) -> list[date]:
    """Return the `count` calendar days before a day, oldest first."""
    return [day - timedelta(days=back) for back in range(count, 0, -1)]


def days_between(first: date, last: date) -> list[date]:
    """Return the calendar days from `first` to `last`, both included."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
