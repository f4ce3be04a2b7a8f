"""The aggregator's commands: each checks its request, does it, and says what it did."""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from services.aggregator.aggregator import Aggregator
from services.aggregator.correcting import Correcting
from services.aggregator.merge import may_replace, merge
from services.aggregator.tiers import MONTHLY, ROLLED_UP, YEARLY
from shared.bucket import Bucket, check_known, decode_bucket, named_day
from shared.documents import document_of
from shared.errors import BadInput, Refused
from shared.fields import flag, instant
from shared.messages import Request
from shared.reading import Reading, decode_reading

_MOST_GAPS = 2000  # fits a message; whoever fills them asks again
_MERGE_REASONS = ("restore", "import", "command")
_NEVER = float("-inf")
_LATE_HINT = "is the clock right? date -u; it becomes believable with the time server's answer"


class Commands:
    """What `request/aggregator/...` asks for. `now` and `tick` are the wall and monotonic clock."""

    def __init__(
        self,
        aggregator: Aggregator,
        configured: frozenset[str],
        backfill_days: float,
        clocks: Callable[[], tuple[float, float]],
    ) -> None:
        self._aggregator = aggregator
        self._correcting = Correcting(aggregator)
        self._configured = configured
        self._backfill_s = backfill_days * 86400.0
        self._clocks = clocks

    def table(self) -> Mapping[str, Callable[[Request], Mapping[str, Any]]]:
        """Return command -> what carries it out."""
        return {
            "rollup": self.rollup,
            "rebuild": self.rebuild,
            "correct": self.correct,
            "gaps": self.gaps,
            "merge": self.merge,
            "import": self.import_,
        }

    def rollup(self, request: Request) -> Mapping[str, Any]:
        """Roll up one tier, or all."""
        name = request.get("tier")
        tiers = [tier for tier in ROLLED_UP if name in (tier.name, "all", "", None)]
        if not tiers:
            raise Refused(
                f"no tier {str(name)[:40]!r} to roll up", hint="weekly, monthly, yearly or all"
            )
        now, _ = self._clocks_of_writer()
        return {"tiers": self._aggregator.rollups.run(now, reason="command", tiers=tiers)}

    def rebuild(self, _request: Request) -> Mapping[str, Any]:
        """Make every document anew from journal, book and corrections."""
        now, tick = self._clocks_of_writer()
        days = self._aggregator.rebuild()
        self._aggregator.refresh(now=now, tick=tick, reason="command")
        return {"days": days, "tiers": self._points()}

    def correct(self, request: Request) -> Mapping[str, Any]:
        """Drop or set readings, or, where only the day is left, a day."""
        now, tick = self._clocks_of_writer()
        return self._correcting.correct(request, now, tick)

    def gaps(self, request: Request) -> Mapping[str, Any]:
        """Tell which time since `since` no reading speaks for."""
        now, _ = self._clocks()
        raw = request.get("since")
        since = now - self._backfill_s if raw in (None, "") else instant(raw, "since")
        until = (
            instant(request.arguments["until"], "until") if "until" in request.arguments else now
        )
        exact = flag(request.arguments.get("exact"), "exact")
        found = self._aggregator.history.gaps(since, min(until, now), exact=exact, now=now)
        iso = self._aggregator.zone.iso
        return {
            "gaps": [[iso(start), iso(end)] for start, end in found[:_MOST_GAPS]],
            "more": len(found) > _MOST_GAPS,
        }

    def merge(self, request: Request) -> Mapping[str, Any]:
        """Merge another copy of the daily buckets into the book; `dry_run` only tells.

        `assumed` has the days that earlier parts of the same dry run would have brought.
        """
        now, tick = self._clocks_of_writer()
        tier = request.arguments.get("tier")
        if tier not in (MONTHLY.name, YEARLY.name):
            raise BadInput("tier: must be monthly or yearly")
        theirs, units = self._days_of(request.arguments.get("document"), tier)
        base = request.arguments.get("base")
        ours = {day: bucket for day in theirs if (bucket := self._aggregator.history.book.get(day))}
        dry_run = flag(request.arguments.get("dry_run"), "dry_run")
        assumed = request.arguments.get("assumed")
        if dry_run and assumed is not None:
            ours |= self._days_of(assumed, tier)[0]
        wanted = merge(None if base is None else self._days_of(base, tier)[0], ours, theirs)
        refused = self._refused(wanted, ours, now)
        changes = {day: bucket for day, bucket in wanted.items() if day not in refused}
        if not dry_run:
            self._aggregator.rollups.units.add(units)
            self._update_book(changes)
            reason = request.arguments.get("reason")
            self._aggregator.refresh(
                now=now, tick=tick, reason=reason if reason in _MERGE_REASONS else _MERGE_REASONS[0]
            )
        return {
            "changed": [day.isoformat() for day in sorted(changes)],
            "refused": {day.isoformat(): why for day, why in sorted(refused.items())},
            "days": len(theirs),
        }

    def import_(self, request: Request) -> Mapping[str, Any]:
        """Take readings or daily buckets; nothing of them if one is wrong. Or corrections."""
        readings, buckets = request.arguments.get("readings"), request.arguments.get("buckets")
        corrections = request.arguments.get("corrections")
        if isinstance(corrections, list) and readings is buckets is None:
            return self._correcting.adopt(corrections, *self._clocks_of_writer())
        if isinstance(readings, list) and buckets is None:
            archived = flag(request.arguments.get("archive"), "archive")
            return self._import_readings(readings, archived=archived)
        if isinstance(buckets, list) and readings is None:
            return self._import_buckets(buckets)
        raise BadInput('import needs either {"readings": [...]} or {"buckets": [...]}')

    def _days_of(self, raw: Any, tier: str) -> tuple[dict[date, Bucket], Mapping[str, str]]:
        document = document_of(raw, tier)
        days = {named_day(self._aggregator.zone, bucket): bucket for bucket in document.buckets}
        if len(days) < len(document.buckets):
            raise BadInput("document: more than one point of a day")
        return days, document.units

    def _refused(
        self, changes: Mapping[date, Bucket], ours: Container[date], now: float
    ) -> dict[date, str]:
        """Return the days that may not be changed so: not over yet, or corrected by a person since.

        `ours` are the days there are already.
        """
        today = self._aggregator.zone.day_of(now)
        refused = {}
        for day, bucket in changes.items():
            if day >= today:
                refused[day] = "ahead"
            elif self._corrected_at(day, bucket, known=day in ours) > bucket.standing[0]:
                refused[day] = "corrected"
        return refused

    def _corrected_at(self, day: date, bucket: Bucket, *, known: bool) -> float:
        """Return when a person last corrected a day, or dropped what a bucket unknown here says."""
        history = self._aggregator.history
        fixed = history.ledger.of_day(day)
        return max(
            fixed.made if fixed else _NEVER, _NEVER if known else history.emptied(day, bucket)
        )

    def _update_book(self, changes: Mapping[date, Bucket | None]) -> None:
        history, units = self._aggregator.history, self._aggregator.rollups.units
        history.book.update(changes, units.table())

    def _import_readings(self, raw: list[Any], *, archived: bool) -> Mapping[str, Any]:
        now, tick = self._clocks()
        readings = [self._reading(number, item) for number, item in enumerate(raw)]
        lost = self._aggregator.take(
            readings, now=now, tick=tick, reason="import", archived=archived
        )
        return {"readings": len(readings) - lost, "too_late": lost}

    def _reading(self, number: int, raw: Any) -> Reading:
        try:
            return decode_reading(raw, self._configured, self._aggregator.heartbeat)
        except BadInput as error:
            raise BadInput(f"readings[{number}]: {error}") from None

    def _import_buckets(self, raw: list[Any]) -> Mapping[str, Any]:
        now, tick = self._clocks_of_writer()
        zone, book = self._aggregator.zone, self._aggregator.history.book
        given: dict[date, Bucket] = {}
        for number, item in enumerate(raw):
            try:
                bucket = check_known(decode_bucket(item))
            except BadInput as error:
                raise BadInput(f"buckets[{number}]: {error}") from None
            day = named_day(zone, bucket)
            if day in given:
                raise BadInput(f"buckets[{number}]: another one of {day}")
            given[day] = replace(bucket, time=zone.day_start(day))
        known = {day for day in given if book.get(day)}
        refused = self._refused(given, known, now)
        changes = {
            day: bucket
            for day, bucket in given.items()
            if day not in refused and book.get(day) != bucket and may_replace(book.get(day), bucket)
        }
        self._update_book(changes)
        self._aggregator.refresh(now=now, tick=tick, reason="import")
        early = sum(day >= zone.day_of(now) for day in given)
        kept = len(given) - len(changes) - early
        return {"buckets": len(changes), "kept": kept, "not_over_yet": early}

    def _points(self) -> dict[str, int]:
        return dict(self._aggregator.rollups.points)

    def _clocks_of_writer(self) -> tuple[float, float]:
        """Return the clocks, or refuse while no document can be dated."""
        if self._aggregator.daily.day is None:
            raise Refused("the clock is not believable yet", hint=_LATE_HINT)
        return self._clocks()
