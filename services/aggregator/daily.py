"""The current day: what its readings add up to, and daily.json written of them in time."""

from collections.abc import Callable, Iterable
from datetime import date

from services.aggregator.corrections import corrected
from services.aggregator.dailyfile import DailyFile
from services.aggregator.history import History
from services.aggregator.today import Today
from shared.bucket import Bucket
from shared.messages import FileUpdated, as_stored
from shared.reading import MAX_HEARTBEAT_S, Reading

SELDOM_S = 60.0
_EVERY_S = 1.0
_LARGE_BYTES = 1_000_000
_LARGE_EVERY_S = 6.0  # for each MB, so that a large file costs no more than a small one
_NEVER = float("-inf")


class Daily:
    """Keeps daily.json true to the journal. `now` is the wall clock, `tick` a monotonic one.

    Methods raise Retryable when the disk refuses; calling again later goes on where it stopped.
    """

    def __init__(
        self,
        history: History,
        file: DailyFile,
        announce: Callable[[FileUpdated], None],
        complain: Callable[[str], None],
    ) -> None:
        self._history = history
        self._file = file
        self._announce = announce
        self._complain = complain
        self._today: Today | None = None
        self._stale = False  # the day must be made anew from the journal
        self._written = _NEVER

    @property
    def day(self) -> date | None:
        """The day daily.json shows; None until one was begun."""
        return self._today.day if self._today else None

    @property
    def start(self) -> float:
        """When the day began; minus infinity until one was begun."""
        return self._today.start if self._today else _NEVER

    @property
    def points(self) -> int:
        """How many readings the file shows."""
        return self._file.points

    @property
    def last_update(self) -> str | None:
        """When the file was last written, as it says."""
        return self._file.last_update

    @property
    def revision(self) -> object:
        """What is another after each write."""
        return self._file.revision

    def bucket(self) -> Bucket | None:
        """Return what is known of the day so far; None when nothing is."""
        return self._today.bucket() if self._today else None

    def open(self, day: date, now: float, tick: float) -> None:
        """Go on from the file of before the restart, or make it from the journal."""
        today = self._begin(day)
        self._stale = True  # until there is a file, whatever the disk says
        damaged = self._file.set_aside_if_damaged(booted=now - tick, now=now)
        if damaged:
            self._complain(f"a damaged file was set aside as {damaged} and made anew")
        if today.empty and today.bucket() is None and not self._file.exists():
            self._file.write_empty(day)
        elif not self._adopt(today):
            self._remake(today, now, tick, "reading")
        self._stale = False

    def turn(self, day: date, now: float, tick: float) -> None:
        """Make another day the current one."""
        self._remake(self._begin(day), now, tick, "rotation")

    def take(self, reading: Reading) -> None:
        """Take a reading that is in the journal; most come in order, others have the day remade."""
        today = self._today
        if today is None or reading.time + MAX_HEARTBEAT_S < today.start:
            return
        if self._stale or not today.follows(reading):
            self._stale = True
        else:
            today.take(self._as_kept(reading))

    def mark_stale(self) -> None:
        """Have the day made anew from the journal with the next write."""
        self._stale = True

    def hurry(self) -> None:
        """Have what waits written with the next `write`, however short ago the last one was."""
        self._written = _NEVER

    def write(self, now: float, tick: float, reason: str = "reading") -> float:
        """Write new points when it is time again; return in how many seconds it is."""
        today = self._today
        if today is None or not (today.waiting or self._stale):
            return SELDOM_S
        wait = self._written + self._pause() - tick
        if wait > 0:
            return wait
        if self._stale or not self._file.intact:
            self._stale = True
            today = self._begin(today.day)
            if self._adopt(today):  # a reading that came twice changes nothing
                self._stale = False
                self._written = tick
            else:
                self._remake(today, now, tick, reason)
        else:
            self._publish(today, today.waiting, now, tick, reason)
        return self._pause()

    def _begin(self, day: date) -> Today:
        today = Today(day, self._history.zone, self._history.costs.cuts(day))
        today.fill(self._history.around(today.start, today.end))
        self._today = today
        return today

    def _adopt(self, today: Today) -> bool:
        return self._file.adopt(today.day, self._points_of(today), self._so_far(today), today.units)

    def _remake(self, today: Today, now: float, tick: float, reason: str) -> None:
        """Write the whole file anew; what the disk refuses stays to be done."""
        self._stale = True
        self._file.begin(today.day)
        self._publish(today, self._points_of(today), now, tick, reason)
        self._stale = False

    def _publish(
        self, today: Today, readings: Iterable[Reading], now: float, tick: float, reason: str
    ) -> None:
        bucket = self._so_far(today)
        update = self._file.write(readings, bucket, today.units, now=now, reason=reason)
        today.waiting = []
        self._written = tick
        self._announce(update)

    def _points_of(self, today: Today) -> Iterable[Reading]:
        readings = self._history.readings(today.start, today.end)
        return (reading for reading in readings if today.shows(reading))

    def _so_far(self, today: Today) -> Bucket | None:
        bucket = today.bucket()
        return bucket and self._history.costs.of_day(bucket)

    def _as_kept(self, reading: Reading) -> Reading:
        """Return a reading as the journal and the corrections will give it back."""
        corrections = self._history.ledger.of_readings(reading.time, reading.time)
        return corrected(as_stored(reading), corrections)

    def _pause(self) -> float:
        size = self._file.size
        if size <= _LARGE_BYTES:
            return _EVERY_S
        return min(SELDOM_S, _LARGE_EVERY_S * size / _LARGE_BYTES)
