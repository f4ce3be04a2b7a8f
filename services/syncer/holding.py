"""What waits for a person or for the time, and how to say so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

_HINTS = {
    "ahead": "is the clock right? date; if it is, and they may go: power-monitor push --force",
    "dropped": "to let them go there, too: power-monitor push --force; to keep them: correct the "
    'day again, with {"date": ..., "bucket": ...}',
    "lost": "with the archive on, power-monitor fetch --archive brings them back; to go on without "
    "them: power-monitor push --force",
}
REASONS: Sequence[str] = tuple(_HINTS)


@dataclass(frozen=True, slots=True)
class _Held:
    days: Sequence[str]
    because: str


class Holding:
    """The files that are not pushed, by path; a file is held for one reason at a time."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    @property
    def days(self) -> dict[str, Sequence[str]]:
        """The days of each file that is held."""
        return {path: held.days for path, held in self._held.items()}

    def hold(self, days: Mapping[str, Sequence[str]], because: Mapping[str, str]) -> None:
        """Note files that are held from now on."""
        self._held |= {path: _Held(these, because[path]) for path, these in days.items()}

    def release(self, paths: Iterable[str]) -> None:
        """Note files that went up, or are there already."""
        for path in paths:
            self._held.pop(path, None)

    def told(self, because: str, today: date) -> tuple[str, str]:
        """Return text and hint of what is held for a reason, "" for nothing."""
        held = {path: one.days for path, one in self._held.items() if one.because == because}
        text = "; ".join(_sentence(because, path, days, today) for path, days in held.items())
        return (f"not pushed: {text}", _HINTS[because]) if text else ("", "")


def _sentence(because: str, path: str, days: Sequence[str], today: date) -> str:
    if because == "ahead":
        return f"the remote {path} has days up to {days[-1]}, and here it is {today}"
    span = days[0] if len(days) == 1 else f"{len(days)} days, {days[0]} to {days[-1]}"
    if because == "dropped":
        return f"{path} at the remote still has what was dropped here ({span})"
    return f"{path} lacks what the last push had, and the remote has it no more ({span})"
