"""One job on its way: its effects are carried out one by one, with time between for others."""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from services.syncer.effects import Ask, Distant, Effect, Job, Pause
from services.syncer.remote import Remote
from shared.errors import MonitorError, Retryable
from shared.messages import Request

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 60.0  # a merge rewrites the files of a slow board
_IDLE_S = 1.0


class AggregatorAway(Retryable):
    """The aggregator does not answer, or could not do what it was asked."""


class AggregatorRefused(AggregatorAway):
    """The aggregator answered that it could not do what it was asked."""


class Unexpected(Retryable):
    """A mistake of this program, which must not end it."""


def unexpected(error: Exception) -> Unexpected:
    """Log where a mistake happened, and return what to tell of it."""
    log.error("unexpected: %s", error, exc_info=error)
    text = f"unexpected: {type(error).__name__}: {str(error)[:200]}"
    return Unexpected(text, hint="please report it with the traceback in the log")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: its result, or the error that ended it."""

    result: Any = None
    error: MonitorError | None = None


class Task:
    """A job, the remote it works on, and who asked for it (None: nobody but the time)."""

    def __init__(
        self,
        name: str,
        job: Job[Any],
        remote: Remote,
        request: Request | None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self.request = request
        self.outcome: Outcome | None = None
        self.correlation = b""
        self._job = job
        self._remote = remote
        self._chance = chance
        self._effect: Effect | None = None
        self._deadline: float | None = None

    def step(self, tick: float, ask: Callable[[Ask, bytes], bool]) -> float:
        """Carry out one effect; return in how many seconds there is more to do."""
        if self._effect is None:
            self._resume(lambda: next(self._job))
        elif isinstance(self._effect, Ask):
            return self._wait(self._effect, tick, ask)
        elif isinstance(self._effect, Pause):
            return self._pause(self._effect, tick)
        else:
            self._carry_out()
        return 0.0

    def answered(self, data: Mapping[str, Any] | MonitorError) -> None:
        """Take the aggregator's answer."""
        self.correlation = b""
        self._deadline = None
        if isinstance(data, MonitorError):
            error = AggregatorRefused(f"the aggregator says: {data}", hint=data.hint)
            self._resume(lambda: self._job.throw(error))
        else:
            self._resume(lambda: self._job.send(data))

    def ask_again(self) -> None:
        """Ask the aggregator anew what it may not have heard; how long it has stays as it is."""
        self.correlation = b""

    def _wait(self, effect: Ask, tick: float, ask: Callable[[Ask, bytes], bool]) -> float:
        if self._deadline is None:
            # Counted from the first try on, whether the broker is there or not.
            self._deadline = tick + ANSWER_TIMEOUT_S
        if not self.correlation:
            correlation = uuid4().bytes
            if ask(effect, correlation):
                self.correlation = correlation
        if tick >= self._deadline:
            error = AggregatorAway(
                "the aggregator does not answer",
                hint="is it running? pgrep -af 'cli.run|services.aggregator'",
            )
            self._deadline, self.correlation = None, b""
            self._resume(lambda: self._job.throw(error))
            return 0.0
        return _IDLE_S

    def _pause(self, effect: Pause, tick: float) -> float:
        if self._deadline is None:
            self._deadline = tick + effect.seconds * (1 + self._chance()) / 2
        if tick < self._deadline:
            return self._deadline - tick
        self._deadline = None
        self._resume(lambda: self._job.send(None))
        return 0.0

    def _carry_out(self) -> None:
        effect = self._effect
        assert isinstance(effect, Distant)  # noqa: S101 - by step
        try:
            answer = effect.carry_out(self._remote)
        except MonitorError as error:
            failure = error
            self._resume(lambda: self._job.throw(failure))
        except Exception as error:  # noqa: BLE001 - whatever it is, the service goes on
            self.outcome = Outcome(error=unexpected(error))
        else:
            self._resume(lambda: self._job.send(answer))

    def _resume(self, go_on: Callable[[], Effect]) -> None:
        try:
            self._effect = go_on()
        except StopIteration as end:
            self.outcome = Outcome(end.value)
        except MonitorError as error:
            self.outcome = Outcome(error=error)
        except OSError as error:
            # The disk of this side, wherever a job looked at it.
            self.outcome = Outcome(
                error=Retryable(str(error), hint="df -h; the log above says more")
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the service goes on
            self.outcome = Outcome(error=unexpected(error))
