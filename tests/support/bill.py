"""What a day costs, read off its clock step by step, with no thought of speed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shared.reading import Reading

STEP_S = 300  # every edge of times, prices and readings lies on it


def price_at(periods: Sequence[Mapping[str, Any]], day: date, local: datetime) -> Decimal | None:
    """Return the price of a day at what its clock shows, from the configuration's own words."""
    period = period_of(periods, day)
    if period is None:
        return None
    shown = local.strftime("%H:%M")
    (price,) = {
        rate["price"]
        for rate in period["rates"]
        if day.strftime("%a").lower() in rate["days"] and _within(shown, rate["hours"])
    }
    return Decimal(price)


def period_of(periods: Sequence[Mapping[str, Any]], day: date) -> Mapping[str, Any] | None:
    """Return the last period that has begun by a day."""
    begun = [period for period in periods if period["from"] <= day.isoformat()]
    return max(begun, key=lambda period: period["from"], default=None)


def energy_cost(
    periods: Sequence[Mapping[str, Any]],
    zone: ZoneInfo,
    day: date,
    span: tuple[float, float],
    readings: Sequence[Reading],
) -> Decimal | None:
    """Add up what is used in [start, end) of a local day, each step at the price of its time.

    None where no price is known, or nothing of the energy.
    """
    total, known = Decimal(0), False
    for time in range(int(span[0]), int(span[1]), STEP_S):
        price = price_at(periods, day, datetime.fromtimestamp(time, zone))
        if price is None:
            return None
        for reading in readings:
            interval = reading.interval
            assert interval
            if reading.start <= time < reading.time and interval.energy_kwh is not None:
                kwh = Decimal(interval.energy_kwh) * STEP_S / Decimal(interval.seconds)
                total += kwh * price
                known = True
    return total if known else None


def _within(shown: str, hours: Sequence[str]) -> bool:
    spans = [tuple(one.split("-")) for one in hours]
    return any(
        first <= shown < end if first < end else shown >= first or shown < end
        for first, end in spans
    )
