"""What energy costs, and since when: periods, each with its prices by wall time and weekday.

Money is decimal and exact; it is rounded only where it is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

DAY_MINUTES = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOTHING = Decimal(0)

Span = tuple[int, int]  # minutes of a day, half-open: 0 <= first < last <= 1440
Prices = Sequence[tuple[int, Decimal]]  # from a minute of the day on, the first one 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A price of a kWh, at some times of some weekdays (0 is Monday)."""

    price: Decimal
    hours: tuple[Span, ...] = ((0, DAY_MINUTES),)
    days: tuple[int, ...] = tuple(range(7))


@dataclass(frozen=True, slots=True)
class Period:
    """Prices from a local date on; `rates` together have one price for each minute of the week.

    `base_fee` is owed for each day, `export_price` is what a kWh given away brings.
    """

    since: date
    rates: tuple[Rate, ...]
    base_fee: Decimal = _NOTHING
    export_price: Decimal = _NOTHING

    def prices(self, day: date) -> Prices:
        """Return from which minute of a day on which price holds, in order."""
        found = [
            (first, rate.price)
            for rate in self.rates
            if day.weekday() in rate.days
            for first, _ in rate.hours
        ]
        return sorted(found, key=lambda one: one[0])


@dataclass(frozen=True, slots=True)
class Tariff:
    """All periods, the oldest first; each holds until the next; `currency` is of ISO 4217."""

    currency: str
    periods: tuple[Period, ...]

    def on(self, day: date) -> Period | None:
        """Return the period of a local day, None before the first."""
        return next((one for one in reversed(self.periods) if one.since <= day), None)


def energy_cost(
    prices: Prices, within: Span, kwh: float, kwh_from: Mapping[int, float | None] | None
) -> Decimal | None:
    """Return what the energy of a stretch of wall time `within` a day costs, None when unsaid.

    `kwh` is all of it. Where the price changes within, it takes the energies of its parts: by the
    minute of the day with which each part begins, until the next; an unknown one is None.
    """
    single = _only_price(prices, *within)
    if single is not None:
        return exact(kwh) * single
    parts = sorted((kwh_from or {}).items())
    total = _NOTHING
    for (first, part), (until, _) in pairwise([*parts, (DAY_MINUTES, None)]):
        price = _only_price(prices, max(first, within[0]), min(until, within[1]))
        if price is None:
            return None
        total += _NOTHING if part is None else exact(part) * price
    return total if parts else None


def _only_price(prices: Prices, first: int, until: int) -> Decimal | None:
    """Return the price that holds throughout [first, until), None when there is more than one."""
    held = {
        price
        for (begin, price), (end, _) in pairwise([*prices, (DAY_MINUTES, _NOTHING)])
        if begin < max(until, first + 1) and end > first
    }
    return held.pop() if len(held) == 1 else None


def exact(number: float) -> Decimal:
    """Return a number as it is written in a document, digit for digit."""
    return Decimal(repr(number))


def money_text(amount: Decimal) -> str:
    """Write an amount as documents have it: all digits that count, none that don't."""
    return format((amount + _NOTHING).normalize() + _NOTHING, "f")
