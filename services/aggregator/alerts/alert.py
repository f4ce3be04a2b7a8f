"""One alert from its start to its end: told once each, a reminder daily, calm when it flaps."""

from dataclasses import dataclass, replace
from enum import StrEnum

HOLD_S = 60.0  # gone for so long it is over,
LONGEST_HOLD_S = 4 * 3600.0  # twice as long each time it comes back within a day, up to this
CALM_S = 86400.0
REMIND_S = 86400.0
_MOST_RETURNS = 16


@dataclass(frozen=True, slots=True)
class Sign:
    """What one look found: whether it is so, and since when; `since` is None if no clock knew.

    `at_most_s` is given where it was so for a part of a time only, and nobody knows which.
    """

    on: bool
    since: float | None
    text: str
    at_most_s: float | None = None


class Moment(StrEnum):
    """What there is to tell of an alert."""

    START = "start"
    REMINDER = "reminder"
    END = "end"


@dataclass(frozen=True, slots=True)
class Alert:
    """What is remembered of one alert; times in seconds since 1970 UTC.

    `told` is whether its start was told and its end was not; `times` counts how often it came and
    went meanwhile; `returns` how often it started anew within a day of its last end.
    """

    on: bool = False
    since: float | None = None
    until: float | None = None
    text: str = ""
    times: int = 0
    returns: int = 0
    told: bool = False
    told_at: float = 0.0
    at_most_s: float | None = None


def looked(alert: Alert, sign: Sign | None, now: float) -> Alert:
    """Return the alert after a look; None leaves it as it is, because nobody knows."""
    if sign is None:
        return alert
    return _seen(alert, sign, now) if sign.on else _gone(alert, sign, now)


def tell(alert: Alert, now: float) -> tuple[Alert, Moment | None]:
    """Return what there is to tell now, and the alert after that."""
    if alert.on and not alert.told:
        return replace(alert, told=True, told_at=now), Moment.START
    if alert.told and not alert.on:
        return replace(alert, told=False, told_at=now), Moment.END
    if not alert.on or alert.until is not None:
        return alert, None
    if now < alert.told_at:  # the clock went back
        return replace(alert, told_at=now), None
    if now - alert.told_at >= REMIND_S:
        return replace(alert, told_at=now), Moment.REMINDER
    return alert, None


def hold_s(alert: Alert) -> float:
    """Return how long it must be gone to be over."""
    return min(HOLD_S * 2.0**alert.returns, LONGEST_HOLD_S)


def _seen(alert: Alert, sign: Sign, now: float) -> Alert:
    if alert.on or alert.told:
        return _again(alert, sign)
    soon = alert.until is not None and 0 <= now - alert.until < CALM_S
    returns = min(alert.returns + 1, _MOST_RETURNS) if soon else 0
    return Alert(
        on=True,
        since=sign.since,
        text=sign.text,
        times=1,
        returns=returns,
        at_most_s=sign.at_most_s,
    )


def _again(alert: Alert, sign: Sign) -> Alert:
    """Go on with an alert that is told, or is to be, and of which this is another sign."""
    if alert.until is None:
        return replace(alert, on=True, text=sign.text, at_most_s=sign.at_most_s)
    at_most_s = _both(alert.at_most_s, sign.at_most_s)
    if alert.at_most_s is not None and at_most_s is None:
        # What was so for a part of a time is over; what lasts now is told as its own.
        return replace(alert, on=False)
    times = alert.times + 1
    return replace(alert, on=True, until=None, text=sign.text, times=times, at_most_s=at_most_s)


def _both(one_s: float | None, other_s: float | None) -> float | None:
    return None if one_s is None or other_s is None else one_s + other_s


def _gone(alert: Alert, sign: Sign, now: float) -> Alert:
    if not alert.on:
        return alert
    until = alert.until
    if until is None:
        until = now if sign.since is None else max(sign.since, alert.since or 0.0)
    until = min(until, now)  # also where the clock went back
    over = now - until >= hold_s(alert)
    return replace(alert, on=not over, until=until, text=sign.text)
