"""Pushing: what differs from the last push goes up; what others changed is merged in first."""

from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.syncer.archive import Archive, Upload
from services.syncer.corrections import PATH as CORRECTIONS
from services.syncer.corrections import Corrections
from services.syncer.done import Done
from services.syncer.effects import Job, Pause, Read, Report, Versions, Write
from services.syncer.local import Copy, Item, Local
from services.syncer.merging import Merged, Merger
from services.syncer.order import Order
from services.syncer.plan import batches, commit_message, days_ahead, lost_days, why_held
from services.syncer.records import Records
from services.syncer.remote import Blob, Change, Conflict, blob_version
from services.syncer.task import AggregatorRefused
from shared.errors import BadInput, Retryable

MOST_ATTEMPTS = 5  # against somebody who keeps changing the same files
CONFLICT_PAUSE_S = 4.0  # so that two who write at once do not meet again


@dataclass(slots=True)
class _Attempt:
    """What one attempt is to write; `last_days` and `asides` are by path."""

    changes: list[Change] = field(default_factory=list)
    last_days: dict[str, date] = field(default_factory=dict)
    asides: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)


class Pusher:
    """Makes jobs that push; `now` is the wall clock."""

    def __init__(
        self,
        local: Local,
        records: Records,
        archive: Archive,
        merger: Merger,
        corrections: Corrections,
        *,
        now: Callable[[], float],
    ) -> None:
        self._local = local
        self._records = records
        self._archive = archive
        self._merger = merger
        self._corrections = corrections
        self._now = now

    def unsynced(self, items: Sequence[Item]) -> list[Item]:
        """Return the items that differ from their last push."""
        return [item for item in items if self._differs(item)]

    def _differs(self, item: Item) -> bool:
        pushed = self._records.pushed(item.path)
        with suppress(FileNotFoundError, BadInput):
            if self._local.content(item) == pushed:
                return False  # without decoding: this is asked often
        copy = self._local.load(item)
        return copy is not None and copy.content != pushed

    def push(self, order: Order, revision: str = "") -> Job[Done]:
        """Push what an order names; raises Retryable when others change it faster than we merge.

        `revision` is the state of the remote up to which every change is known.
        """
        look = order.look
        done = Done(revision)
        for _ in range(MOST_ATTEMPTS):
            try:
                yield from self._attempt(order, done, look=look)
            except Conflict:
                look = True
                yield Pause(CONFLICT_PAUSE_S)
            else:
                return done
        raise Retryable(
            f"somebody else changed the remote {MOST_ATTEMPTS} times in a row",
            hint="does another monitor write to the same folder? Each needs its own",
        )

    def preview(self, items: Sequence[Item]) -> Job[Report]:
        """Tell what a push would do."""
        there = yield Versions("")
        years = (yield Versions("history")) if any("/" in item.path for item in items) else {}
        report: dict[str, Any] = {}
        for item in items:
            copy = self._local.load(item)
            name = item.path.rpartition("/")[2]
            version = (years if "/" in item.path else there).get(name)
            if copy is None:
                report[item.path] = "nothing to push"
            elif copy.version == version:
                report[item.path] = "unchanged"
            elif version not in (None, self._records.pushed_version(item.path)):
                report[item.path] = "changed there too: would be merged, then pushed"
            elif version and self._lost(item, copy, self._merger.base_days(item)):
                report[item.path] = "days are gone here: would be merged, then pushed or held"
            else:
                report[item.path] = "would be pushed"
        return {"would": report}

    def _attempt(self, order: Order, done: Done, *, look: bool) -> Job[None]:
        done.unchanged.clear()
        # First of all: what a person corrected elsewhere decides what may be merged here.
        attempt = _Attempt((yield from self._corrections.changes(look=look)))
        refused: AggregatorRefused | None = None
        for item in order.items:
            try:
                yield from self._prepare(item, order, done, attempt, look=look)
            except AggregatorRefused as error:
                refused = error  # the other files need not wait for it
        if order.archive:
            attempt.uploads = yield from self._archive.uploads(look=look)
        attempt.changes += [upload.change for upload in attempt.uploads]
        for batch in batches(attempt.changes):
            done.step((yield Write(batch, commit_message(batch, attempt.last_days))))
            self._note(batch, attempt, done)
        if refused:
            raise refused
        if look and not attempt.changes and not done.held:
            self._records.note_push(self._now(), {})

    def _note(self, batch: Sequence[Change], attempt: _Attempt, done: Done) -> None:
        """Remember what is there now; a crash before this only costs another look."""
        written = [change.path for change in batch]
        done.pushed += written
        done.aside += [f"{path}: {why}" for path, why in attempt.asides.items() if path in written]
        for change in batch:
            if change.path in attempt.last_days or change.path == CORRECTIONS:
                self._records.remember(change.path, change.content)
        archived = {
            upload.day.isoformat(): upload.kept
            for upload in attempt.uploads
            if upload.change.path in written
        }
        self._records.note_push(self._now(), archived)

    def _prepare(
        self, item: Item, order: Order, done: Done, attempt: _Attempt, *, look: bool
    ) -> Job[None]:
        """Add what must be written for an item, after merging what others wrote."""
        done.release(item.path)
        base, copy = self._records.pushed(item.path), self._local.load(item)
        before = self._merger.base_days(item)
        expected = None if base is None else blob_version(base)
        lost = bool(copy and self._lost(item, copy, before))
        merged = Merged()
        if look or lost or (base is None and copy is not None):
            remote: Blob | None = yield Read(item.path, base)
            known = {expected, copy.version if copy else None}
            expected = remote.version if remote else None
            if remote and (lost or expected not in known):
                merged = yield from self._merger.merge(item, remote)
                if merged.changed:
                    done.merged[item.path] = merged.changed
                copy = self._local.load(item)
            if copy and expected not in known and not merged.unreadable:
                gone = self._gone_there(item, copy, before, merged.fates)
                done.healed |= {item.path: gone} if gone else {}
        same = copy is not None and copy.version == expected
        if not order.force and (not same or (copy and self._lost(item, copy, before))):
            self._hold(item, copy, before | frozenset(merged.fates), merged, done)
        if copy is None or item.path in done.held:
            return
        if same:
            self._records.remember(item.path, copy.content)
            done.unchanged.append(item.path)
        else:
            self._add(item, copy, expected, merged, attempt)

    def _add(
        self, item: Item, copy: Copy, expected: str | None, merged: Merged, attempt: _Attempt
    ) -> None:
        """Add a document to what is to be written, and what it must not destroy."""
        attempt.last_days[item.path] = max(self._local.days(copy.document.buckets))
        if merged.aside:
            attempt.asides[merged.aside.path] = merged.why_aside
            attempt.changes.append(merged.aside)
        attempt.changes.append(Change(item.path, copy.content, expected))

    def _gone_there(
        self, item: Item, copy: Copy, before: Iterable[date], there: Container[date]
    ) -> list[str]:
        """Return the days of our last push that the remote has no more, and that are here."""
        here = self._local.days(copy.document.buckets)
        gone = lost_days(before, there, self._local.since(item, self._now()))
        return [day.isoformat() for day in gone if day in here]

    def _lost(self, item: Item, copy: Copy, before: Iterable[date]) -> list[date]:
        """Return the days of before that should be here and are not."""
        here = self._local.days(copy.document.buckets)
        return lost_days(before, here, self._local.since(item, self._now()))

    def _hold(
        self, item: Item, copy: Copy | None, known: frozenset[date], merged: Merged, done: Done
    ) -> None:
        """Note whether a push must wait: known days are gone here, or not over yet."""
        ahead = days_ahead(known, self._local.zone.day_of(self._now()))
        gone = sorted({*ahead, *(self._lost(item, copy, known) if copy else ())})
        if gone:
            done.hold(item.path, gone, why_held(gone, merged.days("corrected"), ahead))
