"""The services' log lines over the broker: those of before, and those that come."""

import queue
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.connection import Connection
from cli.request import Requester
from shared.config import Config
from shared.errors import MonitorError

_POLL_S = 1.0  # Ctrl-C is heard this soon
_STAMP = 23  # characters of "2026-11-22 10:00:00,123"
_ANSWER_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Line:
    """What a service said; a traceback is one of several lines."""

    service: str
    text: str


def last_lines(config: Config, services: Sequence[str]) -> list[Line]:
    """Return what running services said last, in order of time."""
    found = []
    with Requester(config) as requester:
        for service in services:
            try:
                said = requester.ask(service, "log", {}, _ANSWER_TIMEOUT_S)["lines"]
            except MonitorError:
                continue  # it is not running: the others are what there is to see
            found += [Line(service, str(line)) for line in said]
    return sorted(found, key=lambda line: line.text[:_STAMP])


def follow(config: Config, services: Sequence[str]) -> Iterator[Line]:
    """Yield what was said last, and then what is said, until somebody interrupts."""
    with Connection(config) as connection:
        topics = {connection.topics.log(service): service for service in services}
        connection.subscribe(*topics)
        before = last_lines(config, services)
        yield from before
        known = set(before)
        while True:
            try:
                message = connection.messages.get(timeout=_POLL_S)
            except queue.Empty:
                known.clear()  # what came twice has come
                continue
            line = Line(topics[message.topic], bytes(message.payload).decode(errors="replace"))
            if line not in known:
                yield line
