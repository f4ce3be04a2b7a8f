"""A reading: one observed set of metrics with its time, and what happened in the seconds before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from shared.errors import BadInput
from shared.fields import bounded, instant, number

POWER = "power"
VOLTAGE = "voltage"  # the house's; also voltage_l1 and so on
METERS = ("energy", "export")
MAX_METRICS = 64
MAX_INTERVAL_S = 26 * 3600  # a local day has at most 25 hours, or a half more
MAX_HEARTBEAT_S = 9000  # 2.5 x the longest collection interval, an hour
HEARTBEAT_INTERVALS = 2.5

# Keys that readings and buckets use for themselves, so no metric may have these names.
RESERVED = frozenset(
    {
        "timestamp",
        "units",
        "interval",
        "heartbeat",
        "seconds",
        "samples",
        "coverage",
        "energy_kwh",
        "export_kwh",
        "energy_kwh_from",
        "cost",
        "base_fee",
        "corrected",
        "transaction",
    }
)
_FIXED_UNITS = {POWER: "W", **dict.fromkeys(METERS, "kWh")}
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_UNIT = re.compile(r"[^\x00-\x1f\x7f]{0,32}")
_ENERGY, _EXPORT = "interval.energy_kwh", "interval.export_kwh"
_JOULES = 3.6e6  # of a kilowatt-hour
_MORE, _MORE_KWH = 1.1, 1e-3  # a meter's word beside the power's: a tenth and a step more at most
_SLACK = 1e-3  # a published mean is rounded, so it may pass its own bounds by this share


class Stats(NamedTuple):
    """A metric over a stretch of time: time-weighted mean, minimum, maximum; `coverage` 0..1."""

    mean: float
    min: float
    max: float
    coverage: float


class Interval(NamedTuple):
    """What happened in the `seconds` before a reading.

    `coverage` is the part of them in which power is known, energies are in kWh for that part
    (None when no part is known), `metrics` holds the metrics known for any of the time.
    """

    seconds: float
    coverage: float
    energy_kwh: float | None
    export_kwh: float | None
    metrics: Mapping[str, Stats]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading; `time` in seconds since 1970 UTC identifies it, a value None is unknown.

    `heartbeat` is how long, in seconds, a value may hold when there is no interval. `corrected`
    says that a person had the last word on it.
    """

    time: float
    values: Mapping[str, float | None]
    units: Mapping[str, str] = field(default_factory=dict)
    interval: Interval | None = None
    heartbeat: float = 0.0
    corrected: bool = False

    @property
    def start(self) -> float:
        """Where the stretch of time this reading speaks for begins."""
        return self.time - self.interval.seconds if self.interval else self.time


def is_voltage(name: str) -> bool:
    """Say whether a metric is a voltage of the house: near 0 there is no power."""
    return name.startswith(VOLTAGE)


def decode_reading(raw: Any, configured: frozenset[str], heartbeat: float) -> Reading:
    """Make a reading of a decoded JSON object, or raise BadInput saying which key is wrong.

    `configured` are metric names known without a unit; `heartbeat` (s) is used when the object
    names none of its own, as a journal line and an imported reading may.
    """
    if not isinstance(raw, dict):
        raise BadInput(f"a reading must be a JSON object, got {type(raw).__name__}")
    time = instant(raw.get("timestamp"))
    units = _units(raw.get("units"))
    values = _values(raw, units, configured)
    interval = raw.get("interval")
    return Reading(
        time=time,
        values=values,
        units=units and {name: unit for name, unit in units.items() if name in values},
        interval=None if interval is None else _interval(interval, values),
        heartbeat=_heartbeat(raw["heartbeat"]) if "heartbeat" in raw else heartbeat,
    )


def _heartbeat(raw: Any) -> float:
    return bounded(raw, "heartbeat", 0, MAX_HEARTBEAT_S)


