"""Units: each family is stored in one of them, whatever the sensor speaks."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from shared.numbers import rounded
from shared.reading import METERS, POWER

WATT = "W"
KILOWATT_HOUR = "kWh"
_METER_DIGITS = 6  # of a kWh: a meter counts up, so its small steps are what matters
_SILENCE = {"", "unavailable", "unknown", "none", "nan"}
_LONGEST_UNIT = 32


class Scale(NamedTuple):
    """`canonical = number * factor + offset`."""

    canonical: str
    factor: float
    offset: float = 0.0


_MILLI_TO_TERA = {"m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_KILOWATT_HOURS_PER_JOULE = 1 / 3.6e6
_JOULES_PER_CALORIE = 4.184  # thermochemical, as Home Assistant has it


def _family(
    unit: str, prefixes: str, per_unit: float = 1.0, canonical: str = ""
) -> dict[str, Scale]:
    """Return the scales of a unit with each SI prefix named; a space stands for none."""
    return {
        prefix.strip() + unit: Scale(canonical or unit, _MILLI_TO_TERA[prefix.strip()] * per_unit)
        for prefix in prefixes
    }


_POWER = _family("W", "m kMGT")
_ENERGY = (
    _family("Wh", "m kMGT", 1e-3, KILOWATT_HOUR)
    | _family("J", " kMG", _KILOWATT_HOURS_PER_JOULE, KILOWATT_HOUR)
    | _family("cal", " kMG", _JOULES_PER_CALORIE * _KILOWATT_HOURS_PER_JOULE, KILOWATT_HOUR)
)
_OTHER = (
    _family("V", "m kM")
    | {"µV": Scale("V", 1e-6), "μV": Scale("V", 1e-6)}
    | _family("A", "m ")
    | _family("Hz", "m kMG")
    | _family("VA", "m k")
    | _family("var", "m k")
    | {
        "°C": Scale("°C", 1.0),
        "°F": Scale("°C", 5 / 9, -160 / 9),
        "K": Scale("°C", 1.0, -273.15),
    }
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in its family's unit."""

    value: float
    unit: str


def canonical_unit(metric: str, unit: str | None) -> str | None:
    """Return the unit a metric is stored in when its sensor speaks `unit`; None if it can't be."""
    unit = unit or ""
    if metric == POWER:
        return WATT if unit in _POWER else None
    if metric in METERS:
        return KILOWATT_HOUR if unit in _ENERGY else None
    if len(unit) > _LONGEST_UNIT or not unit.isprintable():
        return None
    scale = _scale(unit)
    return scale.canonical if scale else unit


def convert(metric: str, number: float, unit: str | None) -> Quantity | None:
    """Return a sensor's number as stored, or None for a unit that the metric can't have."""
    canonical = canonical_unit(metric, unit)
    if canonical is None:
        return None
    scale = _scale(unit or "") or Scale(canonical, 1.0)
    value = number * scale.factor + scale.offset
    return Quantity(
        tidy(round(value, _METER_DIGITS) if metric in METERS else rounded(value)), canonical
    )


def allowed_units(metric: str) -> str:
    """Name the units a metric may have, for a hint."""
    return ", ".join(_POWER if metric == POWER else _ENERGY)


def parse_number(state: str) -> float | None:
    """Return the number in a state, or None for `unavailable`, `unknown`, "", nan and the like."""
    try:
        number = float(state)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_silent(state: str) -> bool:
    """Tell whether a state is a sensor's way to say nothing."""
    return state.strip().lower() in _SILENCE


def _scale(unit: str) -> Scale | None:
    return _POWER.get(unit) or _ENERGY.get(unit) or _OTHER.get(unit)


def tidy(value: float) -> float:
    """Write 412, not 412.0: a day has thousands of them."""
    return int(value) if float(value).is_integer() else value
