"""What the books must say, worked out from the house and the plan and nothing else.

Known is what Home Assistant recorded, each row until the next one and at most for the heartbeat;
but for what was lost for good, because nobody asked within ten days, and but for what a person
said of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.times import Zone, days_between, parse_timestamp
from support.year.plan import OTHER_ZONE, ZONE, Fault, Kind
from support.year.source import MS, Energy, house, pieces
from support.year.world import (
    HEARTBEAT_MS,
    METER_EVERY_S,
    Row,
    Span,
    counted,
    known,
    off_spans,
    recorded,
)

_DAY_S = 86_400
REMEMBERED_S = 10 * _DAY_S  # by Home Assistant
_TICK_S = 600.0
_BLUR_S = 1500.0


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it must be: energies in kWh and known seconds, and how unsure this is of either."""

    energy_kwh: float
    export_kwh: float
    known_s: float
    unsure_s: float
    unsure_kwh: float


class Truth:
    """The house from `start` to `end` under a plan of faults."""

    def __init__(
        self, seed: int, start: float, end: float, faults: Sequence[Fault], *, has_meter: bool
    ) -> None:
        self.start, self.end, self.faults = start, end, faults
        self.has_meter = has_meter
        self.zone = Zone(ZONE)
        changes = house(seed, start, end + _DAY_S)
        self.source = Energy(pieces(changes, end + _DAY_S))
        self.rows: list[Row] = recorded(changes, faults)
        self.known = known(self.rows, end + _DAY_S)
        off = [(one.at, one.end) for one in faults if one.kind in (Kind.HOUSE_OFF, Kind.HOUSE_DARK)]
        self.meter = counted(self.source, start, end + _DAY_S, off)
        self.lost: list[Span] = [
            (one.at // _TICK_S * _TICK_S, one.end - REMEMBERED_S)
            for one in faults
            if one.kind is Kind.POWER_CUT and one.seconds > REMEMBERED_S
        ]
        self.corrections: list[tuple[float, float, int | None]] = []
        self.overruled: dict[date, float] = {}

    def correct(self, start: float, end: float, watts: int | None) -> None:
        """Let a person say what was from one tick to another; None: that nobody knows."""
        self.corrections.append((start, end, watts))

    def overrule(self, timestamp: str, kwh: float) -> None:
        """Let another hand say what a day's energy is."""
        self.overruled[self.zone.day_of(parse_timestamp(timestamp))] = kwh

    def is_whole(self, start: float, end: float) -> bool:
        """Say whether all of a span is known, and nobody said anything of it yet."""
        touched = [*self.lost, *((first, last) for first, last, _ in self.corrections)]
        free = not any(first < end and start < last for first, last in touched)
        inside = self.start + _DAY_S < start
        return free and inside and self.known.known_s(start, end) == end - start

    def days(self, until: date) -> list[date]:
        """Return the days from the start on, before one."""
        return days_between(self.zone.day_of(self.start), until - timedelta(days=1))

    def day(self, day: date, zone: Zone | None = None) -> Day:
        """Return what must be in the book of a day."""
        zone = zone or self.zone
        start, end = max(zone.day_start(day), self.start), zone.day_end(day)
        found = self.between(start, end)
        overruled = self.overruled.get(day)
        kwh = found.energy_kwh if overruled is None else overruled
        return replace(found, energy_kwh=kwh)

    def between(self, start: float, end: float) -> Day:
        """Return what must be in the books of a span."""
        kwh, export = self.known.kwh(start, end), self.known.export_kwh(start, end)
        known_s, unsure_s = self.known.known_s(start, end), 0.0
        for first, last in _within(self.lost, start, end):
            kwh -= self.known.kwh(first, last)
            export -= self.known.export_kwh(first, last)
            known_s -= self.known.known_s(first, last)
            unsure_s += _BLUR_S
        for first, last, watts in self.corrections:
            for begin, until in _within([(first, last)], start, end):
                kwh += (watts or 0) * (until - begin) / 3.6e6 - self.known.kwh(begin, until)
                export -= self.known.export_kwh(begin, until)
                known_s += (until - begin if watts else 0) - self.known.known_s(begin, until)
        unsure_kwh = unsure_s * 1e-3 + (self._only_counted(start, end) if self.has_meter else 0.0)
        return Day(kwh, export, known_s, unsure_s, unsure_kwh)

    def _only_counted(self, start: float, end: float) -> float:
        """Return how far a meter may differ from a value that held while nothing was recorded.

        It counts in steps, so that what it counted last before and first after is unsure, too.
        """
        late_s = 2 * METER_EVERY_S
        spans = [
            span
            for at, until in [*_silent(self.faults), *((a, b) for a, b, _ in self.corrections)]
            for span in (
                (at - late_s, min(until, at + HEARTBEAT_MS / MS) + late_s),
                (until - late_s, until + late_s),
            )
        ]
        return sum(
            max(energy.kwh(first, last), energy.export_kwh(first, last))
            for first, last in _within(spans, start, end)
            for energy in (self.source, self.known)
        )

    def witnessed_kwh(self, start: float, end: float) -> float:
        """Return what flowed while Home Assistant recorded it, but for what was lost."""
        gone = [*self.lost, *_silent(self.faults)]
        return self.source.kwh(start, end) - sum(
            self.source.kwh(first, last) for first, last in _within(_merged(gone), start, end)
        )

    def keeps_journal(self, today: date) -> bool:
        """Say whether the board has had its disk for as long as readings are kept."""
        return not any(
            one.kind is Kind.RESTORE and self.zone.day_of(one.at) + timedelta(days=12) > today
            for one in self.faults
        )

    def zones_of(self, day: date) -> Iterator[Zone]:
        """Yield the zones in which a day may have been made: near a change, either."""
        yield self.zone
        for fault in self.faults:
            if fault.kind is Kind.OTHER_ZONE:
                first = self.zone.day_of(fault.at) - timedelta(days=12)
                if first <= day <= self.zone.day_of(fault.end):
                    yield Zone(OTHER_ZONE)


def _silent(faults: Iterable[Fault]) -> Iterator[Span]:
    """Yield when Home Assistant recorded nothing, or that it did not know."""
    for at, end, starting_s in off_spans(faults):
        yield at, end + starting_s
    for fault in faults:
        if fault.kind is Kind.SENSOR:
            yield fault.at, fault.end


def _merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _within(spans: Iterable[Span], start: float, end: float) -> Iterator[Span]:
    for first, last in spans:
        if first < end and start < last:
            yield max(first, start), min(last, end)
