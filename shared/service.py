"""What all services are made of: one loop that takes messages, does what is due and tells health.

A service is a Worker; `run` gives it a broker link and calls it from one thread only.
"""

import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from shared import clock
from shared.config import Config, MqttConfig
from shared.errors import MonitorError, Refused
from shared.health import Health
from shared.inbox import Event, Inbox, LinkChange, Message
from shared.link import Link
from shared.logs import start_logging
from shared.manager import Manager
from shared.messages import (
    MAX_MERGE_BYTES,
    MAX_REQUEST_BYTES,
    Request,
    decode_request,
    dump,
    encode_failure,
    encode_success,
)
from shared.topics import Topics

log = logging.getLogger(__name__)

Answer = Mapping[str, Any]
Handler = Callable[[Request], Answer | None]

# Set by a supervisor to its process id: a service ends with the one that would restart it.
SUPERVISOR_VARIABLE = "POWER_MONITOR_SUPERVISOR"
_LONGEST_WAIT_S = 1.0  # the wall clock may jump, so nobody sleeps long on it
_HEALTH_EVERY_S = 60.0
_HEALTH_AT_MOST_EVERY_S = 2.0
_BATCH = 2000
_INBOX_LIMIT = 5000
_WILDCARDS = frozenset("+#")
_LARGE_REQUESTS = frozenset({"merge"})
LOG = "log"  # the command every service has
_LOG_LINES = 100  # kept for who comes later
_LOG_LINE_BYTES = 1000


class Worker(Protocol):
    """One service's work, free of network and threads."""

    def handlers(self) -> Mapping[str, Handler]:
        """Return request topic -> what carries it out and returns the response's data.

        A handler returns None when it will call `Shell.respond` itself later.
        """

    def topics(self) -> Sequence[str]:
        """Return the topic filters, beside its requests, the service listens to."""

    def receive(self, messages: Sequence[Message]) -> None:
        """Take messages of `topics`, in order; each must be acknowledged, now or later."""

    def link_changed(self, *, up: bool) -> None:
        """Hear that the broker came or went."""

    def step(self) -> float:
        """Do what is due; return in how many seconds something is due next."""

    def close(self) -> None:
        """Finish: everything taken must be safe when this returns."""


