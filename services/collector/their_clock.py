"""Home Assistant's clock as its answers tell it, and whether instants are reckoned by ours."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

_HALF_A_SECOND = 0.5  # `Date` has whole ones, cut off
_SAME_CLOCK_S = 4.0  # readings wait longer than that for the recorder anyway
_STEADY_S = 2.0  # what a way to and fro changes is no other clock
_LONGEST_WAIT_S = 3600.0  # that another side may ask for
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class TheirClock:
    """`skew_s` is how far it was ahead of ours (`now`) when it last told, None if never.

    Where the two differ by at most `follow_s` all instants are by our clock, and `followed_s` is
    the difference; else they are by theirs, and it is 0.
    """

    def __init__(self, now: Callable[[], float], follow_s: float) -> None:
        self._now = now
        self._follow_s = follow_s
        self.followed_s = 0.0
        self.skew_s: float | None = None

    @property
    def ahead_s(self) -> float:
        """How far it is ahead of ours in the instants that are given."""
        return (self.skew_s or 0.0) - self.followed_s

    def note(self, date: str) -> None:
        """Take the header `Date` of an answer that has just begun; nonsense tells nothing."""
        with suppress(ValueError, OverflowError):
            self.skew_s = _http_date(date) + _HALF_A_SECOND - self._now()
            if not _SAME_CLOCK_S < abs(self.skew_s) <= self._follow_s:
                self.followed_s = 0.0
            elif abs(self.skew_s - self.followed_s) > _STEADY_S:
                self.followed_s = self.skew_s

    def wait_s(self, text: str) -> float:
        """Return the seconds that `Retry-After` asks for, 0 for nonsense."""
        with suppress(ValueError, OverflowError):
            if not text.isdecimal():
                wait_s = _http_date(text) - (self.skew_s or 0.0) - self._now()
                return min(max(0.0, wait_s), _LONGEST_WAIT_S)
            return min(float(text), _LONGEST_WAIT_S)
        return 0.0


def _http_date(text: str) -> float:
    """Return the instant of `Sun, 22 Nov 2026 10:00:00 GMT`; strptime would ask the locale."""
    _weekday, day, month, year, clock, _zone = text.split()
    hour, minute, second = map(int, clock.split(":"))
    date = (int(year), _MONTHS.index(month) + 1, int(day))
    return datetime(*date, hour, minute, second, tzinfo=UTC).timestamp()
