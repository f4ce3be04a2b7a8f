"""What waits goes out in order, one after the other, patiently; a person's test goes first."""

import logging
import random
from collections import deque
from collections.abc import Callable

from services.aggregator.alerts.body import TEST
from services.aggregator.alerts.courier import Courier
from services.aggregator.alerts.memory import Memory, Notice
from shared.backoff import wait_s
from shared.errors import MonitorError, Refused, Retryable
from shared.health import Health
from shared.messages import Request

log = logging.getLogger(__name__)

Respond = Callable[[Request, dict[str, bool] | MonitorError], None]
PROBLEM = "webhook"
_MOST_TESTS = 3
_LAST_WAIT_S = 2.0  # at the end, so that what has just arrived is not sent again


class Delivery:
    """`render` makes a body of a notice; `tick` is a monotonic clock."""

    def __init__(
        self,
        courier: Courier,
        render: Callable[[Notice], bytes],
        respond: Respond,
        health: Health,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._courier = courier
        self._render = render
        self._respond = respond
        self._health = health
        self._chance = chance
        self._tests: deque[Request] = deque()
        self._carried: Notice | Request | None = None
        self._failures = 0
        self._next_at = float("-inf")

    def test(self, request: Request) -> None:
        """Send a test as soon as may be; it is answered when it arrived, or why it did not."""
        if len(self._tests) >= _MOST_TESTS:
            raise Refused("other tests wait already", hint="try again in a minute")
        self._tests.append(request)

    def step(self, memory: Memory, now: float, tick: float) -> bool:
        """Go on; tell whether a message that waited has arrived."""
        back, error = self._courier.outcome()
        arrived = back and self._is_back(memory, error, now, tick)
        if self._courier.busy:
            return arrived
        if self._tests:
            self._set_out(self._tests.popleft())
        elif memory.waiting and tick >= self._next_at:
            self._set_out(memory.waiting[0])
        return arrived

    def close(self, memory: Memory, now: float, tick: float) -> bool:
        """Wait a moment for who is on the way, answer those who wait; tell what has arrived."""
        arrived = False
        if self._courier.busy:
            back, error = self._courier.outcome(_LAST_WAIT_S)
            arrived = back and self._is_back(memory, error, now, tick)
        waiting = [*self._tests]
        if isinstance(self._carried, Request):
            waiting.append(self._carried)
        for request in waiting:
            self._respond(request, Retryable("the aggregator is stopping"))
        return arrived

    def _set_out(self, what: Notice | Request) -> None:
        self._carried = what
        self._courier.carry(self._render(TEST if isinstance(what, Request) else what))

    def _is_back(self, memory: Memory, error: MonitorError | None, now: float, tick: float) -> bool:
        carried, self._carried = self._carried, None
        if isinstance(carried, Request):
            self._respond(carried, error or {"delivered": True})
            if error is None:
                self._next_at = float("-inf")  # what waits need not wait any longer
            return False
        if error:
            self._failed(error, now, tick)
            return False
        self._failures = 0
        self._health.done(PROBLEM, now)
        self._health.count("alerts_delivered")
        if self._health.healed(PROBLEM):
            log.info("the webhook takes alerts again")
        memory.waiting = [notice for notice in memory.waiting if notice is not carried]
        return True

    def _failed(self, error: MonitorError, now: float, tick: float) -> None:
        self._failures += 1
        asked_s = error.after_s if isinstance(error, Retryable) else 0.0
        self._next_at = tick + wait_s(self._failures, self._chance(), asked_s)
        self._health.count("webhook_failures")
        if self._health.problem(PROBLEM, error, now):
            log.warning("an alert waits for the webhook: %s (%s)", error, error.hint)
