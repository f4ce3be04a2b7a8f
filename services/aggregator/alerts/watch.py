"""The core of the alerts: what is seen becomes signs, signs become alerts, alerts are told."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from services.aggregator.alerts import conditions, dark
from services.aggregator.alerts.alert import Alert, Moment, Sign
from services.aggregator.alerts.machine import Machine
from services.aggregator.alerts.memory import Memory
from services.aggregator.alerts.peers import WHOLE, Peers
from services.aggregator.alerts.supply import Supply
from services.aggregator.alerts.telling import go_on, tell_of_the_past
from shared.alerts import TITLES
from shared.config import AlertsConfig
from shared.reading import POWER, Reading
from shared.times import Zone

POWER_CUT, CLOCK, REMOTE_LOST = "power-cut", "clock", "remote-lost"
Around = Callable[[float, float], Iterable[Reading]]


class Watch:
    """Decides what is told; `memory` is what a restart goes on with, `changed` that it did.

    With `quiet` (maintenance) nothing is told: what began meanwhile is told after it, if still on.
    `heartbeat` (s) is that of readings, `patience_s` how long a source may take to its first word.
    """

    def __init__(
        self,
        settings: AlertsConfig,
        zone: Zone,
        heartbeat: float,
        *,
        synced: bool,
        patience_s: float = 0.0,
    ) -> None:
        self._settings = settings
        self._zone = zone
        self._heartbeat = heartbeat
        self._synced = synced
        self._patience_s = max(patience_s, heartbeat)
        self._supply = Supply(self._patience_s)
        self._newest: Reading | None = None
        self._last: float | None = None  # of the last reading that knew anything
        self._before: float | None = None  # the last reading before this start
        self._was_here = False  # before this start
        self._started = float("-inf")
        self._begun: float | None = None  # when the clock was first believable
        self.peers = Peers()
        self.memory = Memory()
        self.changed = False

    @property
    def names(self) -> Sequence[str]:
        """The alerts that this configuration wants."""
        settings = self._settings
        unwanted = set(settings.ignore)
        if settings.power_high_watts is None:
            unwanted.add("power-high")
        if settings.energy_day_kwh is None:
            unwanted.add("energy-day")
        if not self._synced:
            unwanted |= {"sync-old", "remote-lost"}
        return [name for name in TITLES if name not in unwanted]

    def begin(self, memory: Memory) -> None:
        """Go on from what was remembered."""
        self.memory = memory
        self.peers.pushed, self.peers.healed_at = memory.pushed, memory.healed
        unwanted = [name for name in memory.alerts if name not in self.names]
        for name in unwanted:  # and no event stays open for ever
            del memory.alerts[name]
            memory.events = [e for e in memory.events if e.name != name or e.until is not None]
        self.changed = bool(unwanted)

    def wake(self, last: float | None, machine: Machine) -> None:
        """Hear, once the clock is right, of the last reading before this start."""
        self._begun, self._last, self._before = machine.now, last, last
        self._was_here = self.memory.begun is not None
        self.memory.begun = self.memory.begun or machine.now
        self._note_start(machine)
        if not self._synced:
            self.peers.pushed = None
        elif self.peers.pushed is None:  # from now on we would know
            self.peers.pushed = machine.now
        self.changed = True

    def snapshot(self) -> Memory:
        """Return what a restart must go on with."""
        self.memory.pushed, self.memory.healed = self.peers.pushed, self.peers.healed_at
        return self.memory

    @property
    def awake(self) -> bool:
        """Whether the clock has been right since this start."""
        return self._begun is not None

    def take(self, readings: Iterable[Reading], now: float) -> None:
        """Take readings that are safe; only the newest ones say how things are now."""
        if self._newest and self._newest.time > now + self._heartbeat:
            self._newest = self._last = None  # of a clock that was ahead
        for reading in readings:
            if now - self._heartbeat < reading.time <= now + self._heartbeat and (
                self._newest is None or reading.time > self._newest.time
            ):
                self._newest = reading
                if _knows(reading) and (
                    POWER in reading.values or not self.peers.collector_trouble
                ):
                    self._last = max(reading.time, self._last or reading.time)
                self._supply.take(reading)

    def recall(self, readings: Iterable[Reading], now: float) -> None:
        """Take readings from before this start: what they say of the past was told in its time."""
        for reading in readings:
            self._supply.remember(reading)
            self.take([reading], now)
        self._supply.brief()

    def hear(self, service: str, health: Mapping[str, object], now: float, uptime: float) -> None:
        """Take a service's health."""
        if service != "aggregator" and self.awake:
            self.peers.hear(service, health, now, uptime)

    def look(self, machine: Machine, *, quiet: bool) -> set[str]:
        """Look at everything; return the alerts whose topic says something new."""
        self._notice_jump(machine)
        signs: list[tuple[str, Sign | None]] = [
            (POWER_CUT, sign) for sign in self._supply.brief() if POWER_CUT in self.names
        ]
        if not self.peers.lost:
            healed, self.peers.healed = self.peers.healed, []
            signs += [(REMOTE_LOST, sign) for sign in healed if REMOTE_LOST in self.names]
        signs += self._signs(machine).items()
        return {name for name, sign in signs if self._step(name, sign, machine.now, quiet=quiet)}

    def look_at_clock(self, now: float, text: str, *, quiet: bool) -> set[str]:
        """Look at a clock that can't be right: nothing else has a time then."""
        if CLOCK not in self.names:
            return set()
        sign = Sign(on=True, since=None, text=text)
        return {CLOCK} if self._step(CLOCK, sign, now, quiet=quiet) else set()

    def _notice_jump(self, machine: Machine) -> None:
        jumped_s = machine.started - self._started
        if abs(jumped_s) <= self._heartbeat:
            return
        if jumped_s > 0:
            # The clock went on from where it stood before the machine went off, and was set now.
            self._note_start(machine)
        else:
            self._take_back_start(machine)
        self._begun = machine.now  # nobody could be heard in time that was left out

    def _signs(self, machine: Machine) -> dict[str, Sign | None]:
        now, settings = machine.now, self._settings
        hysteresis = settings.hysteresis_percent / 100
        high, much = settings.power_high_watts, settings.energy_day_kwh
        signs: dict[str, Sign | None] = {
            POWER_CUT: self._supply.sign(
                now, self._since(self.peers.collector_started, now), self.peers.unheard
            ),
            "no-reading": self._no_reading(machine),
            "disk-full": conditions.disk_full(
                machine.spaces, now, settings.disk_free_megabytes * 1e6
            ),
            CLOCK: Sign(on=False, since=now, text="The clock is right again."),
            "restarts": conditions.restarts(machine.starts, now, settings.restarts_per_hour),
            "sync-old": self._sync_old(now),
            REMOTE_LOST: self._remote_lost(now),
        }
        if high is not None and self._newest:
            signs["power-high"] = conditions.power_high(self._newest, high, hysteresis)
        if much is not None:
            alert = self.memory.alerts.get("energy-day", Alert())
            signs["energy-day"] = conditions.energy_day(
                machine.used_kwh,
                now,
                machine.day_start,
                since=alert.since if alert.on else None,
                limit=much,
                hysteresis=hysteresis,
            )
        return {name: signs[name] for name in self.names if name in signs}

    def _no_reading(self, machine: Machine) -> Sign | None:
        last = self._since(self._last, machine.now)
        limit_s = max(self._settings.no_reading_minutes * 60, self._heartbeat)
        newest = self._newest
        why = self.peers.collector_trouble or next(iter(self.peers.unheard.values()), "")
        empty = newest is not None and newest.time > last
        if newest and empty and self._is_on(POWER_CUT):
            last = newest.time  # that is told already
        elif empty:
            limit_s = max(limit_s, self._patience_s)
        return conditions.no_reading(
            last,
            max(machine.started, self._since(None, machine.now)),
            machine.now,
            limit_s=limit_s,
            zone=self._zone,
            why=why,
            empty=empty and not why,
        )

    def _is_on(self, name: str) -> bool:
        return self.memory.alerts.get(name, Alert()).on

    def _since(self, known: float | None, now: float) -> float:
        """Return an instant, or since when we could have known one."""
        begun = now if self._begun is None else self._begun
        return begun if known is None else known

    def _sync_old(self, now: float) -> Sign:
        return conditions.sync_old(
            waiting=self.peers.waiting,
            heard=self._since(self.peers.syncer_heard, now),
            pushed=self._since(self.peers.pushed, now),
            now=now,
            limit_s=self._settings.sync_days * conditions.DAY_S,
        )

    def _remote_lost(self, now: float) -> Sign | None:
        lost = self.peers.lost
        if lost is None:
            return None
        return Sign(on=bool(lost), since=now, text=lost or WHOLE)

    def _step(self, name: str, sign: Sign | None, now: float, *, quiet: bool) -> bool:
        """Let one alert go on; tell whether its topic says something new."""
        changed, told = go_on(self.memory, name, sign, now, self._zone, quiet=quiet)
        self.changed |= changed
        return told in {Moment.START, Moment.END}

    def _note_start(self, machine: Machine) -> None:
        """Find out whether the machine was off before it was started; once for each time.

        Services that were not there, or not started with the machine, say nothing of the house.
        """
        self._started = machine.started
        known = self.memory.board_on
        if known is not None and machine.started - known <= self._heartbeat:
            return
        self.memory.board_on, self.changed = machine.started, True
        if self._was_here and machine.served - machine.started <= dark.AT_BOOT_S:
            off = dark.machine_was_off(self._before, machine.started, self._heartbeat)
            self.memory.times_off = dark.with_another(self.memory.times_off, off)

    def _take_back_start(self, machine: Machine) -> None:
        """Forget what a clock that was ahead made of the machine's start."""
        memory = self.memory
        self._started = memory.board_on = machine.started
        memory.times_off = [off for off in memory.times_off if off[1] <= machine.now]
        self.changed = True

    def look_back(self, machine: Machine, around: Around, *, quiet: bool) -> set[str]:
        """Tell of power cuts in which the machine was off, too, once they are known to be such.

        `around` gives the readings that may speak of a span, by start. Raises what it raises.
        """
        times_off = self.memory.times_off
        since = max(machine.started, self._since(None, machine.now))
        if (
            not times_off
            or self.peers.clocks_differ
            or not dark.is_settled(machine.now - since, filled=self.peers.filled)
        ):
            return set()
        cuts = [
            off for off in times_off if dark.house_was_dark(around(*off), *off, self._heartbeat)
        ]
        self.memory.times_off, self.changed = [], True
        # One that began before the machine went off ends by itself, with the next reading.
        known = self.memory.alerts.get(POWER_CUT, Alert()).told
        if quiet or known or not cuts or POWER_CUT not in self.names:
            return set()
        for cut in cuts:
            tell_of_the_past(self.memory, POWER_CUT, *cut, self._zone)
        return {POWER_CUT}


def _knows(reading: Reading) -> bool:
    """Say whether anything is known, at its end or in the time before."""
    known = any(value is not None for value in reading.values.values())
    return known or bool(reading.interval and reading.interval.metrics)
