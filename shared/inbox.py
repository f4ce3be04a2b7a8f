"""Where network callbacks leave what came in; one thread takes it out and owns the state."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came; `acknowledge` tells the broker that it is safe here.

    `arrived` is when, in s of the clock that never jumps.
    """

    topic: str
    payload: bytes
    retained: bool
    acknowledge: Callable[[], None]
    response_topic: str = ""
    correlation: bytes | None = None
    arrived: float = 0.0


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The broker link came up or went down."""

    up: bool


Event = Message | LinkChange


class Inbox:
    """A queue between the network's thread and the service's; taken in batches.

    Messages of QoS 1 are bounded by the broker's receive maximum; what comes unasked at QoS 0 is
    dropped beyond `limit` and counted.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._events: deque[Event] = deque()
        self._filled = Condition()
        self.dropped = 0

    def put(self, event: Event, *, droppable: bool = False) -> None:
        """Leave an event and wake the service."""
        with self._filled:
            if droppable and len(self._events) >= self._limit:
                self.dropped += 1
                return
            self._events.append(event)
            self._filled.notify()

    def take(self, timeout_s: float, most: int) -> list[Event]:
        """Return up to `most` events, waiting at most `timeout_s` for the first."""
        with self._filled:
            if not self._events:
                self._filled.wait(timeout_s)
            if len(self._events) <= most:
                events = list(self._events)
                self._events.clear()
                return events
            return [self._events.popleft() for _ in range(most)]
