"""What a push did, and what it left."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from services.syncer.effects import Report
from services.syncer.remote import Step


@dataclass(slots=True)
class Done:
    """What a push did, by path; `held` is path -> days gone here or not over yet, `because` why.

    `aside` tells what could not be taken whole, and where it is kept now. `healed` is path -> days
    that the last push had, that the remote had lost, and that are here. `revision` is the state
    of the remote up to which every change is known.
    """

    revision: str = ""
    pushed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    merged: dict[str, list[str]] = field(default_factory=dict)
    held: dict[str, list[str]] = field(default_factory=dict)
    because: dict[str, str] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    healed: dict[str, list[str]] = field(default_factory=dict)

    def hold(self, path: str, days: Iterable[date], because: str) -> None:
        """Note that a file waits for a person, or for the time."""
        self.held[path] = [day.isoformat() for day in days]
        self.because[path] = because

    def release(self, path: str) -> None:
        """Note that a file is to be looked at anew."""
        self.held.pop(path, None)
        self.because.pop(path, None)

    def step(self, step: Step) -> None:
        """Note a write: its revision is known if the one before it was."""
        if self.revision == step.before:
            self.revision = step.after

    def report(self) -> Report:
        """Return it for a response."""
        return {
            "pushed": self.pushed,
            "unchanged": self.unchanged,
            "merged": self.merged,
            "held": self.held,
            "held_because": self.because,
            "kept_aside": self.aside,
            "healed": {path: days for path, days in self.healed.items() if path in self.pushed},
        }
