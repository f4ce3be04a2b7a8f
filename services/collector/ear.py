"""One sensor that speaks by MQTT: what it said, and what is the matter with it."""

from services.collector.heard import Heard
from services.collector.metrics import Flaw, Metric
from services.collector.payload import Fault, decode_availability, decode_value
from shared.inbox import Message
from shared.sources import Sensor

RETAINED = "retained"
WHILE_AWAY = "while_away"


class Ear:
    """Takes a sensor's messages; `ignored` counts those that gave no value, instants monotonic."""

    def __init__(self, metric: Metric, sensor: Sensor, keep_s: float) -> None:
        self.metric = metric
        self.sensor = sensor
        self.heard = Heard(sensor.heartbeat_s, keep_s)
        self.away: set[str] = set()
        self.fault: Fault | Flaw | None = None
        self.last_at: float | None = None
        self.messages = 0
        self.ignored = 0

    def take(self, message: Message) -> str:
        """Take a message on one of its topics; return what to count it as, "" for a value."""
        if message.topic in self.sensor.availability:
            self._take_availability(message)
        return self._take_value(message) if message.topic == self.sensor.topic else ""

    def _take_availability(self, message: Message) -> None:
        """Believe kept copies too: the broker keeps the last word, and speaks it for the dead."""
        there = decode_availability(message.payload)
        if there is False:
            self.away.add(message.topic)
            self.heard.say(None, message.arrived)
        elif there:
            self.away.discard(message.topic)

    def _take_value(self, message: Message) -> str:
        if message.retained:
            return RETAINED  # nobody knows how old it is
        self.messages += 1
        self.last_at = message.arrived
        found = decode_value(message.payload, self.sensor.path)
        if self.away:
            return self._ignore(None, WHILE_AWAY)
        if isinstance(found, Fault):
            return self._ignore(found, found.value)
        if found is None:
            self.fault = None
            self.heard.say(None, message.arrived)
            return ""
        observation = self.metric.judge(found, self.sensor.unit)
        self.fault = observation.flaw
        self.heard.say(observation.value, message.arrived)
        return f"implausible_{self.metric.name}" if observation.flaw is Flaw.BOUNDS else ""

    def _ignore(self, fault: Fault | None, kind: str) -> str:
        self.fault = fault
        self.ignored += 1
        return kind