def _units(raw: Any) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, dict) or len(raw) > MAX_METRICS:
        raise BadInput(f"units: must be an object of at most {MAX_METRICS} names")
    for name, unit in raw.items():
        if not isinstance(unit, str) or not _UNIT.fullmatch(unit):
            raise BadInput(f"units.{name[:64]}: must be a short text")
        if unit and unit != _FIXED_UNITS.get(name, unit):
            raise BadInput(f"units.{name}: must be {_FIXED_UNITS[name]}, got {unit!r}")
    return raw


def _values(
    raw: dict[str, Any], units: Mapping[str, str], configured: frozenset[str]
) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for name, value in raw.items():
        if name in RESERVED or not (name == POWER or name in units or name in configured):
            continue
        values[check_name(name)] = None if value is None else number(value, name)
    for name in interval if isinstance(interval := raw.get("interval"), dict) else ():
        # Absent is unknown now; what happened before may be known all the same.
        if name in values or name in RESERVED:
            continue
        if name == POWER or name in units or name in configured:
            values[check_name(name)] = None
    if not values:
        raise BadInput("no metric: power, or a name listed in units, is required")
    if len(values) > MAX_METRICS:
        raise BadInput(f"at most {MAX_METRICS} metrics, got {len(values)}")
    return values


@lru_cache(maxsize=4 * MAX_METRICS)  # the same few names come with each reading
def check_name(name: str) -> str:
    """Return a metric's name, or raise BadInput for one that no reading can have."""
    if name in RESERVED or not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:64]!r}: a metric's name must be 1 to 64 printable characters, "
            f"none of {', '.join(sorted(RESERVED))}"
        )
    return name


def _interval(raw: Any, values: Mapping[str, float | None]) -> Interval:
    if not isinstance(raw, dict):
        raise BadInput("interval: must be an object")
    seconds = bounded(raw.get("seconds"), "interval.seconds", 0, MAX_INTERVAL_S)
    if seconds == 0:
        raise BadInput("interval.seconds: must be > 0")
    coverage = bounded(raw.get("coverage", 1.0), "interval.coverage", 0, 1)
    metrics = {}
    for name in values:
        stats = _stats(raw.get(name), f"interval.{name}", coverage)
        if stats is not None and stats.coverage > 0:
            metrics[name] = stats
    power = metrics.get(POWER)
    if power is None:
        return Interval(seconds, 0.0, None, None, metrics)
    known_s = power.coverage * seconds
    return Interval(
        seconds,
        power.coverage,
        _energy(raw.get("energy_kwh"), _ENERGY, power.mean * known_s, power.max * known_s),
        _energy(raw.get("export_kwh"), _EXPORT, -power.mean * known_s, -power.min * known_s),
        metrics,
    )


def _energy(kwh: Any, name: str, integral: float, most: float) -> float:
    """Return an energy in kWh; `integral` (J) stands in for an absent one, `most` bounds it."""
    if kwh is None:
        return max(integral, 0.0) / _JOULES
    return bounded(kwh, name, 0, max(most, 0.0) / _JOULES * _MORE + _MORE_KWH)


def _stats(raw: Any, name: str, coverage: float) -> Stats | None:
    """Metrics share the interval's coverage; one that was known for less or more names its own."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise BadInput(f"{name}: must be an object with mean, min and max")
    mean, low, high = raw.get("mean"), raw.get("min"), raw.get("max")
    if mean is None:
        return None
    mean, low, high = number(mean, name), number(low, name), number(high, name)
    check_order(name, mean, low, high)
    if "coverage" in raw:
        coverage = bounded(raw["coverage"], f"{name}.coverage", 0, 1)
    return Stats(mean, low, high, coverage)


def check_order(name: str, mean: float, low: float, high: float) -> None:
    """Raise BadInput unless the mean lies between minimum and maximum."""
    slack = _SLACK * (1 + abs(mean))
    if not low - slack <= mean <= high + slack:
        raise BadInput(f"{name[:64]}: mean {mean:g} is not between min {low:g} and max {high:g}")
