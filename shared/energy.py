"""Energy of many days as one sum."""

import math
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from shared.bucket import Bucket


class Energy(NamedTuple):
    """A sum in kWh, None where no part is known; `since` is the first day with a known part."""

    energy_kwh: float | None
    export_kwh: float | None
    since: date | None


UNKNOWN = Energy(None, None, None)


def energy_of(days: Iterable[tuple[date, Bucket]]) -> Energy:
    """Return the energy of daily buckets; of a day that knows none nothing is added."""
    return added(
        *(
            Energy(bucket.energy_kwh, bucket.export_kwh, day)
            for day, bucket in days
            if bucket.energy_kwh is not None or bucket.export_kwh is not None
        )
    )


def added(*parts: Energy) -> Energy:
    """Return the sum of sums."""
    return Energy(
        _sum(part.energy_kwh for part in parts),
        _sum(part.export_kwh for part in parts),
        min((part.since for part in parts if part.since), default=None),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None
