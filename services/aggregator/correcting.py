"""The command `correct`: what would change, what it was before, and the change itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from services.aggregator.aggregator import Aggregator
from services.aggregator.corrections import (
    Correction,
    DayCorrection,
    ReadingCorrection,
    decode_correction,
)
from shared.bucket import encode_bucket, named_day
from shared.errors import BadInput, Refused
from shared.fields import flag, instant
from shared.messages import Request, reading_object

_MOST_SHOWN = 20  # readings that an answer shows
_DAY = timedelta(days=1)  # no reading speaks of time further away


@dataclass(slots=True)
class _Plan:
    """What a correction touches: `apply` does it."""

    apply: Callable[[], object]
    days: set[date] = field(default_factory=set)
    readings: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)


class Correcting:
    """Drops or sets readings, or, where only the day is left, a day."""

    def __init__(self, aggregator: Aggregator) -> None:
        self._aggregator = aggregator

    def correct(self, request: Request, now: float, tick: float) -> Mapping[str, Any]:
        """Correct, or with `dry_run` only tell what would be; answers with the days' buckets."""
        made = self._aggregator.history.ledger.next_made(now)
        correction = decode_correction(request.arguments, made)
        dry_run = flag(request.arguments.get("dry_run"), "dry_run")
        if isinstance(correction, DayCorrection):
            plan = self._of_day(correction, now)
        else:
            plan = self._of_readings(correction)
        before = self._buckets(plan.days)
        answer = {
            "days": [day.isoformat() for day in sorted(plan.days)],
            "readings": plan.readings,
            "before": before,
        }
        if dry_run:
            return {**answer, "selected": plan.shown}
        plan.apply()
        self._aggregator.refresh(now=now, tick=tick, reason="command")
        return {**answer, "after": self._buckets(plan.days)}

    def adopt(self, raw: Iterable[Any], now: float, tick: float) -> Mapping[str, int]:
        """Keep records of corrections made elsewhere, or here before all was lost.

        Those there are already change nothing; one that nobody can read does not keep the others.
        """
        given = [correction for one in raw if (correction := _record(one))]
        new = self._aggregator.history.ledger.unknown(given)
        if new:
            # Marked before they are kept: a crash in between costs a rollup, never a day.
            self._aggregator.touch(self._days_touched(new))
            self._aggregator.history.ledger.add(*new)
            self._aggregator.rollups.replay()
            self._aggregator.refresh(now=now, tick=tick, reason="restore")
        return {"corrections": len(new), "known": len(given) - len(new)}

    def _days_touched(self, corrections: Iterable[Correction]) -> set[date]:
        """Return the days whose readings are here and may be others now."""
        zone, journal = self._aggregator.zone, self._aggregator.history.journal
        there = {day + step for day in journal.days() for step in (-_DAY, timedelta(0), _DAY)}
        touched: set[date] = set()
        for correction in corrections:
            if isinstance(correction, ReadingCorrection):
                first, last = map(zone.day_of, correction.span())
                touched |= {day for day in there if first - _DAY <= day <= last + _DAY}
        return touched

    def _of_day(self, correction: DayCorrection, now: float) -> _Plan:
        history, day = self._aggregator.history, correction.day
        if day >= self._aggregator.zone.day_of(now):
            raise Refused(f"{day} is not over yet", hint="correct its readings instead")
        if correction.bucket and named_day(self._aggregator.zone, correction.bucket) != day:
            raise BadInput(f"bucket: its timestamp is not of {day}")
        if history.journal.has(day):
            raise Refused(
                f"the readings of {day} are still here: correct those",
                hint='{"timestamp": ...} or {"from": ..., "to": ...} instead of {"date": ...}',
            )
        if correction.bucket is None and history.book.get(day) is None:
            raise Refused(
                f"there is nothing of {day}", hint="yearly.json shows which days there are"
            )
        if correction.bucket:
            start = self._aggregator.zone.day_start(day)
            correction = replace(correction, bucket=replace(correction.bucket, time=start))
        return _Plan(lambda: self._book(correction), {day})

    def _book(self, correction: DayCorrection) -> None:
        self._aggregator.history.ledger.add(correction)
        units = self._aggregator.rollups.units.table()
        self._aggregator.history.book.update({correction.day: correction.bucket}, units)

    def _of_readings(self, correction: ReadingCorrection) -> _Plan:
        history, zone = self._aggregator.history, self._aggregator.zone
        since, until = correction.span()
        reach = until + 1e-3 if correction.until is None else until
        plan = _Plan(lambda: self._touch(correction, plan.days))
        for reading in history.journal.readings(since, reach):
            if correction.selects(reading.time):
                plan.readings += 1
                plan.days |= history.days_spoken_of([reading])
                if plan.readings <= _MOST_SHOWN:
                    plan.shown.append(reading_object(reading, zone.iso(reading.time)))
        if not plan.readings:
            raise Refused(
                "no reading there, so nothing to correct",
                hint='daily.json has the timestamps; {"date": ...} corrects an older day',
            )
        return plan

    def _touch(self, correction: ReadingCorrection, days: Iterable[date]) -> None:
        # Marked before it is kept: a crash in between costs a rollup, never a day.
        self._aggregator.touch(days)
        self._aggregator.history.ledger.add(correction)

    def _buckets(self, days: Iterable[date]) -> dict[str, Any]:
        zone = self._aggregator.zone
        found = {day: self._aggregator.bucket_of(day) for day in sorted(days)}
        return {
            day.isoformat(): bucket and encode_bucket(bucket, zone) for day, bucket in found.items()
        }


def _record(raw: Any) -> Correction | None:
    """Return the correction of a record, None when it is none that this version knows."""
    try:
        return decode_correction(raw, instant(raw.get("made"), "made"))
    except (AttributeError, BadInput):
        return None
