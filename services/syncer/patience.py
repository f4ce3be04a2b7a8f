"""When the remote may be asked again: backing off from trouble, stopping where trying is no use."""

import random
from collections.abc import Callable

from services.syncer.records import Records
from shared import clock
from shared.backoff import wait_s
from shared.errors import MonitorError, Permanent, Refused, Retryable

_CHECK_AGAIN_S = 3600.0


class Patience:
    """Failures in a row and what follows; `fingerprint` stands for the configuration.

    The page (`site`) has a patience of its own, so that its trouble does not stop the history.
    """

    def __init__(
        self,
        records: Records,
        fingerprint: str,
        chance: Callable[[], float] = random.random,
        *,
        site: bool = False,
        now: Callable[[], float] = clock.now,
    ) -> None:
        self._site = site
        self._now = now
        self._records = records
        self._fingerprint = fingerprint
        self._chance = chance
        self._failures = 0
        self._next_at = float("-inf")
        self._asked_until = float("-inf")

    @property
    def stopped(self) -> Permanent | None:
        """The error that stops us until the configuration changes or a person says go."""
        return self._records.stopped(self._fingerprint, site=self._site)

    def wait_s(self, tick: float) -> float:
        """Return how long nothing may be tried."""
        if self.stopped:
            return _CHECK_AGAIN_S
        return max(0.0, self._next_at - tick)

    def take_up(self, tick: float) -> None:
        """Go on with the wait that the remote asked for before this start."""
        facts = self._records.facts
        if facts.asked_until is not None:
            # A wall clock that has jumped must not make it longer than it was.
            left = min(facts.asked_until - self._now(), facts.asked_s)
            self._next_at = self._asked_until = tick + left

    def require_welcome(self, tick: float) -> None:
        """Raise Refused while the remote itself has asked to be left alone."""
        if tick < self._asked_until:
            minutes = (self._asked_until - tick) / 60
            raise Refused(
                f"the remote asked to wait {minutes:.0f} more minutes",
                hint="nothing to do: the syncer goes on by itself then",
            )

    def failed(self, error: MonitorError, tick: float) -> None:
        """Note a failure that may heal."""
        self._failures += 1
        asked_s = error.after_s if isinstance(error, Retryable) else 0.0
        wait = wait_s(self._failures, self._chance(), asked_s)
        self._next_at = tick + wait
        if asked_s:
            self._asked_until = self._next_at
            self._records.ask_to_wait(self._now() + wait, wait)

    def stop(self, error: Permanent) -> None:
        """Note a failure that trying again does not heal."""
        self._records.stop(error, self._fingerprint, site=self._site)

    def succeeded(self) -> None:
        """Note that all is well."""
        self._failures = 0
        self._next_at = self._asked_until = float("-inf")
        self._records.go_on(site=self._site)
        if not self._site:
            self._records.ask_to_wait(None)
