"""The aggregator: takes readings to safety, then keeps the four documents true to them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from services.aggregator.aside import Aside
from services.aggregator.daily import SELDOM_S, Daily
from services.aggregator.dailyfile import DailyFile
from services.aggregator.dirty import DirtyDays
from services.aggregator.history import History
from services.aggregator.imprint import Imprint
from services.aggregator.keeping import Keeping
from services.aggregator.rollup import Rollups
from services.aggregator.tiers import WEEKLY
from shared.bucket import Bucket
from shared.config import Config
from shared.energy import UNKNOWN, added, energy_of
from shared.messages import FileUpdated, Summary
from shared.reading import HEARTBEAT_INTERVALS, Reading
from shared.times import Zone

_QUIET_S = 2.0  # late readings come in bursts: wait for the end of one,
_LATE_AT_MOST_S = 10.0  # but not longer than this

Announce = Callable[[FileUpdated], None]
Say = Callable[[str], None]  # complain of damage, or remark on what is only noteworthy


class Aggregator:
    """The one writer of the data directory. `now` is the wall clock, `tick` that since the boot.

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
            hours=Imprint(state),
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
        self.daily = Daily(
            self.history,
            DailyFile(
                config.paths.data_dir,
                config.paths.volatile_dir,
                self.zone,
                self.history.costs.currency,
            ),
            announce,
            complain,
        )
        self._complain = complain
        self._aside = Aside(state / "aside.jsonl")
        self._late: tuple[float, float] | None = None  # first and last late reading, monotonic
        self._late_reason = "reading"

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
        wait = self.daily.write(now, tick)
        wait = min(wait, self._roll_up(now, tick))
        self.keeping.keep(WEEKLY.day(self.zone, now), now)
        self.rollups.notice_damage()  # in a day of the journal that nobody has looked at before
        return wait

    def refresh(self, *, now: float, tick: float, reason: str) -> None:
        """Write all files at once, for a command that has just changed what they show."""
        self.daily.hurry()
        self._turn_day(now, tick)
        self.daily.write(now, tick, reason)
        self.rollups.run(now, reason=reason)
        self._late = None

    def touch(self, days: Iterable[date]) -> None:
        """Have days made anew, today among them."""
        days = set(days)
        self.dirty.add(days)
        if self.daily.day in days:
            self.daily.mark_stale()

    def bucket_of(self, day: date) -> Bucket | None:
        """Return what is known of a day, today's so far; None when nothing is."""
        if day == self.daily.day:
            return self.daily.bucket()
        return self.history.book.get(day)

    def summary(self) -> Summary | None:
        """Return the energy of today and ever.

        None while a finished day is not in the book yet: without it the sum would go back.
        """
        today = self.daily.day
        if today is None or not self.rollups.settled(today):
            return None
        bucket = self.daily.bucket()
        before = self.history.book.energy_before(today)
        running = energy_of([(today, bucket)] if bucket else [])
        lifetime = added(before, running) if before else UNKNOWN
        return Summary(today, self.daily.start, self.daily.last_update, bucket, lifetime)

    @property
    def revision(self) -> object:
        """What is another whenever the summary may be."""
        today = self.daily.day
        settled = today is not None and self.rollups.settled(today)
        return settled, today, self.history.book.revision, self.daily.revision

    def rebuild(self) -> int:
        """Have everything made anew of which there is a journal; return how many days."""
        self.rollups.replay()
        self.rollups.mark_journal()
        self.daily.mark_stale()
        return len(self.history.journal.days())

    def close(self) -> None:
        """Give file descriptors back; everything taken is safe already."""
        self.history.journal.close()

    def _note(self, readings: Sequence[Reading], tick: float, reason: str) -> None:
        """Hand stored readings to today's sweep, or mark what must be made anew."""
        for reading in readings:
            self.rollups.units.note(reading)
            if reading.start < self.daily.start:
                first = self._late[0] if self._late else tick
                self._late = first, tick
                self._late_reason = reason
            self.daily.take(reading)

    def _turn_day(self, now: float, tick: float) -> None:
        day, shown = self.zone.day_of(now), self.daily.day
        if shown is None:
            self.rollups.start()
            self.daily.open(day, now, tick)
        elif day != shown:
            if day < shown:
                self._go_back(day)
            self.rollups.check()
            self.daily.turn(day, now, tick)

    def _go_back(self, day: date) -> None:
        """Make again, in their time, the days a clock that was ahead took for finished."""
        days = [made for made in self.history.journal.days() if made >= day]
        self.dirty.add(days)
        self.rollups.forget_written()

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
        return SELDOM_S
