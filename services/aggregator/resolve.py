"""From readings that overlap, hold and leave gaps to stretches of time that each have one source.

A sweep in order of where readings' stretches start, so that a day never stands in memory: only the
intervals that overlap the present point, and the one spot reading whose values hold.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator

from shared.messages import encode_journal_line
from shared.reading import Reading

Emit = Callable[[float, float, Reading], None]


class Resolver:
    """Emits (from, to, reading) for each stretch some reading speaks for, in order of time.

    Readings are pushed in order of `Reading.start`, each timestamp once; time before the frontier
    is none of its business. Of overlapping intervals the one with greater coverage counts, then
    the shorter, then the later; any interval wins over a held value, which lasts until the next
    reading, at most its heartbeat. What a person corrected wins over everything else.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._claims: list[Reading] = []
        self._held: Reading | None = None
        self._held_until = 0.0
        self._ended = 0.0  # the latest end of an interval that lies before the frontier
        self.frontier = 0.0

    def push(self, reading: Reading) -> None:
        """Take the next reading."""
        start = reading.start
        self.advance(start)
        if reading.interval:
            if reading.time > self.frontier:
                self._claims.append(reading)
            else:
                self._ended = max(self._ended, reading.time)
            # A corrected value holds against what began before it, not against what comes after.
            end = start if self._holds_corrected() else reading.time
            self._held_until = min(self._held_until, end)
        else:
            self._held = reading
            ends = [claim.time for claim in self._claims]
            later = [end for end in (self._ended, *ends) if end > reading.time]
            self._held_until = min([reading.time + reading.heartbeat, *later])

    def advance(self, until: float) -> None:
        """Settle all time before `until`: no later push will change it."""
        if self._holds_corrected() and self._held and self.frontier < until:
            self._settle(self._held, min(self._held_until, until))
            self._claims = [claim for claim in self._claims if claim.time > self.frontier]
        while self._claims and self.frontier < until:
            alone = len(self._claims) == 1  # as nearly always
            winner = self._claims[0] if alone else max(self._claims, key=_precedence)
            self._settle(winner, min(winner.time, until))
            self._claims = [claim for claim in self._claims if claim.time > self.frontier]
        if self._held and self.frontier < until:
            self._settle(self._held, min(self._held_until, until))
        self.frontier = max(self.frontier, until)

    def copy(self, emit: Emit) -> "Resolver":
        """Return a resolver in the same state, to look ahead with."""
        twin = Resolver(emit)
        twin._claims = list(self._claims)
        twin._held, twin._held_until, twin._ended = self._held, self._held_until, self._ended
        twin.frontier = self.frontier
        return twin

    def _holds_corrected(self) -> bool:
        return self._held is not None and self._held.corrected

    def _settle(self, reading: Reading, until: float) -> None:
        begin = max(self.frontier, reading.start)
        if until > begin:
            self._emit(begin, until, reading)
            self.frontier = until


def _precedence(reading: Reading) -> tuple[bool, float, float, float]:
    interval = reading.interval
    assert interval is not None  # noqa: S101 - only intervals claim
    return reading.corrected, interval.coverage, -interval.seconds, reading.time


def by_start(readings: Iterable[Reading], longest_s: float) -> Iterator[Reading]:
    """Put readings that come in order of time in order of start, holding back as few as can be.

    `longest_s` is the length of the longest interval among them: nothing that is still to come
    can start earlier than that before the present reading's time.
    """
    waiting: list[tuple[float, int, Reading]] = []
    for count, reading in enumerate(readings):
        start, settled = reading.start, reading.time - longest_s
        if start <= settled and not waiting:  # the usual case: intervals of one length in a row
            yield reading
            continue
        heapq.heappush(waiting, (start, count, reading))
        while waiting and waiting[0][0] <= settled:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


def preferred(readings: Iterable[Reading]) -> Reading:
    """Return the one that counts of readings with one timestamp.

    One with an interval wins, then greater coverage, then more metrics known, then the greater
    canonical JSON, so that neither order nor duplication changes any number.
    """
    return max(readings, key=_rank)


def _rank(reading: Reading) -> tuple[bool, float, int, bytes]:
    interval = reading.interval
    return (
        interval is not None,
        interval.coverage if interval else 0.0,
        sum(value is not None for value in reading.values.values()),
        encode_journal_line(reading),
    )
