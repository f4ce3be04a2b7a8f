"""What the syncer tells of itself: health, and one log line when something changes."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.syncer.core import Core
from services.syncer.done import Done
from services.syncer.github import GitHub
from services.syncer.holding import REASONS, Holding
from services.syncer.migrate import OLD
from services.syncer.patience import Patience
from services.syncer.remote import Remote
from services.syncer.task import AggregatorAway, Unexpected
from shared.damage import tell_damage
from shared.errors import MonitorError, Permanent
from shared.service import Shell
from shared.times import iso_utc

log = logging.getLogger(__name__)

_REMOTE, _AGGREGATOR, _LOCAL = "remote", "aggregator", "local"
_ASIDE, _SITE = "unreadable", "page"
_ASIDE_HINT = "look at that file at the remote, then delete it"
_IMPORT_HINT = "download that file, then: power-monitor import FILE; then delete it there"
_RENAMED, _CLOCK, _STATE, _UNEXPECTED = "renamed", "clock", "state", "unexpected"


class Teller:
    """Health and log of the syncer."""

    def __init__(
        self,
        shell: Shell,
        core: Core,
        remote: Remote,
        patience: Patience,
        now: Callable[[], float],
        *,
        site_patience: Patience | None = None,
    ) -> None:
        self._shell = shell
        self._core = core
        self._remote = remote
        self._patience = patience
        self._site_patience = site_patience or patience
        self._now = now
        self._unsynced: list[str] = []
        self._holding = Holding()
        self._told_public = False
        self._pushed: float | None = None  # when the remote last got something, before this work
        self._healed: dict[str, str | None] | None = None

    def clock_is_wrong(self) -> None:
        """Say that nothing is pushed at this time of the clock."""
        text = f"the clock shows {iso_utc(self._now())}, which can't be right"
        hint = "date -u; is a time server reached?"
        self._shell.health.problem(_CLOCK, text, self._now(), hint=hint)

    def clock_is_right(self) -> None:
        """Close that problem."""
        self._shell.health.healed(_CLOCK)

    def not_saved(self, error: MonitorError) -> None:
        """Say that what we must remember is only in memory."""
        if self._shell.health.problem(_STATE, error, self._now()):
            log.error("the state can't be saved: %s (%s)", error, error.hint)

    def saved(self) -> None:
        """Close that problem."""
        if self._shell.health.healed(_STATE):
            log.info("the state is saved again")

    def looked(self) -> None:
        """Close the problem of files here that could not be looked at."""
        self._shell.health.healed(_LOCAL)

    def look(self) -> None:
        """See anew what waits to be pushed, and what was set aside."""
        tell_damage(self._shell.health, [self._core.records.directory], self._now())
        try:
            self._unsynced = self._core.unsynced()
        except (MonitorError, OSError) as error:
            log.warning("can't see what is to be pushed: %s", error)

    def succeeded(self, name: str, result: Any) -> None:
        """Tell of a finished task."""
        health, now = self._shell.health, self._now()
        health.done(name, now)
        health.healed(_UNEXPECTED)
        if name == "site":
            health.healed(_SITE)
            if result:
                log.info("published %d files of the page", result)
            return
        if health.healed(_REMOTE):
            log.info("the remote takes what it gets again")
        health.healed(_AGGREGATOR)
        if isinstance(result, Done):
            self._tell_push(result.report())
        elif isinstance(result, dict) and "pushed" in result:
            self._tell_push(result)
        elif isinstance(result, dict):
            ahead = result.get("ahead", {})
            self._holding.hold(ahead, dict.fromkeys(ahead, "ahead"))
            self._tell_held()
            if name == "restore" and result.get("restored"):
                log.info("restored: %s", ", ".join(result["restored"]))
        self._tell_repository()

    def _tell_push(self, report: Any) -> None:
        if report["pushed"]:
            self._shell.health.count("files_pushed", len(report["pushed"]))
            log.info("pushed %s", ", ".join(report["pushed"]))
        for path, days in report["merged"].items():
            self._shell.health.count("merges")
            log.info("%s had been changed there: merged %d days", path, len(days))
        self._tell_healed(report["healed"])
        self._holding.release((*report["pushed"], *report["unchanged"]))
        self._holding.hold(report["held"], report["held_because"])
        self._tell_held()
        if report["kept_aside"]:
            text = "; ".join(report["kept_aside"])
            hint = _IMPORT_HINT if OLD in text else _ASIDE_HINT
            self._shell.health.problem(_ASIDE, text, self._now(), hint=hint)
            log.warning("what could not be taken whole was kept beside: %s (%s)", text, hint)

    def _tell_healed(self, healed: Mapping[str, Sequence[str]]) -> None:
        """Tell that somebody or something took days off the remote, and that they are there."""
        if not healed:
            return
        text = "; ".join(f"{path} ({len(days)} days)" for path, days in healed.items())
        text = f"Somebody or something took days off the remote: {text}. They are back from here."
        since = None if self._pushed is None else iso_utc(round(self._pushed))
        self._healed = {"at": iso_utc(round(self._now())), "since": since, "text": text}
        log.warning("%s", text)

    def _tell_held(self) -> None:
        """Open or close a problem for each reason why files are not pushed."""
        for because in REASONS:
            today = self._core.local.zone.day_of(self._now())
            text, hint = self._holding.told(because, today)
            if not text:
                self._shell.health.healed(because)
            elif self._shell.health.problem(because, text, self._now(), hint=hint):
                log.error("%s (%s)", text, hint)

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
        problem = {"site": _SITE, "look": _LOCAL}.get(name, _REMOTE)
        if isinstance(error, AggregatorAway):
            problem = _AGGREGATOR
        elif isinstance(error, Unexpected):
            problem = _UNEXPECTED
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
        site_stopped = self._site_patience.stopped
        if site_stopped and self._site_patience is not self._patience:
            self._shell.health.problem(_SITE, site_stopped, now)
        last = facts.last_push
        self._pushed = self._pushed if busy else last
        told: dict[str, Any] = {
            "remote": self._remote.identity,
            "state": self._state(busy, waits=wait > 0, stopped=stopped is not None),
            "last_push": None if last is None else iso_utc(round(last)),
            "last_push_age_seconds": None if last is None else max(0, round(now - last)),
            "next_attempt": iso_utc(round(now + wait)) if wait and not stopped else None,
            "unsynced": self._unsynced,
            "held": self._holding.days,
            "healed": self._healed,
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
        if self._holding.days:
            return "held"
        return "unsynced" if self._unsynced else "synced"
