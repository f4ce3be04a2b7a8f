"""Readings on their way to a store, numbered by their seconds."""

import time

from support.client import Client
from support.wait import wait_until

from bench.stores import Store

_BATCH = 100  # on their way to the broker at a time
_PATIENCE_S = 0.5  # then the one sent went to nobody
_POLL_S = 0.01


class Stream:
    """Publishes to one store; `sent` is the last reading's second."""

    def __init__(self, store: Store, client: Client, sent: int = 0) -> None:
        self._store, self._client = store, client
        self.sent = sent

    def until(self, second: int) -> None:
        """Publish all up to a second, with few on their way at a time."""
        while self.sent < second:
            self._send()
            if self.sent % _BATCH == 0:
                self._client.wait_until_sent()

    def until_heard(self) -> int:
        """Publish single ones until the store has the last; return its second."""
        wait_until(self._one_is_heard, what=f"{self._store.name} hearing")
        return self.sent

    def _one_is_heard(self) -> bool:
        self._send()
        self._client.wait_until_sent()
        begin = time.monotonic()
        while time.monotonic() < begin + _PATIENCE_S:
            if self._store.has(self.sent):
                return True
            time.sleep(_POLL_S)
        return False

    def _send(self) -> None:
        self.sent += 1
        self._client.send(self._store.topic, self._store.message(self.sent))