class Shell:
    """A worker's way out: messages, answers and health."""

    def __init__(self, name: str, config: Config) -> None:
        self.name = name
        self.topics = Topics(config.mqtt.base_topic)
        self.health = Health()
        self._config = config
        self._inbox = Inbox(_INBOX_LIMIT)
        self._link: Link | None = None
        self._devices: frozenset[str] = frozenset()
        self._handlers: Mapping[str, Handler] = {}
        self._stopping = False
        self._log_lines: deque[bytes] = deque(maxlen=_LOG_LINES)
        self._health_sent = (-1, 0.0)  # revision and monotonic time
        self._supervisor = int(os.environ.get(SUPERVISOR_VARIABLE) or 0)

    def run(self, worker: Worker, devices: Sequence[str] = ()) -> int:
        """Serve until SIGTERM or SIGINT; return the exit status.

        Ends with 1 when the link can't go on, to be started again.

        `devices` are topics on which devices speak: heard live or not at all, and with the copies
        that the broker has kept, marked `retained`.
        """
        self._devices = frozenset(devices)
        self._handlers = {**worker.handlers(), self.topics.request(self.name, LOG): self._tell_log}
        mqtt = credentials(self._config.mqtt, self.name)
        own = self.topics.request(self.name, "+")
        others = [topic for topic in self._handlers if not self._is_own_request(topic)]
        self._link = Link(
            mqtt,
            self.name,
            self._inbox,
            requests=[own, *others],
            subscriptions=worker.topics(),
            devices=devices,
        )
        start_logging((*self._config.secrets(), mqtt.password or ""), self._send_log)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._link.start()
        log.info("%s started", self.name)
        manager = Manager(os.environ, time.monotonic)
        manager.ready()
        try:
            while not (self._stopping or self._orphaned()):
                self._turn(worker)
                manager.turned()
                if self._link.ended:
                    log.error("the way to the broker has died; a new start makes another")
                    return 1
        finally:
            manager.stopping()
            worker.close()
            self._link.stop()
            log.info("%s stopped", self.name)
        return 0

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> Any:
        """Send a message; returns paho's ticket, or None when the broker is away."""
        return self._link.publish(topic, payload, qos=qos, retain=retain) if self._link else None

    def ask(self, topic: str, payload: bytes, correlation: bytes, response_topic: str) -> bool:
        """Send a request to another service; the answer arrives as a message."""
        return bool(
            self._link
            and self._link.publish(
                topic, payload, correlation=correlation, response_topic=response_topic
            )
        )

    @property
    def linked(self) -> bool:
        """Whether the broker is there."""
        return self._link is not None and self._link.up

    def respond(self, request: Request, outcome: Answer | MonitorError) -> None:
        """Answer a request on its response topic, and on the one MQTT 5 asked for."""
        if isinstance(outcome, MonitorError):
            payload = encode_failure(outcome, request.transaction)
        else:
            payload = encode_success(outcome, request.transaction)
        topic = request.response_topic
        if not self._may_respond_on(topic):
            topic = self._response_topic(request.command)
        if self._link:
            self._link.publish(topic, payload, correlation=request.correlation)

    def _may_respond_on(self, topic: str) -> bool:
        """Say whether the broker lets us answer there: one level below, or among our own."""
        below = topic.removeprefix(self.topics.responses)
        if below == topic or not below or set(topic) & _WILDCARDS:
            return False
        if (
            topic == self.topics.maintenance_response
        ):  # only the collector's own answers stand there
            return False
        return "/" not in below or below.startswith(f"{self.name}/")

    def _is_own_request(self, topic: str) -> bool:
        return topic.startswith(self.topics.request(self.name, ""))

    def _response_topic(self, command: str) -> str:
        if command == "maintenance":
            return self.topics.maintenance_response
        return self.topics.response(self.name, command)

    def _turn(self, worker: Worker) -> None:
        wait = max(0.0, min(worker.step(), _LONGEST_WAIT_S))
        self._tell_health()
        events = self._inbox.take(wait, _BATCH)
        if events:
            self._dispatch(worker, events)

    def _dispatch(self, worker: Worker, events: list[Event]) -> None:
        """Hand events on in order, messages between two others together."""
        messages: list[Message] = []
        for event in events:
            if isinstance(event, Message) and event.retained and event.topic not in self._devices:
                # An old copy kept by the broker: a request would be carried out twice.
                self.refuse(event, "retained", "")
            elif isinstance(event, Message) and not self._is_request(event.topic):
                messages.append(event)
            else:
                self._flush(worker, messages)
                messages = []
                self._interrupt(worker, event)
        self._flush(worker, messages)

    def _is_request(self, topic: str) -> bool:
        return topic in self._handlers or self._is_own_request(topic)

    def _interrupt(self, worker: Worker, event: Event) -> None:
        if isinstance(event, LinkChange):
            self._health_sent = (-1, 0.0)
            worker.link_changed(up=event.up)
        else:
            self._handle(event)

    @staticmethod
    def _flush(worker: Worker, messages: list[Message]) -> None:
        if messages:
            worker.receive(messages)

    def _handle(self, message: Message) -> None:
        command = message.topic.rsplit("/", 1)[-1]
        request = Request(
            command,
            response_topic=message.response_topic,
            correlation=message.correlation,
        )
        try:
            request = decode_request(
                command,
                message.payload,
                response_topic=message.response_topic,
                correlation=message.correlation,
                limit=MAX_MERGE_BYTES if command in _LARGE_REQUESTS else MAX_REQUEST_BYTES,
            )
            answer = self._handler(message.topic)(request)
        except MonitorError as error:
            self.health.count("requests_refused")
            log.warning("request %s: %s", command, error)
            self.respond(request, error)
        else:
            if answer is not None:
                self.respond(request, answer)
        finally:
            # Also when it shows a mistake of ours that ends the service: once, not after each
            # restart again.
            message.acknowledge()

    def _handler(self, topic: str) -> Handler:
        handler = self._handlers.get(topic)
        if handler is None:
            known = sorted(name.rsplit("/", 1)[-1] for name in self._handlers)
            raise Refused(f"the {self.name} has no such command", hint=", ".join(known))
        return handler

    def refuse(self, message: Message, kind: str, why: str) -> None:
        """Count and acknowledge a message nobody can use; log the first of its kind."""
        if self.health.count(f"messages_{kind}"):
            log.warning("ignored a %s message on %s: %s", kind, message.topic, why or kind)
        message.acknowledge()

    def _tell_health(self) -> None:
        revision, sent = self._health_sent
        elapsed = time.monotonic() - sent
        changed = revision != self.health.revision and elapsed >= _HEALTH_AT_MOST_EVERY_S
        if not self.linked or not (changed or elapsed >= _HEALTH_EVERY_S):
            return
        self.health.counters["messages_dropped"] = self._inbox.dropped
        self._health_sent = (self.health.revision, time.monotonic())
        document = self.health.document(clock.now())
        self.publish(self.topics.health(self.name), dump(document), retain=True)

    def _tell_log(self, _request: Request) -> Answer:
        """Answer with the last lines: a page that has just been opened has heard none of them."""
        return {"lines": [line.decode(errors="replace") for line in list(self._log_lines)]}

    def _send_log(self, line: bytes) -> None:
        self._log_lines.append(line[:_LOG_LINE_BYTES])
        if self._link and self._link.up:
            self._link.publish(self.topics.log(self.name), line, qos=0)

    def _orphaned(self) -> bool:
        return bool(self._supervisor) and os.getppid() != self._supervisor

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True


def credentials(mqtt: MqttConfig, user: str) -> MqttConfig:
    """Return the broker's configuration with `user`'s own password when none is configured."""
    if mqtt.username or mqtt.credentials_dir is None:
        return mqtt
    file = mqtt.credentials_dir / user
    try:
        password = _handed_over(user) or file.read_text().strip()
    except FileNotFoundError:
        return mqtt
    except UnicodeDecodeError:
        hint = "start the broker again (power-monitor run): it makes a new one"
        raise Refused(f"{file}: the password in it can't be read", hint=hint) from None
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}", hint=f"ls -l {file}") from error
    return replace(mqtt, username=user, password=password)


def _handed_over(user: str) -> str:
    """Return the password that systemd gave to this one service, "" when it gave none."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if directory is None:
        return ""
    try:
        return (Path(directory) / user).read_text().strip()
    except FileNotFoundError:
        return ""
