"""What a service last did, what stands in its way, and what to do about it."""

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.errors import MonitorError
from shared.times import iso_utc
from shared.version import VERSION


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that stands in the way of work, since `since`."""

    text: str
    hint: str
    since: float


class Health:
    """Health that means work got done: `done` after the work, `problem` and `healed` around it."""

    def __init__(self) -> None:
        self._started = time.monotonic()  # an uptime must not jump with the wall clock
        self.counters: Counter[str] = Counter()
        self.facts: dict[str, Any] = {}
        self._work: dict[str, float] = {}
        self._problems: dict[str, Problem] = {}
        self._last_error: tuple[str, Problem] | None = None
        self.revision = 0

    def done(self, work: str, now: float) -> None:
        """Note that a piece of work succeeded."""
        self._work[work] = now
        self.revision += 1

    def count(self, what: str, by: int = 1) -> bool:
        """Count an event; tell whether it is the first of its kind."""
        self.counters[what] += by
        return self.counters[what] == by

    def problem(self, name: str, error: MonitorError | str, now: float, *, hint: str = "") -> bool:
        """Open or refresh a problem; tell whether it is news, so that it is logged once."""
        if isinstance(error, MonitorError):
            hint = hint or error.hint
        old = self._problems.get(name)
        problem = Problem(str(error), hint, old.since if old else now)
        if problem == old:
            return False
        self._problems[name] = problem
        self._last_error = (name, Problem(problem.text, hint, now))
        self.revision += 1
        return old is None or old.text != problem.text

    def healed(self, name: str) -> bool:
        """Close a problem; tell whether there was one."""
        if self._problems.pop(name, None) is None:
            return False
        self.revision += 1
        return True

    def tell(self, name: str, fact: object) -> None:
        """Note a fact of one's own; it is told soon when it has changed."""
        if name not in self.facts or self.facts[name] != fact:
            self.facts[name] = fact
            self.revision += 1

    @property
    def problems(self) -> tuple[str, ...]:
        """The names of the open problems."""
        return tuple(self._problems)

    def document(self, now: float) -> dict[str, Any]:
        """Return the payload of the `health` topic."""
        return {
            "timestamp": iso_utc(round(now)),
            "version": VERSION,
            "status": "degraded" if self._problems else "ok",
            "uptime_seconds": round(time.monotonic() - self._started),
            "last_work": self._last_work(),
            "work": {name: iso_utc(round(at)) for name, at in self._work.items()},
            "counters": dict(self.counters),
            "problems": [
                {"name": name, **_problem_object(problem)}
                for name, problem in self._problems.items()
            ],
            "last_error": self._last_error
            and {"name": self._last_error[0], **_problem_object(self._last_error[1])},
            "memory_bytes": memory_bytes(),
            **self.facts,
        }

    def _last_work(self) -> dict[str, str] | None:
        if not self._work:
            return None
        name, at = max(self._work.items(), key=lambda item: item[1])
        return {"what": name, "at": iso_utc(round(at))}


def _problem_object(problem: Problem) -> dict[str, str]:
    return {"text": problem.text, "hint": problem.hint, "since": iso_utc(round(problem.since))}


def memory_bytes(where: str = "/proc/self/smaps_rollup") -> int | None:
    """Return this process's share of memory (PSS): pages that others use too count in part.

    None when the kernel does not tell: small boards have kernels without that file.
    """
    with suppress(OSError), open(where, "rb") as rollup:  # noqa: PTH123 - pathlib costs more
        for line in rollup:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return None
