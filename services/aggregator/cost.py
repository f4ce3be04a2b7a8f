"""Cost: where prices change in a day, and what a bucket costs, from its own numbers alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from shared.bucket import Bucket, named_day
from shared.tariff import DAY_MINUTES, Period, Span, Tariff, energy_cost, exact
from shared.times import Zone

_WHOLE_DAY: Span = (0, DAY_MINUTES)

# From an instant on the energy belongs to the part of a wall day that begins with a minute.
Cuts = Sequence[tuple[float, int]]


class Costs:
    """What a house's buckets cost; without a tariff nothing is told of it."""

    def __init__(self, tariff: Tariff | None, zone: Zone) -> None:
        self._tariff = tariff
        self._zone = zone
        self._latest: tuple[date | None, Sequence[float]] = (None, ())  # hour edges of a day

    @property
    def currency(self) -> str | None:
        """The currency of all amounts, None when no cost is told."""
        return self._tariff.currency if self._tariff else None

    def cuts(self, day: date) -> Cuts:
        """Return where a local day is to be cut so that each part has one price.

        A wall time that comes twice when the clock goes back is in the same part both times.
        Nothing is returned for a day of a single part.
        """
        period = self._tariff.on(day) if self._tariff else None
        minutes = [minute for minute, _ in period.prices(day)] if period else []
        found: list[tuple[float, int]] = []
        for start, end in pairwise(self._zone.hour_edges(day)) if len(minutes) > 1 else ():
            wall = self._zone.wall_s(start)
            inner = (60.0 * minute for minute in minutes)
            for at in (wall, *(time for time in inner if wall < time < wall + end - start)):
                part = max(minute for minute in minutes if 60 * minute <= at)
                if not found or found[-1][1] != part:
                    found.append((start + at - wall, part))
        return found if len({part for _, part in found}) > 1 else ()

    def of_day(self, bucket: Bucket) -> Bucket:
        """Return a day's bucket with its cost, the day's base fee included."""
        day = named_day(self._zone, bucket)
        return self._priced(bucket, day, _WHOLE_DAY, whole_day=True)

    def of_hour(self, bucket: Bucket) -> Bucket:
        """Return an hour's bucket with its cost, which holds nothing of the base fee."""
        day = self._zone.day_of(bucket.time)
        return self._priced(bucket, day, self._within(bucket, day), whole_day=False)

    def lacks_day(self, bucket: Bucket) -> bool:
        """Say whether only its readings could tell what a day costs."""
        return self.of_day(bucket).cost is None and bool(self.cuts(named_day(self._zone, bucket)))

    def lacks_hour(self, bucket: Bucket) -> bool:
        """Say whether only its readings could tell what an hour costs."""
        return self.of_hour(bucket).cost is None and bool(self.cuts(self._zone.day_of(bucket.time)))

    def _priced(self, bucket: Bucket, day: date, within: Span, *, whole_day: bool) -> Bucket:
        if self._tariff is None:
            return bucket if bucket.energy_from is None else replace(bucket, energy_from=None)
        period = self._tariff.on(day)
        energy = _energy(bucket, period, day, within) if period else None
        export = _credit(bucket, period) if period else None
        if period is None or energy is None or export is None:
            return replace(bucket, cost=None, base_fee=None)
        base_fee = period.base_fee if whole_day else exact(0)
        return replace(bucket, cost=energy - export + base_fee, base_fee=base_fee)

    def _within(self, bucket: Bucket, day: date) -> Span:
        """Return which minutes of the wall clock's day an hour's bucket covers."""
        if self._latest[0] != day:
            self._latest = day, self._zone.hour_edges(day)
        edges = self._latest[1]
        first = int(self._zone.wall_s(bucket.time) // 60)
        end = next((edge for edge in edges if edge > bucket.time), edges[-1])
        return first, first + int((end - bucket.time) // 60)


def _energy(bucket: Bucket, period: Period, day: date, within: Span) -> Decimal | None:
    if bucket.energy_kwh is None:
        return None
    return energy_cost(period.prices(day), within, bucket.energy_kwh, bucket.energy_from)


def _credit(bucket: Bucket, period: Period) -> Decimal | None:
    """Return what the energy given away brings; unknown energy brings nobody knows what."""
    if not period.export_price:
        return exact(0)
    return None if bucket.export_kwh is None else exact(bucket.export_kwh) * period.export_price
