"""Whether Home Assistant is there, told once when it goes and once when it is back."""

import logging

from services.collector.context import Context
from services.collector.home_assistant import Unauthorized
from shared.errors import MonitorError

log = logging.getLogger(__name__)

PAUSE_S = 15 * 60.0  # after a refused token: repeated tries get an address banned
LARGEST_SKEW_S = 30.0
_PROBLEM = "home_assistant"


class Peer:
    """What is known of Home Assistant's well-being."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._paused_until = float("-inf")
        self._refusal: MonitorError | None = None

    @property
    def ready(self) -> bool:
        """Whether it may be asked now."""
        return self._context.monotonic() >= self._paused_until

    @property
    def refusal(self) -> MonitorError | None:
        """Why it may not be asked now."""
        return None if self.ready else self._refusal

    @property
    def wait_s(self) -> float:
        """How long until it may be asked."""
        return max(0.0, self._paused_until - self._context.monotonic())

    def answered(self) -> bool:
        """Note that it gave what was asked for; tell whether it had been away."""
        if not self._context.health.healed(_PROBLEM):
            return False
        log.info("Home Assistant is back")
        return True

    def note_refusal(self, error: MonitorError) -> bool:
        """Stop asking if the token was refused; tell whether it was."""
        if not isinstance(error, Unauthorized):
            return False
        self.failed(error)
        return True

    def failed(self, error: MonitorError) -> None:
        """Note that it did not, retries included."""
        if isinstance(error, Unauthorized):
            self._paused_until = self._context.monotonic() + PAUSE_S
            self._refusal = error
        self._context.health.count("home_assistant_failures")
        was_there = _PROBLEM not in self._context.health.problems
        self._context.health.problem(_PROBLEM, error, self._context.now())
        if was_there:
            log.warning("Home Assistant is away: %s (%s)", error, error.hint)

    def note_skew(self) -> None:
        """Compare its clock, as its answers tell it, with ours."""
        skew, health = self._context.source.skew_s, self._context.health
        if skew is None or abs(skew) <= LARGEST_SKEW_S:
            health.healed("clock")
            return
        text = f"Home Assistant's clock and ours differ by {abs(skew):.0f} s"
        hint = "let both follow network time (NTP): timedatectl, or chronyc tracking"
        if health.problem("clock", text, self._context.now(), hint=hint):
            log.warning("%s: %s", text, hint)
