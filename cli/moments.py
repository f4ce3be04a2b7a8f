"""Times and days as a person types them, in the monitor's own time zone: pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.errors import BadInput
from shared.times import Zone, parse_date, parse_timestamp

_HINT = "write 2026-11-22, 2026-11-22T08:10 or, of today, 08:10"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was meant: `day` when it is a whole day; `first` is its start, `until` its end."""

    first: float
    until: float
    day: date | None = None


def parse_moment(text: str, zone: Zone, now: float) -> Stretch:
    """Read a day, a time, or a time of today; raises BadInput saying what fits.

    A time without an offset is the zone's own; one that the clocks show twice, or skip, is
    refused: nobody can know which one is meant.
    """
    given = text.strip().replace(" ", "T")
    if _DAY.fullmatch(given):
        day = parse_date(given)
        return Stretch(zone.day_start(day), zone.day_end(day), day)
    if _CLOCK.fullmatch(given):
        hour, _, rest = given.partition(":")
        given = f"{zone.day_of(now)}T{hour:0>2}:{rest}"
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise BadInput(f"{text[:40]!r} is no time", hint=_HINT) from None
    instant = parse_timestamp(given) if moment.tzinfo else _local(moment, zone, text)
    return Stretch(instant, instant)


def _local(moment: datetime, zone: Zone, text: str) -> float:
    here = ZoneInfo(zone.name)
    first, second = (moment.replace(tzinfo=here, fold=fold).timestamp() for fold in (0, 1))
    if datetime.fromtimestamp(first, here).replace(tzinfo=None) != moment:
        raise BadInput(f"{text}: the clocks skip this time in {zone.name}", hint=_HINT)
    if first != second:
        raise BadInput(
            f"{text} comes twice in {zone.name}", hint=f"{zone.iso(first)} or {zone.iso(second)}"
        )
    return first
