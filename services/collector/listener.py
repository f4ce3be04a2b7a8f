"""Listens to sensors that speak by MQTT, and tells in health how each of them is."""

import logging
import math
from collections.abc import Mapping
from shlex import quote

from services.collector.context import Context
from services.collector.ear import Ear
from services.collector.history import Steps
from services.collector.metrics import Flaw
from services.collector.payload import Fault
from shared.inbox import Message
from shared.times import iso_utc
from shared.units import canonical_unit

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 5.0
_DIGITS = 3  # of a second: two clocks are not read at the same instant
_DAY_S = 86400.0
_SAID = {
    Fault.TOO_LARGE: "are too large",
    Fault.UNREADABLE: "are no JSON",
    Fault.NO_SUCH_PATH: "have nothing at {path}",
    Fault.NO_NUMBER: "have no number at {path}",
    Flaw.BOUNDS: "are out of bounds",
    Flaw.UNIT: "have a unit it can't have",
}


class Listener:
    """All sensors' ears; used by one thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # Where power needs Home Assistant, what was heard waits for it to be back.
        keep_s = context.memory_s if context.power_is_heard else _DAY_S
        self._ears = [Ear(metric, sensor, keep_s) for metric, sensor in context.sensors]
        self._by_topic: dict[str, list[Ear]] = {}
        for ear in self._ears:
            for topic in dict.fromkeys(ear.sensor.topics):
                self._by_topic.setdefault(topic, []).append(ear)
        self._units = {
            ear.metric.name: canonical_unit(ear.metric.name, ear.sensor.unit) or ""
            for ear in self._ears
        }
        self._since: float | None = None  # monotonic
        self._told_until: float | None = None  # monotonic
        self._look_at = float("-inf")

    @property
    def units(self) -> Mapping[str, str]:
        """The unit each sensor's metric is published in."""
        return self._units

    def begin(self) -> None:
        """Note that sensors can be heard from now on."""
        if self._since is None:
            self._since = self._context.monotonic()

    def told(self, at: float) -> None:
        """Note that a reading has told what was heard until an instant."""
        self._told_until = at - self._offset()

    def start(self, tick: float, at: float) -> float:
        """Return where the stretch before a reading begins that needs nobody else's memory.

        Where the last one ended, missed ticks and a clock that jumped notwithstanding: nothing
        heard is told twice, or never. At the start of all, when there was somebody to hear: an
        interval that claimed more would spread what was heard over all of it wherever it is cut.
        """
        day = self._context.zone.day_start(self._context.zone.day_of(tick))
        earliest = max(day, at - self._context.memory_s)
        if self._told_until is not None:
            begin = round(self._told_until + self._offset(), _DIGITS)
        elif self._since is not None:
            begin = max(tick, math.ceil(self._since + self._offset()))
        else:
            begin = tick
        begin = max(begin, earliest)
        return begin if begin < at else tick

    def hears(self, topic: str) -> bool:
        """Tell whether a topic is a sensor's."""
        return topic in self._by_topic

    def take(self, message: Message) -> None:
        """Take a message of a sensor."""
        message.acknowledge()
        self._context.health.counters["sensor_messages"] += 1
        for ear in self._by_topic[message.topic]:
            kind = ear.take(message)
            if kind and self._context.health.count(f"sensor_{kind}"):
                log.warning("a message on %s is ignored: %s", message.topic, kind)

    def steps(self, since: float) -> dict[str, Steps]:
        """Return each sensor's step function from an instant on, on the wall clock as it is now."""
        offset = self._offset()
        return {ear.metric.name: ear.heard.steps(offset, since) for ear in self._ears}

    def look(self) -> None:
        """Keep health up to date."""
        monotonic = self._context.monotonic()
        if monotonic < self._look_at or not self._ears:
            return
        self._look_at = monotonic + _LOOK_EVERY_S
        # Not by `tell`: that it has changed is no reason to send health at once.
        self._context.health.facts["sources"] = {
            ear.metric.name: self._fact(ear, monotonic) for ear in self._ears
        }
        for ear in self._ears:
            self._judge(ear, monotonic)

    def _offset(self) -> float:
        return self._context.now() - self._context.monotonic()

    def _fact(self, ear: Ear, monotonic: float) -> dict[str, object]:
        last = ear.last_at
        return {
            "topic": ear.sensor.topic,
            "last_message": None if last is None else iso_utc(round(last + self._offset())),
            "value": ear.heard.value_at(monotonic),
            "unit": self._units[ear.metric.name],
            "messages": ear.messages,
            "ignored": ear.ignored,
        }

    def _judge(self, ear: Ear, monotonic: float) -> None:
        health, problem = self._context.health, f"source:{ear.metric.name}"
        told = self._trouble(ear, monotonic)
        if told is None:
            if health.healed(problem):
                log.info("%s is heard again", ear.metric.name)
            return
        text, hint = told
        if health.problem(problem, text, self._context.now(), hint=hint):
            log.warning("%s (%s)", text, hint)

    def _trouble(self, ear: Ear, monotonic: float) -> tuple[str, str] | None:
        """Return what is the matter with a sensor and what to do about it."""
        name, sensor = ear.metric.name, ear.sensor
        listen = f"see what it says: mosquitto_sub -v -t {quote(sensor.topic)}"
        if ear.away:
            topic = min(ear.away)
            return f"the device is away: {topic} says so", "has the device power and network?"
        if ear.fault is not None:
            said = _SAID[ear.fault].format(path=".".join(sensor.path) or "all")
            key = "data.bounds" if ear.fault is Flaw.BOUNDS else f"sources.{name}.path"
            return f"messages on {sensor.topic} {said}", f"correct {key}; {listen}"
        since = self._since if ear.last_at is None else ear.last_at
        if since is None or monotonic <= since + sensor.heartbeat_s:
            return None
        text = f"nothing has come on {sensor.topic} for longer than {sensor.heartbeat_s:g} s"
        return text, (
            f"correct sources.{name}.topic, let the device speak more often, or raise "
            f"sources.{name}.heartbeat_seconds; {listen}"
        )
