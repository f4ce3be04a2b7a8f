"""The aggregator: takes readings to safety, then keeps the four documents true to them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from services.aggregator.aside import Aside
from services.aggregator.corrections import corrected
from services.aggregator.dailyfile import DailyFile
from services.aggregator.dirty import DirtyDays
from services.aggregator.history import History
from services.aggregator.keeping import Keeping
from services.aggregator.rollup import Rollups
from services.aggregator.tiers import WEEKLY
from services.aggregator.today import Today
from shared.bucket import Bucket
from shared.config import Config
from shared.energy import UNKNOWN, added, energy_of
from shared.messages import FileUpdated, Summary, as_stored
from shared.reading import HEARTBEAT_INTERVALS, MAX_HEARTBEAT_S, Reading
from shared.times import Zone

_DAILY_EVERY_S = 1.0
_DAILY_LARGE_BYTES = 1_000_000
_DAILY_LARGE_EVERY_S = 6.0  # for each MB, so that a large file costs no more than a small one
_DAILY_SELDOM_S = 60.0
_QUIET_S = 2.0  # late readings come in bursts: wait for the end of one,
_LATE_AT_MOST_S = 10.0  # but not longer than this

Announce = Callable[[FileUpdated], None]
Say = Callable[[str], None]  # complain of damage, or remark on what is only noteworthy


class Aggregator:
    """The one writer of the data directory. `now` is the wall clock, `tick` a monotonic one.

    Methods raise Retryable when the disk refuses; calling again later goes on where it stopped.
    """

    def __init__(self, config: Config, announce: Announce, complain: Say, remark: Say) -> None:
        state = config.paths.state_dir
        self.zone = Zone(config.timezone)
        self.heartbeat = HEARTBEAT_INTERVALS * config.data.interval_s
        self.history = History(state, self.zone, config.tariff)
        self.dirty = DirtyDays(state / "dirty.json")
        self.rollups = Rollups(
            self.history,
            self.dirty,
            config.paths.data_dir,
            announce=announce,
            complain=complain,
            remark=remark,
        )
        self.keeping = Keeping(
            self.history,
            self.dirty,
            state,
            archive=config.archive,
            complain=complain,
            remark=remark,
        )
        self._announce = announce
        self._complain = complain
        self._aside = Aside(state / "aside.jsonl")
        self._daily = DailyFile(
            config.paths.data_dir,
            config.paths.volatile_dir,
            self.zone,
            self.history.costs.currency,
        )
        self._today: Today | None = None
        self._today_stale = False
        self._daily_written = float("-inf")
        self._late: tuple[float, float] | None = None  # first and last late reading, monotonic
        self._late_reason = "reading"

    @property
    def today(self) -> date | None:
        """The day daily.json shows; None until the clock was believable once."""
        return self._today.day if self._today else None

    @property
    def daily_points(self) -> int:
        """How many readings daily.json shows."""
        return self._daily.points

    def load(self) -> None:
        """Read the small durable lists."""
        self.dirty.load()
        self.history.ledger.load()
        self._aside.load()

    def take(
        self,
        readings: Sequence[Reading],
        *,
        now: float,
        tick: float,
        reason: str = "reading",
        archived: bool = False,
    ) -> int:
        """Put readings on stable storage and into the documents' queue.

        Returns how many came too late to change anything: their journal is gone, the day is only
        in the book, or too many wait for the clock already. With `archived` whole days come back
        from the archive, so that days whose journal is gone are opened again.
        """
        ahead = [reading for reading in readings if reading.time > now + self.heartbeat]
        timely = [reading for reading in readings if reading.time <= now + self.heartbeat]
        days = {self.zone.day_of(reading.time) for reading in timely}
        closed = {day for day in days if not archived and self.history.is_closed(day, now)}
        kept = [reading for reading in timely if self.zone.day_of(reading.time) not in closed]
        lost = len(timely) - len(kept)
        if ahead and not self._aside.add(ahead):
            lost += len(ahead)
        if kept:
            # Marked before they are stored: a crash in between costs a rollup, never a day.
            self.dirty.add(self.history.days_spoken_of(kept))
            self.history.journal.append(kept)
            self._note(kept, tick, reason)
        return lost

    def step(self, *, now: float, tick: float) -> float:
        """Do what is due; return in how many seconds the next is. The clock must be believable."""
        self._turn_day(now, tick)
        self._take_up(now, tick)
        wait = self._write_daily(now, tick)
        wait = min(wait, self._roll_up(now, tick))
        self.keeping.keep(WEEKLY.day(self.zone, now), now)
        return wait

    def refresh(self, *, now: float, tick: float, reason: str) -> None:
        """Write all files at once, for a command that has just changed what they show."""
        self._daily_written = float("-inf")
        self._turn_day(now, tick)
        self._write_daily(now, tick, reason)
        self.rollups.run(now, reason=reason)
        self._late = None

    def touch(self, days: Iterable[date]) -> None:
        """Have days made anew, today among them."""
        days = set(days)
        self.dirty.add(days)
        self._today_stale = self._today_stale or self.today in days

    def bucket_of(self, day: date) -> Bucket | None:
        """Return what is known of a day, today's so far; None when nothing is."""
        if self._today and day == self._today.day:
            return self._today.bucket()
        return self.history.book.get(day)

    def summary(self) -> Summary | None:
        """Return the energy of today and ever.

        None while a finished day is not in the book yet: without it the sum would go back.
        """
        today = self._today
        if today is None or not self.rollups.settled(today.day):
            return None
        bucket = today.bucket()
        before = self.history.book.energy_before(today.day)
        running = energy_of([(today.day, bucket)] if bucket else [])
        lifetime = added(before, running) if before else UNKNOWN
        return Summary(today.day, today.start, self._daily.last_update, bucket, lifetime)

    @property
    def revision(self) -> object:
        """What is another whenever the summary may be."""
        settled = self._today is not None and self.rollups.settled(self._today.day)
        return settled, self.today, self.history.book.revision, self._daily.revision

    def rebuild(self) -> int:
        """Have everything made anew of which there is a journal; return how many days."""
        self.rollups.replay()
        self.rollups.mark_journal()
        self._today_stale = True
        return len(self.history.journal.days())

    def close(self) -> None:
        """Give file descriptors back; everything taken is safe already."""
        self.history.journal.close()

    def _note(self, readings: Sequence[Reading], tick: float, reason: str) -> None:
        """Hand stored readings to today's sweep, or mark what must be made anew."""
        for reading in readings:
            self.rollups.units.note(reading)
            if self._today is None:
                continue
            if reading.start < self._today.start:
                first = self._late[0] if self._late else tick
                self._late = first, tick
                self._late_reason = reason
            if reading.time + MAX_HEARTBEAT_S < self._today.start:
                continue
            if self._today_stale or not self._today.follows(reading):
                self._today_stale = True
            else:
                self._today.take(self._as_kept(reading))

    def _as_kept(self, reading: Reading) -> Reading:
        """Return a reading as the journal and the corrections will give it back."""
        corrections = self.history.ledger.of_readings(reading.time, reading.time)
        return corrected(as_stored(reading), corrections)

    def _turn_day(self, now: float, tick: float) -> None:
        day = self.zone.day_of(now)
        if self._today is None:
            self.rollups.start()
            self._begin(day)
            self._open_daily(now, tick)
        elif day != self._today.day:
            if day < self._today.day:
                self._go_back(day)
            self._begin(day)
            self._remake_daily(now, tick, "rotation")

    def _go_back(self, day: date) -> None:
        """Make again, in their time, the days a clock that was ahead took for finished."""
        days = [made for made in self.history.journal.days() if made >= day]
        self.dirty.add(days)
        self.rollups.forget_written()

    def _begin(self, day: date) -> None:
        today = Today(day, self.zone, self.history.costs.cuts(day))
        today.fill(self.history.around(today.start, today.end))
        self._today = today

    def _points(self) -> Iterable[Reading]:
        today = self._today
        assert today is not None  # noqa: S101 - there is a day whenever there are points
        readings = self.history.readings(today.start, today.end)
        return (reading for reading in readings if today.shows(reading))

    def _open_daily(self, now: float, tick: float) -> None:
        """Go on from the file of before the restart, or make it from the journal."""
        today = self._today
        assert today is not None  # noqa: S101 - called with a day begun
        self._today_stale = True  # until there is a file, whatever the disk says
        damaged = self._daily.set_aside_if_damaged()
        if damaged:
            self._complain(f"a damaged file was set aside as {damaged} and made anew")
        if today.empty and today.bucket() is None and not self._daily.exists():
            self._daily.write_empty(today.day)
        elif not self._adopt_daily():
            self._remake_daily(now, tick, "reading")
        self._today_stale = False

    def _adopt_daily(self) -> bool:
        today = self._today
        assert today is not None  # noqa: S101 - called with a day begun
        return self._daily.adopt(today.day, self._points(), self._so_far(today), today.units)

    def _so_far(self, today: Today) -> Bucket | None:
        bucket = today.bucket()
        return bucket and self.history.costs.of_day(bucket)

    def _remake_daily(self, now: float, tick: float, reason: str) -> None:
        """Write the whole file anew; what the disk refuses stays to be done."""
        today = self._today
        assert today is not None  # noqa: S101 - called with a day begun
        self._today_stale = True
        self._daily.begin(today.day)
        self._publish_daily(self._points(), now, tick, reason)
        self._today_stale = False

    def _write_daily(self, now: float, tick: float, reason: str = "reading") -> float:
        """Write today's new points when it is time again; return in how many seconds it is."""
        today = self._today
        if today is None or not (today.waiting or self._today_stale):
            return _DAILY_SELDOM_S
        wait = self._daily_written + self._daily_pause() - tick
        if wait > 0:
            return wait
        if self._today_stale or not self._daily.intact:
            self._today_stale = True
            self._begin(today.day)
            if self._adopt_daily():  # a reading that came twice changes nothing
                self._today_stale = False
                self._daily_written = tick
            else:
                self._remake_daily(now, tick, reason)
        else:
            self._publish_daily(today.waiting, now, tick, reason)
        return self._daily_pause()

    def _publish_daily(
        self, readings: Iterable[Reading], now: float, tick: float, reason: str
    ) -> None:
        today = self._today
        assert today is not None  # noqa: S101 - called with a day begun
        bucket = self._so_far(today)
        update = self._daily.write(readings, bucket, today.units, now=now, reason=reason)
        today.waiting = []
        self._daily_written = tick
        self._announce(update)

    def _daily_pause(self) -> float:
        size = self._daily.size
        if size <= _DAILY_LARGE_BYTES:
            return _DAILY_EVERY_S
        return min(_DAILY_SELDOM_S, _DAILY_LARGE_EVERY_S * size / _DAILY_LARGE_BYTES)

    def _take_up(self, now: float, tick: float) -> None:
        due = self._aside.due(now + self.heartbeat)
        if due:
            self.take(due, now=now, tick=tick)
            self._aside.forget(now + self.heartbeat)
        while self._aside.corrupt:
            self._complain(f"damaged lines were set aside as {self._aside.corrupt.pop()}")

    def _roll_up(self, now: float, tick: float) -> float:
        if self.rollups.pending(now):
            self.rollups.run(now)
            self._late = None
        elif self._late:
            first, last = self._late
            wait = min(last + _QUIET_S, first + _LATE_AT_MOST_S) - tick
            if wait > 0:
                return wait
            self._late = None
            if self.rollups.late(now):
                self.rollups.run(now, reason=self._late_reason)
        return _DAILY_SELDOM_S
