"""Consolidation: a day's readings to its hours and its bucket.

The definitions are section 5 of the design: means are weighted by known time, energy stands for
known time only, a metric known for less than half of a bucket has none.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from services.aggregator.cost import Cuts
from services.aggregator.meter import Book, Meter, MeterReport
from services.aggregator.resolve import Resolver
from shared.bucket import Bucket, Summary, canonical
from shared.numbers import rounded_energy
from shared.reading import METERS, POWER, Interval, Reading

_ENERGY, _EXPORT = METERS
XFF = 0.5  # rrdtool's x-files factor: the least known share for which a value is stated


class _Gauge:
    """One metric's known time, weighted sum, minimum and maximum."""

    __slots__ = ("high", "known_s", "low", "weighted")

    def __init__(self) -> None:
        self.known_s = 0.0
        self.weighted = 0.0
        self.low = float("inf")
        self.high = float("-inf")

    def add(self, known_s: float, mean: float, low: float, high: float) -> None:
        self.known_s += known_s
        self.weighted += mean * known_s
        self.low = min(self.low, low)
        self.high = max(self.high, high)

    def merge(self, other: "_Gauge") -> None:
        self.known_s += other.known_s
        self.weighted += other.weighted
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)


class Accumulator:
    """What is known of one bucket so far."""

    def __init__(self) -> None:
        self._gauges: dict[str, _Gauge] = {}
        self.energies = {"energy": 0.0, "export": 0.0}
        self.samples = 0

    @property
    def energy_kwh(self) -> float | None:
        """Energy of the known time, None when none is known."""
        return self.energies["energy"] if self._power_s > 0 else None

    @property
    def _power_s(self) -> float:
        return self._gauges[POWER].known_s if POWER in self._gauges else 0.0

    def add(self, name: str, known_s: float, mean: float, low: float, high: float) -> None:
        """Add a stretch in which a metric was known for `known_s` seconds."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = _Gauge()
        gauge.add(known_s, mean, low, high)

    def merge(self, other: "Accumulator") -> None:
        """Add all that another accumulator knows."""
        for name, gauge in other._gauges.items():
            self._gauges.setdefault(name, _Gauge()).merge(gauge)
        for name, kwh in other.energies.items():
            self.energies[name] += kwh
        self.samples += other.samples

    def bucket(self, start: float, end: float, corrected: float | None = None) -> Bucket | None:
        """Return the bucket [start, end), or None when nothing at all is known of it."""
        length = end - start
        if length <= 0 or not any(gauge.known_s > 0 for gauge in self._gauges.values()):
            return None
        bucket = Bucket(
            time=start,
            metrics={name: _summary(gauge, length) for name, gauge in self._in_order()},
            energy_kwh=self.energy_kwh,
            export_kwh=self.energies["export"] if self._power_s > 0 else None,
            samples=self.samples,
            coverage=self._power_s / length,
            corrected=corrected,
        )
        return canonical(bucket)

    def _in_order(self) -> list[tuple[str, _Gauge]]:
        """Return power first, then the others by name, whatever order they came in."""
        self._gauges.setdefault(POWER, _Gauge())
        return sorted(self._gauges.items(), key=lambda item: (item[0] != POWER, item[0]))


def _summary(gauge: _Gauge, length: float) -> Summary | None:
    # A thousandth of a second forgives the float sum of many stretches.
    if gauge.known_s + 1e-3 < XFF * length or gauge.known_s <= 0:
        return None
    mean = gauge.weighted / gauge.known_s
    return Summary(min(max(mean, gauge.low), gauge.high), gauge.low, gauge.high)


class DayConsolidation:
    """One local day, from readings pushed in order of `Reading.start`.

    `edges` are where the day's hours begin, and its end; `cuts` where parts of it begin whose
    energy is told apart. Readings around the day may be pushed too: their parts outside it are cut
    off.
    """

    def __init__(self, edges: Sequence[float], cuts: Cuts = ()) -> None:
        self._hour_edges = edges
        self._cuts = cuts
        self._edges = sorted({*edges, *(start for start, _ in cuts)}) if cuts else edges
        self._slots = [Accumulator() for _ in self._edges[1:]]
        self._resolver = Resolver(self._piece)
        self._resolver.frontier = edges[0]
        self._meters = {name: Meter(_booking(self._slots, name)) for name in METERS}
        self._samples: list[tuple[float, str, float]] = []  # heap of meter counts still ahead

    def push(self, reading: Reading) -> None:
        """Take the next reading, in order of start."""
        start, end = self._edges[0], self._edges[-1]
        begin = reading.start
        if reading.values and start <= begin < end:
            self._slots[self._slot(begin)].samples += 1
        if start <= reading.time <= end:
            for name in METERS:
                value = reading.values.get(name)
                if value is not None:
                    heapq.heappush(self._samples, (reading.time, name, value))
        if begin < end:
            self._resolver.push(reading)

    def finish(self, until: float) -> None:
        """Settle everything up to `until`; nothing may be pushed afterwards."""
        until = min(until, self._edges[-1])
        self._resolver.advance(until)
        self._take_samples(until)
        for meter in self._meters.values():
            meter.flush()

    @property
    def frontier(self) -> float:
        """The instant before which all is settled: no reading may start there any more."""
        return self._resolver.frontier

    def so_far(self, until: float) -> Bucket | None:
        """Return the bucket of the day up to `until` as it looks now; pushing may go on."""
        ahead = DayConsolidation(self._hour_edges, self._cuts)
        ahead._resolver = self._resolver.copy(ahead._piece)
        ahead._samples = list(self._samples)
        ahead._meters = {
            name: meter.copy(_booking(ahead._slots, name)) for name, meter in self._meters.items()
        }
        ahead.finish(until)
        for looked_ahead, settled in zip(ahead._slots, self._slots, strict=True):
            looked_ahead.merge(settled)
        return ahead.day(until)

    def hours(self, corrected: float | None = None) -> list[Bucket]:
        """Return the buckets of the hours of which something is known."""
        buckets = (
            self._bucket(start, end, end, corrected) for start, end in pairwise(self._hour_edges)
        )
        return [bucket for bucket in buckets if bucket]

    def day(self, until: float, corrected: float | None = None) -> Bucket | None:
        """Return the bucket of the day up to `until`."""
        start, end = self._edges[0], self._edges[-1]
        return self._bucket(start, end, min(until, end), corrected)

    def _bucket(
        self, start: float, end: float, until: float, corrected: float | None
    ) -> Bucket | None:
        """Return what the slots of [start, end) are together, as a bucket that ends at `until`."""
        whole, parts = Accumulator(), dict[int, Accumulator]()
        for slot in range(bisect_left(self._edges, start), bisect_left(self._edges, end)):
            whole.merge(self._slots[slot])
            if self._cuts:
                parts.setdefault(self._part(slot), Accumulator()).merge(self._slots[slot])
        bucket = whole.bucket(start, until, corrected)
        if bucket is None or bucket.energy_kwh is None or len(parts) < 2:  # noqa: PLR2004
            return bucket
        energies = {minute: rounded_energy(part.energy_kwh) for minute, part in parts.items()}
        return replace(bucket, energy_from=energies)

    def _part(self, slot: int) -> int:
        """Return the minute of the wall clock's day with which the part begins that has a slot."""
        begun = bisect_right(self._cuts, self._edges[slot], key=lambda cut: cut[0])
        return self._cuts[begun - 1][1]

    @property
    def reports(self) -> tuple[MeterReport, ...]:
        """What the meters left out."""
        return tuple(meter.report for meter in self._meters.values())

    def _slot(self, instant: float) -> int:
        return bisect_right(self._edges, instant) - 1

    def _piece(self, start: float, end: float, reading: Reading) -> None:
        """Take a resolved stretch: cut at the day's slots and at the meters' samples."""
        start, end = max(start, self._edges[0]), min(end, self._edges[-1])
        while start < end:
            slot = self._slot(start)
            cut = min(end, self._edges[slot + 1])
            if self._samples:
                self._take_samples(start)
                if self._samples and self._samples[0][0] < cut:
                    cut = self._samples[0][0]
            if reading.interval:
                self._interval_portion(slot, cut - start, reading.interval)
            else:
                self._held_portion(slot, cut - start, reading)
            start = cut

    def _take_samples(self, until: float) -> None:
        while self._samples and self._samples[0][0] <= until:
            time, name, value = heapq.heappop(self._samples)
            self._meters[name].sample(time, value)

    def _interval_portion(self, slot: int, seconds: float, interval: Interval) -> None:
        hour = self._slots[slot]
        for name, stats in interval.metrics.items():
            if name not in METERS:
                hour.add(name, stats.coverage * seconds, stats.mean, stats.min, stats.max)
        power = interval.metrics.get(POWER)
        if power:
            share = seconds / interval.seconds
            known_s = power.coverage * seconds
            energy, export = interval.energy_kwh or 0.0, interval.export_kwh or 0.0
            self._meters[_ENERGY].portion(slot, seconds, known_s, energy * share, power.max)
            self._meters[_EXPORT].portion(slot, seconds, known_s, export * share, -power.min)

    def _held_portion(self, slot: int, seconds: float, reading: Reading) -> None:
        hour = self._slots[slot]
        for name, value in reading.values.items():
            if value is not None and name not in METERS:
                hour.add(name, seconds, value, value, value)
        power = reading.values.get(POWER)
        if power is not None:
            kwh = power * seconds / 3.6e6
            self._meters[_ENERGY].portion(slot, seconds, seconds, max(kwh, 0.0), power)
            self._meters[_EXPORT].portion(slot, seconds, seconds, max(-kwh, 0.0), -power)


def _booking(slots: Sequence[Accumulator], name: str) -> Book:
    """Return what puts the energy a meter settled into its slot."""

    def book(slot: int, kwh: float) -> None:
        slots[slot].energies[name] += kwh

    return book
