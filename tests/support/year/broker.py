"""A stand-in for the broker between three services: it queues, doubles, mixes up and forgets."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.errors import MonitorError
from shared.health import Health
from shared.inbox import Message
from shared.messages import Request, encode_failure, encode_success
from shared.service import Answer
from shared.topics import Topics

TOPICS = Topics("year")

Ask = Callable[[str, bytes], Answer]


@dataclass(slots=True)
class Ticket:
    """What a publish returns: the broker took it at once."""

    def is_published(self) -> bool:
        """Say that it did."""
        return True


@dataclass(slots=True)
class Broker:
    """Readings wait for the aggregator in `queue`; what others hear waits in their inbox."""

    chance: Random
    linked: bool = True
    disorder: bool = False
    queue: deque[bytes] = field(default_factory=deque)
    inboxes: dict[str, list[Message]] = field(default_factory=dict)
    ask: Ask | None = None  # the aggregator, while it is there

    def take(self, reading: bytes) -> None:
        """Queue a reading; while there is disorder perhaps twice, or before others."""
        self.queue.append(reading)
        if self.disorder:
            if self.chance.random() < 0.3:
                self.queue.append(reading)
            if self.chance.random() < 0.3:
                self.chance.shuffle(self.queue)

    def tell(
        self, service: str, topic: str, payload: bytes, correlation: bytes | None = None
    ) -> None:
        """Deliver a message to a service that listens."""
        if service in self.inboxes:
            message = Message(topic, payload, False, lambda: None, correlation=correlation)  # noqa: FBT003
            self.inboxes[service].append(message)

    def take_inbox(self, service: str) -> list[Message]:
        """Return what waits for a service."""
        messages, self.inboxes[service] = self.inboxes[service], []
        return messages


class Way:
    """One service's way to the others, as shared.service.Shell has it."""

    topics = TOPICS

    def __init__(self, name: str, broker: Broker) -> None:
        self.name = name
        self.health = Health()
        self._broker = broker
        broker.inboxes[name] = []

    @property
    def linked(self) -> bool:
        """Whether the broker is there."""
        return self._broker.linked

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,  # noqa: ARG002 - the shape of the real one
        retain: bool = False,  # noqa: ARG002
    ) -> Any:
        """Send a message."""
        if not self.linked:
            return None
        if topic == TOPICS.reading:
            self._broker.take(payload)
        return Ticket()

    def ask(self, topic: str, payload: bytes, correlation: bytes, response_topic: str) -> bool:
        """Ask the aggregator; while it is away nobody answers."""
        if not self.linked:
            return False
        if self._broker.ask:
            try:
                answer = encode_success(self._broker.ask(topic.rpartition("/")[2], payload))
            except MonitorError as error:
                answer = encode_failure(error)
            self._broker.tell(self.name, response_topic, answer, correlation)
        return True

    def respond(self, request: Request, outcome: Answer | MonitorError) -> None:
        """Answer nobody: no person asks."""

    def refuse(self, message: Message, kind: str, why: str) -> None:
        """Fail: everything that is said here can be used."""
        raise AssertionError(f"{kind}: {why} ({message.topic})")
