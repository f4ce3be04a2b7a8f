"""Section 5 of the design read word by word, with no thought of speed: what the core must match."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.reading import METERS, POWER, Reading

HALF = 0.5


@dataclass(frozen=True)
class Known:
    """What the oracle says of one metric in a bucket."""

    seconds: float
    mean: float
    min: float
    max: float


@dataclass(frozen=True)
class Expected:
    """What the oracle says of one bucket."""

    metrics: dict[str, Known]
    energy_kwh: float
    export_kwh: float
    samples: int
    length: float

    def coverage(self) -> float:
        """Power's known share of the bucket."""
        return self.metrics[POWER].seconds / self.length if POWER in self.metrics else 0.0


def source(at: float, readings: Sequence[Reading]) -> Reading | None:
    """Return the reading that speaks of an instant, or None."""
    spots = [r for r in readings if not r.interval and r.time <= at]
    held = max(spots, key=lambda r: r.time, default=None)
    if held and at >= min(held.time + held.heartbeat, *_ends(held, readings)):
        held = None
    if held and held.corrected:
        return held
    claims = [r for r in readings if r.interval and r.start <= at < r.time]
    return max(claims, key=_counts_more) if claims else held


def _ends(held: Reading, readings: Sequence[Reading]) -> Iterable[float]:
    """Yield when the readings after a held one end its hold: each at its own time.

    What a person corrected does not give way to an interval that began before it, but does to one
    that begins after it.
    """
    yield float("inf")
    for reading in readings:
        if reading.time > held.time:
            after = held.corrected and reading.start >= held.time
            yield reading.start if after else reading.time


def _counts_more(reading: Reading) -> tuple[bool, float, float, float]:
    assert reading.interval
    interval = reading.interval
    return reading.corrected, interval.coverage, -interval.seconds, reading.time


def bucket(start: float, end: float, readings: Sequence[Reading]) -> Expected:
    """Consolidate [start, end) stretch by stretch, each as short as anything changes."""
    marks = {start, end}
    for reading in readings:
        marks |= {reading.start, reading.time, reading.time + reading.heartbeat}
    pieces: dict[str, list[tuple[float, ...]]] = {}
    energy = export = 0.0
    for begin, until in pairwise(sorted(mark for mark in marks if start <= mark <= end)):
        speaker = source(begin, readings)
        if speaker is None:
            continue
        for name, piece in _said(speaker, until - begin):
            pieces.setdefault(name, []).append(piece)
        gained = energies(speaker, until - begin)
        energy, export = energy + gained[0], export + gained[1]
    samples = sum(start <= reading.start < end and bool(reading.values) for reading in readings)
    known = {name: _known(parts) for name, parts in pieces.items() if sum(p[0] for p in parts) > 0}
    return Expected(known, energy, export, samples, end - start)


def _said(reading: Reading, seconds: float) -> Iterable[tuple[str, tuple[float, ...]]]:
    """Yield metric and (known seconds, mean, min, max) of a stretch."""
    if reading.interval:
        for name, stats in reading.interval.metrics.items():
            if name not in METERS:
                yield name, (seconds * stats.coverage, stats.mean, stats.min, stats.max)
    else:
        for name, value in reading.values.items():
            if value is not None and name not in METERS:
                yield name, (seconds, value, value, value)


def energies(reading: Reading, seconds: float) -> tuple[float, float]:
    """Return the energy and export in kWh of some seconds of what a reading says."""
    if reading.interval:
        share = seconds / reading.interval.seconds
        energy, export = reading.interval.energy_kwh, reading.interval.export_kwh
        return (energy or 0.0) * share, (export or 0.0) * share
    watts = reading.values.get(POWER) or 0.0
    return max(watts, 0.0) * seconds / 3.6e6, max(-watts, 0.0) * seconds / 3.6e6


def _known(parts: Sequence[tuple[float, ...]]) -> Known:
    seconds = sum(part[0] for part in parts)
    return Known(
        seconds,
        sum(part[0] * part[1] for part in parts) / seconds,
        min(part[2] for part in parts),
        max(part[3] for part in parts),
    )
