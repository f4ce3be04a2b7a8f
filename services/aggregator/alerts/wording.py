"""How times and spans are written in the texts of alerts."""

from shared.times import Zone

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def length(seconds: float) -> str:
    """Write how long something took: 40 s, 12 min, 2 h 20 min, 3 d 4 h."""
    whole = max(0, round(seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    minutes = round(whole / _MINUTE_S)
    if minutes < _HOUR_S // _MINUTE_S:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < _DAY_S // _HOUR_S:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def moment(zone: Zone, instant: float) -> str:
    """Write an instant to the minute, with its date: 2026-11-22 14:20."""
    return zone.iso(instant)[:16].replace("T", " ")


def lasted(
    zone: Zone,
    since: float | None,
    until: float | None,
    times: int = 1,
    at_most_s: float | None = None,
) -> str:
    """Say how long it was, and how often it came and went; "" where no clock knew.

    With `at_most_s` it was so for a part of that time, and nobody knows which.
    """
    if since is None or until is None:
        return ""
    end = moment(zone, until)
    if zone.day_of(since) == zone.day_of(until):
        end = end[11:]
    often = f", {times} times" if times > 1 else ""
    if at_most_s is not None:
        begin = moment(zone, since)
        return f" At most {length(at_most_s)}{often}, at some time from {begin} to {end}."
    return f" {length(until - since)}{often}, from {moment(zone, since)} to {end}."
