"""Means of old files: how long each is, and what finer points leave to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from cli.importing.cover import Cover, Span
from shared.reading import MAX_INTERVAL_S
from shared.times import Zone

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
_SHORT_S = 12 * _HOUR_S  # means of hours
_ABOUT_A_DAY_S = 36 * _HOUR_S
_NEARLY_S = 4 * _HOUR_S  # so far from whole days a spacing may be: clocks change, a job was late
_LONGEST_S = 31.5 * _DAY_S  # nobody kept means of more than a month: that is a gap
_STILL_NEXT = 1.5  # spacings: months differ; at twice the spacing a point lacks


@dataclass(frozen=True, slots=True)
class Finer:
    """The time that samples, means of hours and means of days speak of, in all files together."""

    samples: Cover = field(default_factory=Cover)
    hours: Cover = field(default_factory=Cover)
    days: Cover = field(default_factory=Cover)

    def note_mean(self, start: float, end: float) -> None:
        """Take a mean over [start, end) that goes before longer ones."""
        if end - start <= _SHORT_S:
            self.hours.note(start, end)
        elif end - start <= _ABOUT_A_DAY_S:
            self.days.note(start, end)

    def left_of(self, start: float, end: float, zone: Zone) -> Iterator[Span]:
        """Yield what is left for a mean over [start, end): day by day if it is longer than one."""
        covers = [self.samples]
        covers += [self.hours] if end - start > _SHORT_S else []
        covers += [self.days] if end - start > _ABOUT_A_DAY_S else []
        for span in _days(start, end, zone):
            left = [span]
            for cover in covers:
                left = [rest for begin, until in left for rest in cover.left_of(begin, until)]
            yield from left


def usual_length(spacing_s: float | None) -> float:
    """Return how long a file's means are: as far as they are apart, or a day if nobody knows."""
    return _DAY_S if spacing_s is None or spacing_s > _LONGEST_S else spacing_s


def mean_end(spacing_s: float | None, time: float, following: float | None, zone: Zone) -> float:
    """Return where a mean ends that begins at `time`, in a file of that spacing.

    `following` is when the mean after it begins, None when it is the last.
    """
    length = usual_length(spacing_s)
    end = _later(time, length, zone)
    if following is None:
        return end
    if length > _ABOUT_A_DAY_S and following < time + _STILL_NEXT * length:
        return following
    return min(end, following)


def _later(time: float, length: float, zone: Zone) -> float:
    """Return the time a length later; whole days from a midnight are days of the calendar."""
    days = round(length / _DAY_S)
    if not days or abs(length - days * _DAY_S) > _NEARLY_S:
        return time + length
    day = zone.day_of(time)
    if time == zone.day_start(day):
        return zone.day_start(day + timedelta(days))
    return time + days * _DAY_S


def _days(start: float, end: float, zone: Zone) -> Iterator[Span]:
    """Part a stretch at midnight if it is longer than one reading can speak for."""
    while end - start > MAX_INTERVAL_S:
        midnight = zone.day_end(zone.day_of(start))
        yield start, midnight
        start = midnight
    yield start, end
