"""The alerts' way to the world: topics, files, webhook, maintenance and the machine itself."""

import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from services.aggregator.aggregator import Aggregator
from services.aggregator.alerts.body import body
from services.aggregator.alerts.conditions import DAY_S
from services.aggregator.alerts.courier import Courier
from services.aggregator.alerts.delivery import Delivery
from services.aggregator.alerts.machine import Machine
from services.aggregator.alerts.memory import Memory, Shown
from services.aggregator.alerts.store import Complain, Store
from services.aggregator.alerts.watch import Watch
from shared import clock
from shared.config import AlertsConfig, Config
from shared.errors import BadInput, MonitorError, Refused
from shared.inbox import Message
from shared.maintenance import ON, under_maintenance
from shared.messages import MAX_REQUEST_BYTES, Request, encode_alert, load_object
from shared.reading import Reading
from shared.service import Handler, Shell
from shared.sources import sensors_of
from shared.starts import read_starts
from shared.topics import SERVICES

log = logging.getLogger(__name__)

PROBLEM = "alerts"
_LOOK_EVERY_S = 1.0
_AGAIN_S = 30.0  # after the disk refused; what is to be told is told all the same
_RECALL_S = 3600.0  # of readings, after a start
_CLOCK_PATIENCE_S = 300.0  # a board without a battery begins in 1970 each time
_NO_WEBHOOK_HINT = "give alerts.webhook_url, see docs/alerts.md"


