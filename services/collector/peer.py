"""Whether Home Assistant is there, told once when it goes and once when it is back."""

import logging

from services.collector.context import Context
from services.collector.history import UNLIMITED
from services.collector.home_assistant import Unauthorized
from shared.errors import MonitorError, Retryable

log = logging.getLogger(__name__)

PAUSE_S = 15 * 60.0  # after a refused token: repeated tries get an address banned; and at most
LARGEST_SKEW_S = 30.0
CLOCK_HINT = "let both follow network time (NTP): timedatectl, or chronyc tracking"
_STEPS = ((86400.0, "days"), (3600.0, "h"), (60.0, "min"))
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

    @property
    def present(self) -> float:
        """Home Assistant's present where its clock is far behind ours: it can't know more."""
        ahead_s = self._context.source.clock.ahead_s
        return UNLIMITED if ahead_s >= -LARGEST_SKEW_S else self._context.now() + ahead_s

    @property
    def sees_our_present(self) -> bool:
        """Whether its states are of our present, not of what our clock has still to come to."""
        return self._context.source.clock.ahead_s <= LARGEST_SKEW_S

    def answered(self) -> bool:
        """Note that it gave what was asked for; tell whether it had been away."""
        if not self._context.health.healed(_PROBLEM):
            return False
        log.info("Home Assistant is back")
        return True

    def note_refusal(self, error: MonitorError) -> bool:
        """Stop asking if the token was refused or a pause asked for; tell whether it was so."""
        if not pause_s(error):
            return False
        if self.ready:
            self.failed(error)
        return True

    def failed(self, error: MonitorError) -> None:
        """Note that it did not, retries included."""
        if pause := pause_s(error):
            self._paused_until = self._context.monotonic() + pause
            self._refusal = error
        self._context.health.count("home_assistant_failures")
        was_there = _PROBLEM not in self._context.health.problems
        self._context.health.problem(_PROBLEM, error, self._context.now())
        if was_there:
            log.warning("Home Assistant is away: %s (%s)", error, error.hint)

    def note_skew(self) -> None:
        """Compare its clock, as its answers tell it, with ours."""
        skew, health = self._context.source.clock.skew_s, self._context.health
        if skew is None or abs(skew) <= LARGEST_SKEW_S:
            health.healed("clock")
            return
        text = f"Home Assistant's clock is about {_about(skew)} ours"
        if health.problem("clock", text, self._context.now(), hint=CLOCK_HINT):
            log.warning("%s: %s", text, CLOCK_HINT)


def pause_s(error: MonitorError) -> float:
    """Return for how long nothing may be asked after a failure, 0 if there is no such time."""
    if isinstance(error, Unauthorized):
        return PAUSE_S
    return min(error.after_s, PAUSE_S) if isinstance(error, Retryable) else 0.0


def _about(skew_s: float) -> str:
    """Say a difference so that it stays the same from answer to answer."""
    size = abs(skew_s)
    seconds, unit = next((step for step in _STEPS if size >= 2 * step[0]), (1.0, "s"))
    number = round(size / seconds) if unit != "s" else round(size, -1)
    return f"{number:.0f} {unit} {'ahead of' if skew_s > 0 else 'behind'}"
