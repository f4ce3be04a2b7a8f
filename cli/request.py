"""Ask a running service to do something, over the broker."""

import queue
import secrets
import time
from collections.abc import Mapping
from typing import Any, Self

import orjson

from cli.asker import ANSWER_TIMEOUT_S
from cli.connection import Connection
from cli.progress import Progress
from shared.config import Config
from shared.errors import Retryable
from shared.messages import OFFLINE, ONLINE, decode_response

_TELL_EVERY_S = 1.0


class Requester:
    """A connection for requests; use it in a `with` statement."""

    def __init__(self, config: Config) -> None:
        self._connection = Connection(config)
        self._responses = f"{self._connection.topics.responses}{self._connection.word}"
        self._there: set[str] = set()  # services that were running when first asked

    def __enter__(self) -> Self:
        self._connection.__enter__()
        self._connection.subscribe(self._responses)
        return self

    def __exit__(self, *raised: object) -> None:
        self._connection.__exit__(*raised)

    def ask(
        self,
        service: str,
        command: str,
        arguments: Mapping[str, Any],
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> dict[str, Any]:
        """Return the data of the answer; raises MonitorError with what the service said."""
        self._require(service)
        topic = self._connection.topics.request(service, command)
        return self._exchange(topic, service, orjson.dumps(arguments), timeout_s)

    def maintain(self, word: str) -> dict[str, Any]:
        """Ask for maintenance `on`, `off` or `toggle`, the one request without a service in it."""
        self._require("collector")
        topic = self._connection.topics.maintenance_request
        return self._exchange(topic, "collector", word.encode(), ANSWER_TIMEOUT_S)

    def _require(self, service: str) -> None:
        """Raise Retryable at once when the service says that it is not there."""
        if service in self._there:
            return
        topic = self._connection.topics.availability(service)
        said = self._connection.retained(topic).get(topic, OFFLINE)
        if said != ONLINE:
            raise Retryable(
                f"the {service} is not running", hint="power-monitor status shows what is"
            )
        self._there.add(service)

    def _exchange(
        self, topic: str, service: str, payload: bytes, timeout_s: float
    ) -> dict[str, Any]:
        correlation = secrets.token_bytes(8)
        self._connection.publish(
            topic, payload, response_topic=self._responses, correlation=correlation
        )
        begin = time.monotonic()
        with Progress() as progress:
            while (waited := time.monotonic() - begin) < timeout_s:
                try:
                    message = self._connection.messages.get(timeout=_TELL_EVERY_S)
                except queue.Empty:
                    progress.show(f"the {service} is at work: {waited + _TELL_EVERY_S:.0f} s")
                    continue
                if getattr(message.properties, "CorrelationData", None) == correlation:
                    return decode_response(bytes(message.payload))
        raise Retryable(
            f"the {service} does not answer", hint="power-monitor logs shows what it does"
        )
