"""What the services say of themselves, as far as alerts go."""

from collections.abc import Mapping
from typing import Any

from shared.errors import BadInput
from shared.fields import instant

_ROUNDING_S = 1.0  # an uptime comes in whole seconds
_LATE_S = 5.0  # and may be on its way for so long
_LOST = "lost"  # the syncer's problem: days that the last push had are neither here nor there


class Peers:
    """Fed with `health` messages; whatever does not fit their form is left out."""

    def __init__(self) -> None:
        self.pushed: float | None = None
        self.syncer_heard: float | None = None
        self.waiting = False
        self.lost: str | None = None  # None until the syncer spoke, "" when all is well
        self.filled: bool | None = None  # whether missed time is filled; None until it spoke
        self.collector_trouble = ""
        self.collector_started: float | None = None  # None until it spoke
        self._collector_begun: float | None = None  # as our own uptime counts

    def hear(self, service: str, health: Mapping[str, Any], now: float, own_uptime: float) -> None:
        """Take a service's health; `own_uptime` is ours in s."""
        problems = _problems(health)
        if service == "syncer":
            self._hear_syncer(health, problems, now)
        elif service == "collector":
            self.filled = "backfill" in health and health["backfill"] is None
            self.collector_trouble = problems.get("home_assistant", "")
            self._note_collector(_uptime(health), now, own_uptime)

    def _note_collector(self, uptime: float | None, now: float, own_uptime: float) -> None:
        """Note when the collector was started; the wall clock may have jumped since."""
        if uptime is None:
            return
        begun = own_uptime - uptime
        if self._collector_begun is None or begun > self._collector_begun + _LATE_S:
            self._collector_begun, self.collector_started = begun, now - uptime + _ROUNDING_S
        self._collector_begun = min(begun, self._collector_begun)

    def _hear_syncer(
        self, health: Mapping[str, Any], problems: Mapping[str, str], now: float
    ) -> None:
        self.syncer_heard = now
        self.waiting = bool(
            health.get("unsynced") or health.get("held") or health.get("state") == "stopped"
        )
        self.lost = problems.get(_LOST, "")
        try:
            self.pushed = instant(health.get("last_push"))
        except BadInput:
            return


def _uptime(health: Mapping[str, Any]) -> float | None:
    uptime = health.get("uptime_seconds")
    if isinstance(uptime, bool) or not isinstance(uptime, int | float) or uptime < 0:
        return None
    return uptime


def _problems(health: Mapping[str, Any]) -> dict[str, str]:
    """Return name -> text of the problems of a service."""
    found = health.get("problems")
    if not isinstance(found, list):
        return {}
    return {
        str(problem.get("name")): str(problem.get("text", ""))[:300]
        for problem in found
        if isinstance(problem, dict)
    }
