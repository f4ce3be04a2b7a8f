"""What a sensor has said so far, as spells in which a value is known; times are monotonic."""

from collections import deque
from typing import NamedTuple

from services.collector.history import Steps

_MOST_SPELLS = 20_000  # of one sensor: a message each 0.2 s for more than an hour


class Spell(NamedTuple):
    """A value, said first and last at these instants; None is unknown from then on."""

    first: float
    last: float
    value: float | None


class Heard:
    """The spells of one sensor, oldest first; a message speaks for at most `heartbeat_s`."""

    def __init__(self, heartbeat_s: float, keep_s: float) -> None:
        self._heartbeat_s = heartbeat_s
        self._keep_s = keep_s
        self._spells: deque[Spell] = deque(maxlen=_MOST_SPELLS)

    def say(self, value: float | None, at: float) -> None:
        """Take a value, or that it is unknown; `at` is never earlier than before."""
        newest = self._spells[-1] if self._spells else None
        if newest and newest.value == value and at <= newest.last + self._heartbeat_s:
            self._spells[-1] = newest._replace(last=at)
        else:
            self._spells.append(Spell(at, at, value))
        self._forget(at - self._keep_s)

    def value_at(self, instant: float) -> float | None:
        """Return the newest value if it is in force at an instant."""
        newest = self._spells[-1] if self._spells else None
        return newest.value if newest and instant < newest.last + self._heartbeat_s else None

    def steps(self, offset: float, since: float = float("-inf")) -> Steps:
        """Return the step function from `since` on; it needs no further hold.

        Its times, `since` among them, are moved by `offset`. Whatever was long ago costs nothing.
        """
        recent: list[Spell] = []
        for spell in reversed(self._spells):
            recent.append(spell)
            if spell.first + offset <= since:
                break
        changes: list[tuple[float, float | None]] = []
        for spell in reversed(recent):
            while changes and changes[-1][0] > spell.first + offset:
                changes.pop()
            changes.append((spell.first + offset, spell.value))
            if spell.value is not None:
                changes.append((spell.last + self._heartbeat_s + offset, None))
        return Steps(changes)

    def _forget(self, before: float) -> None:
        while len(self._spells) > 1 and self._spells[1].first <= before:
            self._spells.popleft()
