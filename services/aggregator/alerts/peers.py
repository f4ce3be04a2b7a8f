"""What the services say of themselves, as far as alerts go."""

from collections.abc import Mapping
from typing import Any

from services.aggregator.alerts.alert import Sign
from shared.errors import BadInput
from shared.fields import instant

_ROUNDING_S = 1.0  # an uptime comes in whole seconds
WHOLE = "The remote copy is whole again."
_LONGEST_TEXT = 300
_LATE_S = 5.0  # and may be on its way for so long
_OF_A_SOURCE = ("entity", "unit", "value")  # the collector's problems, with the metric's name
_CLOCK = "clock"  # the collector's problem
_LOST = "lost"  # the syncer's problem: days that the last push had are neither here nor there


class Peers:
    """Fed with `health` messages; whatever does not fit their form is left out."""

    def __init__(self) -> None:
        self.pushed: float | None = None
        self.syncer_heard: float | None = None
        self.waiting = False
        self.lost: str | None = None  # None until the syncer spoke, "" when all is well
        self.healed: list[Sign] = []  # that the remote had lost days, and that they are back
        self.healed_at: float | None = None
        self.filled: bool | None = None  # whether missed time is filled; None until it spoke
        self.collector_trouble = ""
        self.unheard: dict[str, str] = {}  # metric -> why what it says does not reach us
        self.clocks_differ = False  # Home Assistant's and ours
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
            self.unheard = _by_metric(problems)
            self.clocks_differ = _CLOCK in problems
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
        healed = health.get("healed")
        if isinstance(healed, dict):
            self._hear_healed(healed)
        try:
            self.pushed = instant(health.get("last_push"))
        except BadInput:
            return

    def _hear_healed(self, healed: Mapping[str, Any]) -> None:
        """Take what the syncer put back, once: it says so until its next start."""
        try:
            at = instant(healed.get("at"))
            since = at if healed.get("since") is None else instant(healed["since"])
        except BadInput:
            return
        if self.healed_at is not None and at <= self.healed_at:
            return
        self.healed_at, text = at, str(healed.get("text", ""))[:_LONGEST_TEXT]
        self.healed += [
            Sign(on=True, since=since, text=text, at_most_s=max(0.0, at - since)),
            Sign(on=False, since=at, text=WHOLE),
        ]


def _by_metric(problems: Mapping[str, str]) -> dict[str, str]:
    """Return the problems of single sources: one nobody knows, or whose words mean nothing."""
    split = [(*name.partition(":"), text) for name, text in problems.items()]
    return {metric: text for kind, _, metric, text in split if kind in _OF_A_SOURCE}


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
