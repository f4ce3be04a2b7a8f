"""What an entity's state was when: a step function, stored as columns or laid over another one."""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Change(NamedTuple):
    """From `at` (epoch seconds) on, the state is `state`, a string as Home Assistant has it."""

    at: float
    state: str


class Source(Protocol):
    """The changes of one entity, always told apart by strict inequality as Home Assistant does."""

    def latest(self, before: float) -> Change | None:
        """Return the last change strictly before an instant, or None."""

    def between(self, after: float, before: float) -> list[Change]:
        """Return the changes strictly between two instants, oldest first."""

    def reported(self, before: float) -> float | None:
        """Return when the device last spoke strictly before an instant, changed or not."""


@dataclass(slots=True)
class History:
    """Changes as two sorted columns, so that a year at one a minute is a few megabytes."""

    _times: "array[float]" = field(default_factory=lambda: array("d"))
    _codes: "array[int]" = field(default_factory=lambda: array("I"))
    _states: list[str] = field(default_factory=list)
    _code_of: dict[str, int] = field(default_factory=dict)
    _reported: float | None = None

    def __len__(self) -> int:
        return len(self._times)

    def report(self, at: float, state: str) -> None:
        """Take one report in; a state that is in force already is only a sign of life."""
        index = bisect_right(self._times, at)
        if self._reported is None or at > self._reported:
            self._reported = at
        if index and self._times[index - 1] == at:
            self._codes[index - 1] = self._code(state)
        elif not index or self._states[self._codes[index - 1]] != state:
            self._times.insert(index, at)
            self._codes.insert(index, self._code(state))

    def latest(self, before: float) -> Change | None:
        """Return the last change strictly before an instant, or None."""
        index = bisect_left(self._times, before)
        return self._change(index - 1) if index else None

    def between(self, after: float, before: float) -> list[Change]:
        """Return the changes strictly between two instants, oldest first."""
        first, end = bisect_right(self._times, after), bisect_left(self._times, before)
        return [self._change(index) for index in range(first, end)]

    def reported(self, before: float) -> float | None:
        """Return the last report, or the last change where the report is not before the instant."""
        if self._reported is not None and self._reported < before:
            return self._reported
        change = self.latest(before)
        return change.at if change else None

    def _change(self, index: int) -> Change:
        return Change(self._times[index], self._states[self._codes[index]])

    def _code(self, state: str) -> int:
        code = self._code_of.setdefault(state, len(self._states))
        if code == len(self._states):
            self._states.append(state)
        return code


@dataclass(frozen=True, slots=True)
class Masked:
    """A source of which nothing got through in `[start, end)`.

    With a `state`, such as "unavailable", that state was in force there; with None the last one
    stayed. What holds at `end` is told anew then, as Home Assistant does when an entity returns.
    """

    inner: Source
    start: float
    end: float
    state: str | None

    def latest(self, before: float) -> Change | None:
        """Return the last change strictly before an instant, or None."""
        if before <= self.start:
            return self.inner.latest(before)
        if before <= self.end:
            return self._covered()
        inner = self.inner.latest(before)
        if inner is None:
            return self._covered()
        return inner if inner.at >= self.end else Change(self.end, inner.state)

    def between(self, after: float, before: float) -> list[Change]:
        """Return the changes strictly between two instants, oldest first."""
        changes = self.inner.between(after, min(before, self.start))
        if self.state is not None and after < self.start < before:
            changes.append(Change(self.start, self.state))
        if after < self.end < before:
            changes += self._resumed()
        return changes + self.inner.between(max(after, self.end), before)

    def reported(self, before: float) -> float | None:
        """Return when the device last spoke strictly before an instant, changed or not."""
        if self.start < before <= self.end:
            covered = self._covered()
            return covered.at if covered else None
        return self.inner.reported(before)

    def _covered(self) -> Change | None:
        return (
            self.inner.latest(self.start) if self.state is None else Change(self.start, self.state)
        )

    def _resumed(self) -> list[Change]:
        inner = self.inner.latest(just_after(self.end))
        return [Change(self.end, inner.state)] if inner else []


def just_after(at: float) -> float:
    """Return an instant within the same microsecond, which turns `before` into `at or before`."""
    return at + 5e-7
