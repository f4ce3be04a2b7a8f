"""Consolidation: a day's readings to its hours and its bucket.

The definitions are section 5 of the design: means are weighted by known time, energy stands for
known time only, a metric known for less than half of a bucket has none.
"""

import heapq
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from services.aggregator.meter import Book, Meter, MeterReport
from services.aggregator.resolve import Resolver
from shared.bucket import Bucket, Summary, canonical
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
        power_s = self._gauges[POWER].known_s if POWER in self._gauges else 0.0
        bucket = Bucket(
            time=start,
            metrics={name: _summary(gauge, length) for name, gauge in self._in_order()},
            energy_kwh=self.energies["energy"] if power_s > 0 else None,
            export_kwh=self.energies["export"] if power_s > 0 else None,
            samples=self.samples,
            coverage=power_s / length,
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

    `edges` are where the day's hours begin, and its end. Readings around the day may be pushed
    too: their parts outside it are cut off.
    """

    def __init__(self, edges: Sequence[float]) -> None:
        self._edges = edges
        self._hours = [Accumulator() for _ in edges[1:]]
        self._resolver = Resolver(self._piece)
        self._resolver.frontier = edges[0]
        self._meters = {name: Meter(_booking(self._hours, name)) for name in METERS}
        self._samples: list[tuple[float, str, float]] = []  # heap of meter counts still ahead

    def push(self, reading: Reading) -> None:
        """Take the next reading, in order of start."""
        start, end = self._edges[0], self._edges[-1]
        begin = reading.start
        if reading.values and start <= begin < end:
            self._hours[self._slot(begin)].samples += 1
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
        ahead = DayConsolidation(self._edges)
        ahead._resolver = self._resolver.copy(ahead._piece)
        ahead._samples = list(self._samples)
        ahead._meters = {
            name: meter.copy(_booking(ahead._hours, name)) for name, meter in self._meters.items()
        }
        ahead.finish(until)
        for looked_ahead, settled in zip(ahead._hours, self._hours, strict=True):
            looked_ahead.merge(settled)
        return ahead.day(until)

    def hours(self, corrected: float | None = None) -> list[Bucket]:
        """Return the buckets of the hours of which something is known."""
        buckets = (
            hour.bucket(start, end, corrected)
            for hour, (start, end) in zip(self._hours, pairwise(self._edges), strict=True)
        )
        return [bucket for bucket in buckets if bucket]

    def day(self, until: float, corrected: float | None = None) -> Bucket | None:
        """Return the bucket of the day up to `until`."""
        whole = Accumulator()
        for hour in self._hours:
            whole.merge(hour)
        return whole.bucket(self._edges[0], min(until, self._edges[-1]), corrected)

    @property
    def reports(self) -> tuple[MeterReport, ...]:
        """What the meters left out."""
        return tuple(meter.report for meter in self._meters.values())

    def _slot(self, instant: float) -> int:
        return bisect_right(self._edges, instant) - 1

    def _piece(self, start: float, end: float, reading: Reading) -> None:
        """Take a resolved stretch: cut at the day's hours and at the meters' samples."""
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
        hour = self._hours[slot]
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
        hour = self._hours[slot]
        for name, value in reading.values.items():
            if value is not None and name not in METERS:
                hour.add(name, seconds, value, value, value)
        power = reading.values.get(POWER)
        if power is not None:
            kwh = power * seconds / 3.6e6
            self._meters[_ENERGY].portion(slot, seconds, seconds, max(kwh, 0.0), power)
            self._meters[_EXPORT].portion(slot, seconds, seconds, max(-kwh, 0.0), -power)


def _booking(hours: Sequence[Accumulator], name: str) -> Book:
    """Return what puts the energy a meter settled into its hour."""

    def book(slot: int, kwh: float) -> None:
        hours[slot].energies[name] += kwh

    return book
