"""Each condition of an alert that a number decides; None is for not knowing, or in between.

Between a limit and its hysteresis an alert stays what it is. Power in W, energy in kWh, times in
seconds since 1970 UTC.
"""

from collections.abc import Mapping, Sequence

from services.aggregator.alerts.alert import Sign
from services.aggregator.alerts.wording import length, moment
from shared.reading import POWER, Reading
from shared.times import Zone

DAY_S = 86400.0
RESTARTS_WITHIN_S = 3600.0
_SILENT_S = 3600.0  # the syncer tells its health each minute
_ROOM_AGAIN = 1.25  # so much more than the limit must be free for the alert to end
_SMALL_DISK_SHARE = 0.1  # on a small disk this share of it is little room, whatever the limit


def power_high(reading: Reading, limit: float, hysteresis: float) -> Sign | None:
    """Compare the mean of a reading's interval, or its value, with the limit."""
    stats = reading.interval.metrics.get(POWER) if reading.interval else None
    power = stats.mean if stats else reading.values.get(POWER)
    if power is None:
        return None
    if power >= limit:
        text = f"The power is {power:.0f} W, and {limit:g} W is the limit."
        return Sign(on=True, since=reading.time, text=text)
    if power < limit * (1 - hysteresis):
        return Sign(on=False, since=reading.time, text=f"The power is {power:.0f} W again.")
    return None


def energy_day(
    used: float | None,
    now: float,
    day_start: float,
    *,
    since: float | None,
    limit: float,
    hysteresis: float,
) -> Sign | None:
    """Compare the energy used today with the limit; `since` is when the alert began, if it is on.

    A day's energy only grows, unless somebody corrects it; a new day begins with none.
    """
    if since is not None and since < day_start:
        return Sign(on=False, since=day_start, text="A new day has begun.")
    if used is None:
        return None
    if used >= limit:
        text = f"Today took {used:.2f} kWh so far, and {limit:g} kWh is the limit."
        return Sign(on=True, since=now, text=text)
    if used < limit * (1 - hysteresis):
        text = f"A correction lowered what today took, to {used:.2f} kWh."
        return Sign(on=False, since=now, text=text)
    return None


def no_reading(
    last: float, awake: float, now: float, *, limit_s: float, zone: Zone, why: str, empty: bool
) -> Sign | None:
    """Compare the age of the last reading with the limit; `awake` is since when it could come.

    `empty` says that readings come all the same, and know nothing.
    """
    if now - last < limit_s:
        return Sign(on=False, since=last, text="Readings come again.")
    if now - awake < limit_s:
        return None
    reason = f": {why}" if why else ""
    text = f"The last reading is of {moment(zone, last)}{reason}."
    if empty:
        text = f"None of the sources has said anything since {moment(zone, last)}{reason}."
    return Sign(on=True, since=last, text=text)


def sync_old(*, waiting: bool, heard: float, pushed: float, now: float, limit_s: float) -> Sign:
    """Tell whether something has waited for the remote for too long.

    `pushed` is when it last got something, or since when we know; `heard` when the syncer spoke.
    """
    silent = now - heard > _SILENT_S
    if (waiting or silent) and now - pushed > limit_s:
        text = f"The remote got nothing for {length(now - pushed)}."
        return Sign(on=True, since=pushed, text=text)
    return Sign(on=False, since=now, text="The remote is up to date again.")


def disk_full(spaces: Mapping[str, tuple[int, int]], now: float, limit: float) -> Sign | None:
    """Compare what is free with the limit; `spaces` is place -> bytes free and in all."""
    near = False
    for place, (free, total) in spaces.items():
        least = min(limit, total * _SMALL_DISK_SHARE)
        if free < least:
            text = f"Only {free / 1e6:.0f} MB are free where {place} is."
            return Sign(on=True, since=now, text=text)
        near = near or free < least * _ROOM_AGAIN
    return None if near else Sign(on=False, since=now, text="There is room again.")


def restarts(starts: Mapping[str, Sequence[float]], now: float, limit: int) -> Sign:
    """Tell whether a service started `limit` times within an hour."""
    for service, times in starts.items():
        lately = [at for at in times if 0 <= now - at < RESTARTS_WITHIN_S]
        if len(lately) >= limit:
            text = f"The {service} started {len(lately)} times within an hour."
            return Sign(on=True, since=min(lately), text=text)
    return Sign(on=False, since=now, text="The services run steadily again.")
