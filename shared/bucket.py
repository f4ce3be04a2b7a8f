"""A bucket: what is known of one hour or one local day, named by its start."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from shared.errors import BadInput
from shared.fields import bounded, instant, number
from shared.numbers import rounded, rounded_energy, rounded_share
from shared.reading import MAX_METRICS, POWER, RESERVED, check_order
from shared.tariff import DAY_MINUTES, money_text
from shared.times import EARLIEST_TIMESTAMP, Zone

# What valid readings add up to, and the day in which the earliest of them begins, fit in here:
# what we write we can read.
_MOST_KWH = 1e20
_NOON_S = 12 * 3600.0
_EARLIEST = EARLIEST_TIMESTAMP - 3 * 86400
_ROUNDING_KWH = 1e-6  # by which each part, and their sum, may be off
_WALL_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_MONEY = re.compile(r"-?\d{1,40}(\.\d{1,40})?", re.ASCII)


class Summary(NamedTuple):
    """Time-weighted mean, minimum and maximum of a metric over its known time."""

    mean: float
    min: float
    max: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """One hour or day; `time` is its start in seconds since 1970 UTC.

    `metrics` maps a name to its summary, or to None when it was known for less than half the time.
    Energies in kWh stand for the known time only and are None when none is known. `coverage` is
    power's known share of the time, None for an imported total of which nobody knows. `corrected`
    is when a person last corrected it.

    The rest follows from a tariff and makes no difference between two buckets. `energy_from` are
    the kWh of its parts, by the minute of the wall clock's day from which each is, where a price
    may change within it. `cost` and the `base_fee` in it are None when unknown or not asked for.
    """

    time: float
    metrics: Mapping[str, Summary | None]
    energy_kwh: float | None
    export_kwh: float | None
    samples: int | None
    coverage: float | None
    corrected: float | None = None
    energy_from: Mapping[int, float | None] | None = field(default=None, compare=False)
    cost: Decimal | None = field(default=None, compare=False)
    base_fee: Decimal | None = field(default=None, compare=False)

    @property
    def standing(self) -> tuple[float, float]:
        """What decides between two buckets of one day: the later correction, then coverage."""
        return (
            -math.inf if self.corrected is None else self.corrected,
            -1.0 if self.coverage is None else self.coverage,
        )


def canonical(bucket: Bucket) -> Bucket:
    """Return a bucket as its document gives it back, so that all copies of it compare equal."""
    metrics = {
        name: summary and Summary(*(rounded(value) for value in summary))
        for name, summary in bucket.metrics.items()
    }
    return replace(
        bucket,
        metrics=metrics if POWER in metrics else {POWER: None, **metrics},
        energy_kwh=rounded_energy(bucket.energy_kwh),
        export_kwh=rounded_energy(bucket.export_kwh),
        coverage=rounded_share(bucket.coverage),
    )


def encode_bucket(bucket: Bucket, zone: Zone, *, priced: bool = False) -> dict[str, Any]:
    """Return a bucket as it stands in a document; `priced` ones tell their cost, known or not."""
    document: dict[str, Any] = {"timestamp": zone.iso(bucket.time)}
    for name, summary in bucket.metrics.items():
        document[name] = _summary_object(summary)
    document["energy_kwh"] = rounded_energy(bucket.energy_kwh)
    document["export_kwh"] = rounded_energy(bucket.export_kwh)
    document["samples"] = bucket.samples
    document["coverage"] = rounded_share(bucket.coverage)
    if bucket.energy_from:
        document["energy_kwh_from"] = {
            f"{minute // 60:02}:{minute % 60:02}": rounded_energy(kwh)
            for minute, kwh in sorted(bucket.energy_from.items())
        }
    if priced:
        document["cost"] = None if bucket.cost is None else money_text(bucket.cost)
        if bucket.base_fee:
            document["base_fee"] = money_text(bucket.base_fee)
    if bucket.corrected is not None:
        document["corrected"] = zone.iso(bucket.corrected)
    return document


def _summary_object(summary: Summary | None) -> dict[str, float | None]:
    if summary is None:
        return {"mean": None, "min": None, "max": None}
    mean, low, high = summary
    return {"mean": rounded(mean), "min": rounded(low), "max": rounded(high)}


def decode_bucket(raw: Any) -> Bucket:
    """Make a bucket of a decoded JSON object, or raise BadInput."""
    if not isinstance(raw, dict):
        raise BadInput("a bucket must be a JSON object")
    corrected = raw.get("corrected")
    metrics = {name: _summary(value, name) for name, value in raw.items() if name not in RESERVED}
    if len(metrics) > MAX_METRICS:
        raise BadInput(f"at most {MAX_METRICS} metrics, got {len(metrics)}")
    energy_kwh = _optional(raw.get("energy_kwh"), "energy_kwh", _MOST_KWH)
    bucket = Bucket(
        time=instant(raw.get("timestamp"), earliest=_EARLIEST),
        metrics=metrics,
        energy_kwh=energy_kwh,
        export_kwh=_optional(raw.get("export_kwh"), "export_kwh", _MOST_KWH),
        samples=_count(raw.get("samples")),
        coverage=_optional(raw.get("coverage"), "coverage", 1),
        corrected=None if corrected is None else instant(corrected, "corrected"),
        energy_from=_parts(raw.get("energy_kwh_from"), energy_kwh),
        cost=_money(raw.get("cost")),
        base_fee=_money(raw.get("base_fee")),
    )
    return canonical(bucket)


def check_known(bucket: Bucket) -> Bucket:
    """Return a bucket that says something and does not contradict itself, or raise BadInput."""
    power = bucket.metrics.get(POWER)
    if bucket.coverage == 0 and (power or bucket.energy_kwh or bucket.export_kwh):
        raise BadInput("coverage 0 says that no power is known, and power or energy is given")
    if bucket.energy_kwh is None and not any(bucket.metrics.values()):
        raise BadInput("a bucket must say something: energy_kwh, or a metric's mean, min and max")
    return bucket


def _summary(raw: Any, name: str) -> Summary | None:
    if not isinstance(raw, dict):
        raise BadInput(f"{name[:64]}: must be an object with mean, min and max")
    values = [raw.get(key) for key in Summary._fields]
    if values == [None, None, None]:
        return None
    mean, low, high = (number(value, name) for value in values)
    check_order(name, mean, low, high)
    return Summary(mean, low, high)


def _optional(raw: Any, name: str, most: float) -> float | None:
    return None if raw is None else bounded(raw, name, 0, most)


def _parts(raw: Any, energy_kwh: float | None) -> dict[int, float | None] | None:
    """Return a bucket's energy by wall time; None unless it adds up: somebody changed the sum."""
    if not isinstance(raw, dict) or energy_kwh is None or len(raw) > DAY_MINUTES:
        return None
    found: dict[int, float | None] = {}
    for name, kwh in raw.items():
        match = _WALL_TIME.fullmatch(name)
        if match:
            minute = int(match[1]) * 60 + int(match[2])
            found[minute] = _optional(kwh, "energy_kwh_from", _MOST_KWH)
    total = math.fsum(kwh for kwh in found.values() if kwh is not None)
    return found if abs(total - energy_kwh) <= _ROUNDING_KWH * (len(found) + 1) else None


def _money(raw: Any) -> Decimal | None:
    """Return an amount; what is none is as good as unknown, for it is never relied on."""
    return Decimal(raw) if isinstance(raw, str) and _MONEY.fullmatch(raw) else None


def _count(raw: Any) -> int | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise BadInput("samples: must be a whole number, 0 or more")
    return raw


def named_day(zone: Zone, bucket: Bucket) -> date:
    """Return the local day a daily bucket stands for, also when it began in another zone."""
    return zone.day_of(bucket.time + _NOON_S)
