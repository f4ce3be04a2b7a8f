"""Faults on demand: what the server does instead of answering, and a record of who asked."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase

REQUESTS_KEPT = 20_000


class Kind(Enum):
    """What goes wrong."""

    STATUS = "status"  # `status` with `body` or Home Assistant's own text, and `headers`
    HTML = "html"  # 200 with a page, as a proxy or a captive portal gives
    BODY = "body"  # 200 as JSON, with `body` whatever it is
    HEADERS = "headers"  # the right answer with other `headers`
    CONTENT_TYPE = "content_type"  # the right answer under another content type
    EMPTY = "empty"  # 200 without a body
    DELAY = "delay"  # the right answer after `seconds`
    DRIP = "drip"  # the right answer, a byte every `seconds`
    ENDLESS = "endless"  # JSON that goes on until the client hangs up, or for `size` bytes
    BOMB = "bomb"  # a small compressed answer that unpacks to `size` bytes
    TRUNCATE = "truncate"  # half of the right answer, then the connection is cut
    DROP = "drop"  # the connection is cut without a word
    RAW = "raw"  # `body` as it goes over the wire, then `again` without end, every `seconds`


@dataclass(slots=True)
class Fault:
    """One fault for the requests whose path fits `path`, for the next `times` or until cleared."""

    kind: Kind
    path: str = "*"
    times: int | None = None
    status: int = 500
    body: str | None = None
    again: str | None = None
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came, `at` in the simulator's time; the control path is never listed."""

    at: float
    method: str
    path: str
    query: str
    authorized: bool


@dataclass(slots=True)
class FaultBook:
    """The faults in force; of several that fit, the first added goes first."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, kind: Kind | str, path: str = "*", **options: object) -> Fault:
        """Add a fault, such as `add("status", "/api/states/*", status=503, times=2)`."""
        fault = Fault(Kind(kind), path)
        for name, value in options.items():
            setattr(fault, name, value)
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything answer rightly again."""
        self.faults.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault for a request to a path, and count it as used."""
        for fault in self.faults:
            if fnmatchcase(path, fault.path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                return fault
        return None


@dataclass(slots=True)
class RequestLog:
    """The requests seen, the last ones in full and all of them counted by path."""

    last: deque[Seen] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))
    by_path: Counter[str] = field(default_factory=Counter)

    def add(self, seen: Seen) -> None:
        """Take a request in."""
        self.last.append(seen)
        self.by_path[seen.path] += 1

    def count(self, path: str = "*") -> int:
        """Return how many requests had a path that fits the pattern."""
        return sum(count for seen, count in self.by_path.items() if fnmatchcase(seen, path))

    def clear(self) -> None:
        """Forget all requests."""
        self.last.clear()
        self.by_path.clear()
