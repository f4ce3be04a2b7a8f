"""The laws of one alert, whatever its condition does, whoever restarts, and in maintenance."""

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from support.laws import examples

from services.aggregator.alerts.alert import (
    CALM_S,
    HOLD_S,
    LONGEST_HOLD_S,
    REMIND_S,
    Alert,
    Moment,
    Sign,
    looked,
    tell,
)
from services.aggregator.alerts.memory import Memory, decode, encode

BEGIN = 1_800_000_000.0
NAME = "power-high"


class Life(RuleBasedStateMachine):
    """Time passes, the condition comes and goes, the process ends, somebody works on the house."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        self.alert = Alert()
        self.on: bool | None = False  # None: nobody knows
        self.changed = BEGIN
        self.quiet = False
        self.told: list[tuple[Moment, float]] = []

    def look(self) -> None:
        sign = None if self.on is None else Sign(self.on, self.changed, "so")
        self.alert = looked(self.alert, sign, self.now)
        if not self.quiet:
            self.alert, moment = tell(self.alert, self.now)
            if moment:
                self.told.append((moment, self.now))

    @rule(on=st.sampled_from([True, False, None]))
    def condition(self, *, on: bool | None) -> None:
        if on is not self.on and on is not None:
            self.changed = self.now
        self.on = on
        self.look()

    @rule(seconds=st.one_of(st.integers(1, 120), st.integers(600, 200_000)))
    def pass_time(self, seconds: int) -> None:
        """A day is never skipped: the aggregator looks each second."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 3600)
            self.look()

    @rule()
    def restart(self) -> None:
        raw = orjson.dumps(encode(Memory(alerts={NAME: self.alert})))
        self.alert = decode(orjson.loads(raw)).alerts[NAME]
        self.look()

    @rule(quiet=st.booleans())
    def maintenance(self, *, quiet: bool) -> None:
        if quiet and not self.quiet:
            self.look()
        self.before_quiet = len(self.told)
        self.quiet = quiet
        self.look()

    @rule()
    def settle(self) -> None:
        """After some calm what was told is what is so."""
        if self.quiet or self.on is None:
            return
        self.now += LONGEST_HOLD_S
        self.look()
        self.look()
        starts = sum(moment is Moment.START for moment, _ in self.told)
        ends = sum(moment is Moment.END for moment, _ in self.told)
        assert starts - ends == int(self.on)

    @invariant()
    def each_start_and_end_is_told_once(self) -> None:
        open_ = False
        for moment, _ in self.told:
            assert (moment is Moment.START) is not open_
            open_ = moment is not Moment.END

    @invariant()
    def nothing_is_told_in_maintenance(self) -> None:
        assert not self.quiet or len(self.told) == self.before_quiet

    @invariant()
    def reminders_come_daily(self) -> None:
        last = None
        for moment, at in self.told:
            if moment is Moment.REMINDER:
                assert last is not None
                assert at - last >= REMIND_S
            last = at
        lit = self.alert.told and self.alert.on and self.alert.until is None
        if lit and last is not None and not self.quiet:
            assert self.now - last < REMIND_S + 3600


TestLife = Life.TestCase
TestLife.settings = settings(examples(150), stateful_step_count=40)


def flapped(period_s: float, days: float) -> list[Moment]:
    """Let a condition come and go all the time, looked at each ten seconds."""
    alert, told, now = Alert(), [], BEGIN
    while now < BEGIN + days * 86400:
        on = (now - BEGIN) % (2 * period_s) < period_s
        alert = looked(alert, Sign(on, now, "so"), now)
        alert, moment = tell(alert, now)
        told += [moment] if moment else []
        now += 10
    return told


def test_flapping_gives_no_flood() -> None:
    """However fast it comes and goes: a handful of messages a day, fewer as it goes on."""
    for period_s in (10, 30, 100, 700, 3000, 9000):
        assert len(flapped(period_s, 1)) <= 18, period_s
        assert len(flapped(period_s, 3)) <= 18 + 2 * 14, period_s


def test_after_a_calm_day_the_first_end_is_told_at_once_again() -> None:
    alert = Alert()
    for on, at in ((True, 0.0), (False, 100.0), (False, 100 + HOLD_S), (True, 300.0)):
        alert, _ = tell(looked(alert, Sign(on, BEGIN + at, "so"), BEGIN + at), BEGIN + at)
    assert alert.returns == 1
    for on, at in ((False, 400.0), (False, 400 + 2 * HOLD_S), (True, 600 + CALM_S)):
        alert, _ = tell(looked(alert, Sign(on, BEGIN + at, "so"), BEGIN + at), BEGIN + at)
    assert alert.returns == 0


def test_an_alert_that_comes_and_goes_in_maintenance_is_never_told() -> None:
    alert = looked(Alert(), Sign(on=True, since=BEGIN, text=""), BEGIN)
    alert = looked(alert, Sign(on=False, since=BEGIN + 5, text=""), BEGIN + 5 + HOLD_S)
    assert tell(alert, BEGIN + 100)[1] is None


def test_one_that_began_in_maintenance_is_told_after_it_with_its_own_begin() -> None:
    alert = looked(Alert(), Sign(on=True, since=BEGIN, text="so"), BEGIN)
    alert, moment = tell(alert, BEGIN + 5000)
    assert (moment, alert.since) == (Moment.START, BEGIN)


def test_a_clock_that_goes_back_neither_repeats_nor_blocks() -> None:
    alert, _ = tell(looked(Alert(), Sign(on=True, since=BEGIN, text=""), BEGIN), BEGIN)
    back = BEGIN - 10 * 86400
    alert, moment = tell(looked(alert, Sign(on=True, since=BEGIN, text=""), back), back)
    assert moment is None
    alert, moment = tell(alert, back + REMIND_S)
    assert moment is Moment.REMINDER
    gone = Sign(on=False, since=BEGIN + 5, text="")
    alert = looked(alert, gone, back + REMIND_S)
    alert = looked(alert, gone, back + REMIND_S + HOLD_S)
    assert tell(alert, back + REMIND_S + HOLD_S)[1] is Moment.END
