"""A house that never stops: a recorded one for the last days, a plausible one before them.

Every value is a pure function of the instant, so the simulator needs neither a thread nor a
store: recorded minutes from `minutely_from` on (the two recorded days in turn, at their time of
day), ten-minute steps of a model before.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from functools import lru_cache

from demo.history import Change
from demo.recorded import FULL_DAYS, Row, recorded_rows

__all__ = ["Household", "Quantity", "QuantitySource", "minutely_since", "recorded_rows"]

MINUTE_S = 60
MODEL_STEP_S = 600
# A report reaches Home Assistant a little after the minute it speaks of, never on the dot.
REPORT_DELAY_S = 0.375
MINUTELY_DAYS = 10
SAME_VALUE_LIMIT_S = 86_400  # how far back the begin of an unchanging value is looked for

BASE_W = 280.0
MORNING_W, EVENING_W, NOON_W = 1100.0, 1900.0, 450.0
MORNING_H, LATE_MORNING_H, NOON_H, EVENING_H = 7.4, 9.6, 12.8, 19.6
WINTER_SHARE = 0.45
COLDEST_DAY = 20
DAYS_PER_YEAR = 365.25
APPLIANCE_CHANCE, APPLIANCE_W = 0.07, 2100.0
VOLTS_UNLOADED, VOLTS_PER_WATT = 242.5, 0.00055
POWER_FACTOR = 0.98
SATURDAY = 5


class Quantity(Enum):
    """What is measured of the house."""

    POWER = "power"
    VOLTAGE = "voltage"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Household:
    """The house in its time zone; `days` are recorded days of 1440 rows each."""

    zone: tzinfo
    minutely_from: float
    days: Sequence[Sequence[Row]]

    def step_s(self, at: float) -> int:
        """Return how long a value lasts at an instant: a minute, or ten in the older past."""
        return MINUTE_S if at >= self.minutely_from else MODEL_STEP_S

    def row(self, at: float) -> Row:
        """Return the values of the step that begins at an instant."""
        local = datetime.fromtimestamp(at, self.zone)
        if at >= self.minutely_from:
            day = self.days[local.toordinal() % len(self.days)]
            return day[local.hour * 60 + local.minute]
        return modelled_row(local, int(at) // MODEL_STEP_S)


@dataclass(frozen=True, slots=True)
class QuantitySource:
    """One quantity of the house as the changes that Home Assistant sees."""

    household: Household
    quantity: Quantity

    def latest(self, before: float) -> Change | None:
        """Return the last change strictly before an instant."""
        step = self._step_before(before)
        state, earliest = self._state(step), step - SAME_VALUE_LIMIT_S
        while step > earliest and self._state(previous := self._previous(step)) == state:
            step = previous
        return Change(step + REPORT_DELAY_S, state)

    def between(self, after: float, before: float) -> list[Change]:
        """Return the changes strictly between two instants, oldest first."""
        step = self._step_before(after)
        state = self._state(step)
        changes = []
        while (step := self._next(step)) + REPORT_DELAY_S < before:
            previous, state = state, self._state(step)
            if state != previous and step + REPORT_DELAY_S > after:
                changes.append(Change(step + REPORT_DELAY_S, state))
        return changes

    def reported(self, before: float) -> float | None:
        """Return when the meter last spoke: once a step, whether its value moved or not."""
        return self._step_before(before) + REPORT_DELAY_S

    def _state(self, step: float) -> str:
        row = self.household.row(step)
        if self.quantity is Quantity.POWER:
            return str(row.watts)
        return str(row.volts if self.quantity is Quantity.VOLTAGE else row.amps)

    def _step_before(self, before: float) -> float:
        spoken = before - REPORT_DELAY_S
        length = self.household.step_s(spoken)
        step = float(spoken // length * length)
        return step if step < spoken else self._previous(step)

    def _previous(self, step: float) -> float:
        return step - self.household.step_s(step - MINUTE_S)

    def _next(self, step: float) -> float:
        return step + self.household.step_s(step)


def minutely_since(now: float, zone: tzinfo) -> float:
    """Return the local midnight from which a house started now is recorded minute by minute."""
    day = datetime.fromtimestamp(now, zone) - timedelta(days=MINUTELY_DAYS)
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    return float(midnight // MODEL_STEP_S * MODEL_STEP_S)


def recorded_household(now: float, zone: tzinfo) -> Household:
    """Return the recorded house moved to now."""
    days = [recorded_rows(day) for day in FULL_DAYS]
    return Household(zone=zone, minutely_from=minutely_since(now, zone), days=days)


@lru_cache(maxsize=2048)  # each quantity asks for the same days, one after the other
def modelled_row(local: datetime, step: int) -> Row:
    """Return plausible values for a local time; `step` seeds what differs from day to day."""
    watts = float(round(modelled_watts(local, step)))
    volts = round(VOLTS_UNLOADED - VOLTS_PER_WATT * watts + 3 * noise(step, 3) - 1.5, 2)
    amps = round(watts / volts / POWER_FACTOR, 1)
    seconds = local.hour * 3600 + local.minute * 60
    return Row(seconds=seconds, watts=watts, volts=volts, amps=amps)


def modelled_watts(local: datetime, step: int) -> float:
    """Return plausible power: season, weekday or weekend, time of day, and luck."""
    hour = local.hour + local.minute / 60
    weekend = local.weekday() >= SATURDAY
    shape = BASE_W + EVENING_W * bump(hour, EVENING_H, 2.0)
    shape += MORNING_W * bump(hour, LATE_MORNING_H if weekend else MORNING_H, 1.2)
    shape += NOON_W * bump(hour, NOON_H, 1.5) * (2 if weekend else 1)
    awake = bump(hour, 14.0, 5.0)
    appliance = APPLIANCE_W if noise(step, 1) < APPLIANCE_CHANCE * awake else 0.0
    return shape * season(local) * (0.65 + 0.7 * noise(step, 2)) + appliance


def season(local: datetime) -> float:
    """Return the share of the yearly mean: above one in the cold, below in the warm."""
    angle = 2 * math.pi * (local.timetuple().tm_yday - COLDEST_DAY) / DAYS_PER_YEAR
    return 1 + WINTER_SHARE * math.cos(angle)


def bump(hour: float, centre: float, width: float) -> float:
    """Return a bell of height one around an hour of the day."""
    return math.exp(-(((hour - centre) / width) ** 2))


def noise(step: int, salt: int) -> float:
    """Return a number in [0, 1) that is always the same for the same step and salt.

    The finaliser of SplitMix64 (Steele, Lea, Flood 2014): even neighbours come out unrelated.
    """
    mask = 0xFFFF_FFFF_FFFF_FFFF
    mixed = (step * 0x9E37_79B9_7F4A_7C15 + salt * 0xD1B5_4A32_D192_ED03) & mask
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9 & mask
    mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB & mask
    return (mixed ^ (mixed >> 31)) / 2**64