class AlertDesk:
    """What the worker calls; nothing in here may keep a reading from being safe."""

    def __init__(
        self, shell: Shell, config: Config, aggregator: Aggregator, complain: Complain
    ) -> None:
        self._shell = shell
        self._aggregator = aggregator
        self._zone = aggregator.zone
        self._state = config.paths.state_dir
        self._places = {"data": config.paths.data_dir, "state": config.paths.state_dir}
        self._watch = Watch(
            config.alerts,
            self._zone,
            aggregator.heartbeat,
            synced=bool(config.github or config.remote),
            patience_s=_longest_silence(config),
        )
        self._counts_energy = config.alerts.energy_day_kwh is not None
        self._store = Store(self._state, config.paths.data_dir, self._zone, complain)
        self._template = config.alerts.webhook_body
        self._delivery = self._make_delivery(config.alerts)
        self._healths = {shell.topics.health(name): name for name in SERVICES}
        self._maintenance = shell.topics.maintenance
        self._quiet = False
        self._unwanted: list[str] = []
        self._begun = time.monotonic()
        self._look_at = float("-inf")
        self._save_at = self._read_at = float("-inf")
        self._back: set[str] = set()

    def start(self) -> None:
        """Read what was left last time."""
        self._quiet = under_maintenance(self._state)
        memory = self._store.load()
        if not self._delivery:
            memory.waiting = []
        self._watch.begin(memory)
        self._unwanted = [name for name in memory.shown if name not in self._watch.names]
        for name in self._unwanted:
            del memory.shown[name]

    def handlers(self) -> Mapping[str, Handler]:
        """Return request topic -> what carries it out."""
        return {self._shell.topics.request("aggregator", "alert"): self._asked}

    def topics(self) -> Sequence[str]:
        """Return the topics listened to, beside requests."""
        return [self._shell.topics.health("+"), self._maintenance]

    def hear(self, message: Message) -> bool:
        """Take a message if it is for the alerts; say whether it was."""
        if message.topic == self._maintenance:
            self._quiet = message.payload.strip() == ON
            self._look_at = float("-inf")
        elif message.topic in self._healths:
            self._hear_health(self._healths[message.topic], message.payload)
        else:
            return False
        message.acknowledge()
        return True

    def take(self, readings: Iterable[Reading], now: float) -> None:
        """Take readings that are on stable storage."""
        self._watch.take(readings, now)

    def link_up(self) -> None:
        """Tell the broker all it should keep."""
        for name in self._watch.names:
            self._publish(name)
        for name in self._unwanted:
            self._shell.publish(self._shell.topics.alert(name), b"", retain=True)

    def step(self, now: float, tick: float) -> None:
        """Look, remember, tell; raises nothing."""
        if tick < self._look_at:
            return
        self._look_at = tick + _LOOK_EVERY_S
        told = self._look(now, tick)
        if self._delivery and now >= clock.earliest_believable():
            self._watch.changed |= self._delivery.step(self._watch.memory, now, tick)
        self._save(now, tick)
        for name in told:
            log.info("alert %s: %s", name, self._watch.memory.shown[name].text)
            self._publish(name)
        self._tell_facts()

    def close(self) -> None:
        """Answer those who wait, and remember what changed last."""
        now, tick = clock.now(), float("inf")
        if self._delivery:
            self._watch.changed |= self._delivery.close(self._memory, now, tick)
        self._save(now, tick)

    def _make_delivery(self, settings: AlertsConfig) -> Delivery | None:
        if not settings.webhook_url:
            return None
        # An aggregator without a webhook does without 13 MB of requests.
        from services.aggregator.alerts.webhook import Webhook  # noqa: PLC0415

        webhook = Webhook(settings.webhook_url, settings.webhook_token)
        return Delivery(
            Courier(webhook.post),
            lambda notice: body(notice, self._template, self._zone),
            self._shell.respond,
            self._shell.health,
        )

    def _asked(self, request: Request) -> None:
        wanted = request.get("action")
        if wanted != "test":
            raise Refused(f"an alert can only be tested, not {str(wanted)[:40]!r}", hint="test")
        if not self._delivery:
            raise Refused("no webhook is configured", hint=_NO_WEBHOOK_HINT)
        if clock.now() < clock.earliest_believable():
            raise Refused("the clock is not right yet", hint="date -u")
        self._delivery.test(request)
        self._look_at = float("-inf")

    def _hear_health(self, service: str, payload: bytes) -> None:
        try:
            health = load_object(payload, MAX_REQUEST_BYTES)
        except BadInput:
            return  # whoever may write there is one of us, and says it again in a minute
        uptime = time.monotonic() - self._begun
        self._watch.hear(service, health, clock.now(), uptime)

    def _look(self, now: float, tick: float) -> set[str]:
        if now < clock.earliest_believable():
            if tick - self._begun < _CLOCK_PATIENCE_S:
                return set()
            text = f"The clock shows {self._zone.day_of(now)}, which can't be right."
            return self._watch.look_at_clock(now, text, quiet=self._quiet)
        machine = self._machine(now)
        if tick >= self._read_at and not self._read(machine):
            self._read_at = tick + _AGAIN_S
        if not self._watch.awake:
            return set()
        back, self._back = self._back, set()
        return back | self._watch.look(machine, quiet=self._quiet)

    def _read(self, machine: Machine) -> bool:
        """Do what needs the journal; False when the disk does not give it."""
        history = self._aggregator.history
        try:
            if not self._watch.awake:
                # The clock may have gone on from before, while the machine was off.
                last = history.journal.last_time(machine.now + DAY_S)
                self._watch.wake(last, machine)
                # A cut may have begun while nobody was here to see it.
                since = machine.now - _RECALL_S
                self._watch.recall(history.readings(since, machine.now), machine.now)
            self._back = self._watch.look_back(machine, history.around, quiet=self._quiet)
        except MonitorError as error:
            self._trouble(error, machine.now)
            return False
        return True

    def _machine(self, now: float) -> Machine:
        day = self._zone.day_of(now)
        used = None
        if self._counts_energy and self._aggregator.daily.day == day:
            bucket = self._aggregator.bucket_of(day)
            used = bucket.energy_kwh if bucket else None
        spaces = {name: space for name, path in self._places.items() if (space := _space(path))}
        started, served = now - _uptime_s(), now - (time.monotonic() - self._begun)
        day_start, starts = self._zone.day_start(day), read_starts(self._state)
        return Machine(now, started, spaces, used, day_start, served, starts)

    def _save(self, now: float, tick: float) -> None:
        if tick < self._save_at:
            return
        memory = self._watch.snapshot()
        try:
            if self._watch.changed:
                if not self._delivery:
                    memory.waiting = []
                self._store.save(memory)
                self._watch.changed = False
            self._store.show(memory.events, now)
        except MonitorError as error:
            self._save_at = tick + _AGAIN_S
            self._trouble(error, now)
        else:
            if tick >= self._read_at:
                self._shell.health.healed(PROBLEM)

    def _trouble(self, error: MonitorError, now: float) -> None:
        if self._shell.health.problem(PROBLEM, error, now):
            log.error("%s (%s)", error, error.hint)

    def _publish(self, name: str) -> None:
        shown = self._memory.shown.get(name, Shown("off", None, ""))
        since = None if shown.since is None else self._zone.iso(round(shown.since))
        payload = encode_alert(shown.state, since, shown.text)
        self._shell.publish(self._shell.topics.alert(name), payload, retain=True)

    @property
    def _memory(self) -> Memory:
        return self._watch.memory

    def _tell_facts(self) -> None:
        told = {
            "on": [name for name, shown in self._memory.shown.items() if shown.state == "on"],
            "waiting": len(self._memory.waiting) if self._delivery else 0,
        }
        self._shell.health.tell("alerts", told)


def _space(directory: Path) -> tuple[int, int] | None:
    try:
        about = os.statvfs(directory)
    except OSError:
        return None
    return about.f_bavail * about.f_frsize, about.f_blocks * about.f_frsize


def _uptime_s() -> float:
    """Return how long the machine has been on: not the service, and whatever the clock shows."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _longest_silence(config: Config) -> float:
    """Return for how long a source that is well may say nothing."""
    return max((one.heartbeat_s for one in sensors_of(config.sources).values()), default=0.0)
