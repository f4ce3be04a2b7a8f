"""One look at all entities: what was asked, what came, how often it failed."""

import random
from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from services.collector.metrics import Metric
from services.collector.states import State
from shared.errors import MonitorError, Retryable
from shared.messages import Request

TRIES = 3
_FIRST_BACK_OFF_S = 1.0


class Purpose(Enum):
    """What a look is for."""

    TICK = "tick"
    COLLECT = "collect"
    LIVE = "live"


@dataclass(slots=True)
class Job:
    """Reads the states of `todo` for the instant `at`; `retry_at` and `deadline` are monotonic."""

    purpose: Purpose
    at: float
    todo: deque[Metric]
    deadline: float
    retry_at: float = float("-inf")
    tries: int = 0
    request: Request | None = None
    states: dict[str, State | None] = field(default_factory=dict)

    def may_retry(self, error: MonitorError, monotonic: float, jitter: float) -> bool:
        """Note a failure; tell whether there will be another try, and set when."""
        self.tries += 1
        delay = retry_delay(error, self.tries, jitter)
        if delay is None or monotonic + delay > self.deadline or self.purpose is Purpose.LIVE:
            return False
        self.retry_at = monotonic + delay
        return True


@dataclass(slots=True)
class Held:
    """States read, waiting for the history of the time before; instants but `at` are monotonic."""

    at: float
    states: dict[str, State | None]
    due: float
    deadline: float
    request: Request | None = None

    @property
    def answering(self) -> frozenset[str]:
        """The metrics that Home Assistant had an entity for."""
        return frozenset(name for name, state in self.states.items() if state)


def retry_delay(error: MonitorError, tries: int, jitter: float) -> float | None:
    """Return the seconds until the next try, or None when there should be none."""
    if not isinstance(error, Retryable) or tries >= TRIES:
        return None
    return max(error.after_s, _FIRST_BACK_OFF_S * 2.0 ** (tries - 1) * jitter)


def jitter() -> float:
    """Return a factor that keeps many monitors from trying in step."""
    return random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, keeps no secret
