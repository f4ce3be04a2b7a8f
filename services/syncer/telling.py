"""What the syncer tells of itself: health, and one log line when something changes."""

import logging
import time
from collections.abc import Callable
from typing import Any

from services.syncer.core import Core
from services.syncer.github import GitHub
from services.syncer.patience import Patience
from services.syncer.push import Done
from services.syncer.remote import Remote
from services.syncer.task import AggregatorAway
from shared.errors import MonitorError, Permanent
from shared.service import Shell
from shared.times import iso_utc

log = logging.getLogger(__name__)

_REMOTE, _AGGREGATOR, _HELD, _ASIDE, _RENAMED, _CLOCK = (
    "remote",
    "aggregator",
    "held",
    "unreadable",
    "renamed",
    "clock",
)


class Teller:
    """Health and log of the syncer."""

    def __init__(
        self,
        shell: Shell,
        core: Core,
        remote: Remote,
        patience: Patience,
        now: Callable[[], float],
    ) -> None:
        self._shell = shell
        self._core = core
        self._remote = remote
        self._patience = patience
        self._now = now
        self._unsynced: list[str] = []
        self._held: dict[str, list[str]] = {}
        self._told_public = False

    def clock_is_wrong(self) -> None:
        """Say that nothing is pushed at this time of the clock."""
        text = f"the clock shows {iso_utc(self._now())}, which can't be right"
        hint = "date -u; is a time server reached?"
        self._shell.health.problem(_CLOCK, text, self._now(), hint=hint)

    def clock_is_right(self) -> None:
        """Close that problem."""
        self._shell.health.healed(_CLOCK)

    def look(self) -> None:
        """See anew what waits to be pushed."""
        try:
            self._unsynced = self._core.unsynced()
        except (MonitorError, OSError) as error:
            log.warning("can't see what is to be pushed: %s", error)

    def succeeded(self, name: str, result: Any) -> None:
        """Tell of a finished task."""
        health, now = self._shell.health, self._now()
        health.done(name, now)
        if health.healed(_REMOTE):
            log.info("the remote takes what it gets again")
        health.healed(_AGGREGATOR)
        if isinstance(result, Done):
            self._tell_push(result.report())
        elif isinstance(result, dict) and "pushed" in result:
            self._tell_push(result)
        elif name == "restore" and result.get("restored"):
            log.info("restored: %s", ", ".join(result["restored"]))
        elif name == "site" and result:
            log.info("published %d files of the page", result)
        self._tell_repository()

    def _tell_push(self, report: Any) -> None:
        if report["pushed"]:
            self._shell.health.count("files_pushed", len(report["pushed"]))
            log.info("pushed %s", ", ".join(report["pushed"]))
        for path, days in report["merged"].items():
            self._shell.health.count("merges")
            log.info("%s had been changed there: merged %d days", path, len(days))
        self._tell_held(report)
        if report["kept_aside"]:
            text = "; ".join(report["kept_aside"])
            self._shell.health.problem(
                _ASIDE, text, self._now(), hint="look at that file at the remote, then delete it"
            )
            log.warning("what nobody could read was kept beside: %s", text)

    def _tell_held(self, report: Any) -> None:
        for path in (*report["pushed"], *report["unchanged"]):
            self._held.pop(path, None)
        self._held.update(report["held"])
        if not self._held:
            self._shell.health.healed(_HELD)
            return
        text = "; ".join(
            f"{path} lacks {len(days)} days that are at the remote ({days[0]} to {days[-1]})"
            for path, days in self._held.items()
        )
        hint = "to bring them back: power-monitor fetch; to let them go: power-monitor push --force"
        if self._shell.health.problem(_HELD, f"not pushed: {text}", self._now(), hint=hint):
            log.error("not pushed: %s (%s)", text, hint)

    def _tell_repository(self) -> None:
        if not isinstance(self._remote, GitHub):
            return
        if self._remote.renamed_to:
            name = self._remote.renamed_to
            text = f"the repository is called {name} now"
            hint = f"put {name} in github.repo"
            if self._shell.health.problem(_RENAMED, text, self._now(), hint=hint):
                log.warning("%s: %s", text, hint)
        if self._remote.public and not self._told_public:
            self._told_public = True
            log.warning(
                "the repository is public: consumption shows when people are at home; "
                "make it private in its settings"
            )

    def failed(self, name: str, error: MonitorError) -> None:
        """Tell of a failure, once."""
        problem = _AGGREGATOR if isinstance(error, AggregatorAway) else _REMOTE
        self._shell.health.count("failures")
        if self._shell.health.problem(problem, error, self._now()):
            level = logging.ERROR if isinstance(error, Permanent) else logging.WARNING
            log.log(level, "%s: %s (%s)", name, error, error.hint)

    def tell(self, *, busy: str) -> None:
        """Write down the facts of this moment."""
        now, facts = self._now(), self._core.records.facts
        wait = self._patience.wait_s(time.monotonic())
        stopped = self._patience.stopped
        if stopped and _REMOTE not in self._shell.health.problems:
            self._shell.health.problem(_REMOTE, stopped, now)
        last = facts.last_push
        told: dict[str, Any] = {
            "remote": self._remote.identity,
            "state": self._state(busy, waits=wait > 0, stopped=stopped is not None),
            "last_push": None if last is None else iso_utc(round(last)),
            "last_push_age_seconds": None if last is None else max(0, round(now - last)),
            "next_attempt": iso_utc(round(now + wait)) if wait and not stopped else None,
            "unsynced": self._unsynced,
            "held": self._held,
        }
        if isinstance(self._remote, GitHub):
            told |= {"public": self._remote.public, "traffic": self._remote.traffic()}
        self._shell.health.facts = told

    def _state(self, busy: str, *, waits: bool, stopped: bool) -> str:
        if stopped:
            return "stopped"
        if busy:
            return "restoring" if busy in {"restore", "fetch"} else "pushing"
        if waits:
            return "waiting"
        if self._held:
            return "held"
        return "unsynced" if self._unsynced else "synced"
