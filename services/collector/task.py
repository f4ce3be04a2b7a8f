"""One round of backfill: which time is missing, and how much of it has been filled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.collector.spans import Span, clip, length, merge, subtract
from shared.messages import Request
from shared.times import Zone

_MOST_REPEATS = 2  # of what was sent and is still missing: the broker may have dropped it


@dataclass(slots=True)
class Task:
    """Gaps in `[since, until)` to be asked for and filled; `request` is who waits for it.

    `gaps` is None until the aggregator has told what is missing; `skip` is never asked about.
    `settled_until` is up to when readings had been taken when it was asked.
    """

    since: float
    until: float
    correlation: bytes
    request: Request | None = None
    skip: list[Span] = field(default_factory=list)
    asks: int = 0
    ask_at: float = float("-inf")  # monotonic
    settled_until: float = float("-inf")
    gaps: list[Span] | None = None
    done: list[Span] = field(default_factory=list)
    repeats: int = 0
    found: int = 0
    sent: int = 0
    sent_before: int = 0

    def told(self, gaps: Sequence[Span], settled_until: float) -> bool:
        """Take what the aggregator misses; return whether any of it is new."""
        until = min(self.until, settled_until)
        self.gaps = subtract(clip(gaps, self.since, until), self.skip)
        new = subtract(self.gaps, self.done)
        self.found += len(new)
        if self.gaps and not new:
            self.repeats += 1
            if self.repeats > _MOST_REPEATS:
                self.gaps = []
        return bool(new)

    def filled(self, spans: Sequence[Span], empty: Sequence[Span], readings: int) -> None:
        """Note that readings were sent for `spans`, of which history knows nothing in `empty`."""
        self.sent += readings
        self.gaps = subtract(self.gaps or [], spans)
        self.done = merge([*self.done, *spans])
        # Only this is not asked again: what was sent may still get lost on its way.
        self.skip = merge([*self.skip, *empty])

    def leave(self, spans: Sequence[Span]) -> None:
        """Note that spans are for a later round."""
        self.gaps = subtract(self.gaps or [], spans)

    @property
    def is_over(self) -> bool:
        """Whether nothing was sent since the aggregator was last asked."""
        return self.sent == self.sent_before

    def ask_again(self, at: float) -> None:
        """Ask what is missing now, at a monotonic instant."""
        self.sent_before, self.gaps = self.sent, None
        self.asks, self.ask_at = 0, at

    def state(self, zone: Zone) -> dict[str, Any]:
        """Return how far it is, for health; `done` is the share of the missing time, 0 to 1."""
        return {**self._span(zone), "readings": self.sent, "done": round(self._share(), 3)}

    def answer(self, zone: Zone) -> dict[str, Any]:
        """Return what came of it, for who waits for it."""
        return {"readings": self.sent, "gaps": self.found, **self._span(zone)}

    def _span(self, zone: Zone) -> dict[str, str]:
        return {"from": zone.iso(self.since), "to": zone.iso(self.until)}

    def _share(self) -> float:
        done = length(self.done)
        left = length(subtract(self.gaps or [], self.done))
        return done / (done + left) if done + left else 1.0
