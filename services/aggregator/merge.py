"""What another copy of the daily buckets may change in ours: a three-way merge, day by day."""

from collections.abc import Mapping
from datetime import date

from shared.bucket import Bucket

Days = Mapping[date, Bucket]


def may_replace(old: Bucket | None, new: Bucket) -> bool:
    """Say whether `new` may take the place of `old`: the one rule that protects the book.

    Only a later correction may, or a bucket with coverage not smaller; an imported total without
    coverage ranks lowest.
    """
    return old is None or new.standing >= old.standing


def merge(base: Days | None, ours: Days, theirs: Days) -> dict[date, Bucket]:
    """Return the days of theirs that take the place of ours; `base` is our last push.

    Changed on one side, that side; on both, the later correction, then coverage, then ours. A day
    that their copy lacks is not a change: nothing is ever lost by a merge.
    """
    return {day: new for day, new in theirs.items() if _wins(day, new, base, ours)}


def _wins(day: date, new: Bucket, base: Days | None, ours: Days) -> bool:
    old = ours.get(day)
    if old is None or old == new:
        return old is None
    if base is not None and base.get(day) == new:
        return False
    if base is not None and base.get(day) == old:
        return may_replace(old, new)
    return new.standing > old.standing
