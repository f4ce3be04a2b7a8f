"""When something may be said to work: all of it, for a while, and nothing started again; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_JITTER_S = 3.0  # a start is told in whole seconds of uptime


@dataclass
class Watch:
    """Looks at what works and since when, until it has stayed so for `steady_s` seconds.

    Times are seconds of one clock, in `starts` of another one.
    """

    steady_s: float
    deadline: float
    trouble: dict[str, str] = field(default_factory=dict)
    _starts: dict[str, float] = field(default_factory=dict)
    _since: float | None = None

    def holds(self, now: float, trouble: Mapping[str, str], starts: Mapping[str, float]) -> bool:
        """Take a look: what does not work, and when each that does was started."""
        again = {
            name: "was started again"
            for name, start in starts.items()
            if abs(start - self._starts.get(name, start)) > _JITTER_S
        }
        self._starts |= starts
        found = {**again, **trouble}
        if found:
            self.trouble, self._since = found, None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since >= self.steady_s

    def is_over(self, now: float) -> bool:
        """Whether there is no use in looking again: what works late is given its time."""
        return self._since is None and now > self.deadline
