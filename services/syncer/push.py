"""Pushing: what differs from the last push goes up; what others changed is merged in first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.syncer.archive import Archive, Upload
from services.syncer.effects import Ask, Job, Read, Report, Versions, Write
from services.syncer.local import Copy, Item, Local
from services.syncer.migrate import read_document
from services.syncer.plan import batches, commit_message, days_ahead, lost_days, merge_requests
from services.syncer.records import Records
from services.syncer.remote import ANY, Blob, Change, Conflict, blob_version
from services.syncer.task import AggregatorRefused
from shared.documents import Document
from shared.errors import BadInput, Retryable

MOST_ATTEMPTS = 5  # against somebody who keeps changing the same files
_SHORT = 7  # characters of a version, as git shows it


@dataclass(frozen=True, slots=True)
class Order:
    """What to push: some items; `look` at the remote even if nothing seems to differ.

    `force` pushes a document that has lost days, `archive` takes finished days' readings along.
    """

    items: Sequence[Item]
    look: bool = False
    force: bool = False
    archive: bool = False


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What became of a remote copy: `days` it has, and what to write so that nothing is lost.

    `whole` says whether all of it was taken, so that it may be the base of the next merge.
    """

    days: frozenset[date] = frozenset()
    aside: Sequence[Change] = ()
    whole: bool = False


@dataclass(slots=True)
class Done:
    """What a push did, by path; `held` is path -> days lost here, `aside` what was unreadable.

    `ahead` is path -> days there that are not over yet by our clock; a push holds for them, too.
    """

    pushed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    merged: dict[str, list[str]] = field(default_factory=dict)
    held: dict[str, list[str]] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    ahead: dict[str, list[str]] = field(default_factory=dict)

    def report(self) -> Report:
        """Return it for a response."""
        return {
            "pushed": self.pushed,
            "unchanged": self.unchanged,
            "merged": self.merged,
            "held": self.held,
            "kept_aside": self.aside,
        }


class Pusher:
    """Makes jobs that push; `now` is the wall clock."""

    def __init__(
        self, local: Local, records: Records, archive: Archive, now: Callable[[], float]
    ) -> None:
        self._local = local
        self._records = records
        self._archive = archive
        self._now = now

    def unsynced(self, items: Sequence[Item]) -> list[Item]:
        """Return the items that differ from their last push."""
        return [item for item in items if self._differs(item)]

    def _differs(self, item: Item) -> bool:
        pushed = self._records.pushed(item.path)
        if pushed is not None and item.file.exists() and item.file.read_bytes() == pushed:
            return False  # without decoding: this is asked often
        copy = self._local.load(item)
        return copy is not None and copy.content != pushed

    def push(self, order: Order) -> Job[Done]:
        """Push what an order names; raises Retryable when others change it faster than we merge."""
        look = order.look
        done = Done()
        for _ in range(MOST_ATTEMPTS):
            try:
                yield from self._attempt(order, done, look=look)
            except Conflict:
                look = True
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
            elif version in (None, self._records.pushed_version(item.path)):
                report[item.path] = "would be pushed"
            else:
                report[item.path] = "changed there too: would be merged, then pushed"
        return {"would": report}

    def _attempt(self, order: Order, done: Done, *, look: bool) -> Job[None]:
        done.unchanged.clear()
        changes: list[Change] = []
        last_days: dict[str, date] = {}
        refused: AggregatorRefused | None = None
        for item in order.items:
            try:
                changes += yield from self._prepare(item, order, done, last_days, look=look)
            except AggregatorRefused as error:
                refused = error  # the other files need not wait for it
        uploads: list[Upload] = []
        if order.archive:
            uploads = yield from self._archive.uploads(look=look)
        changes += [upload.change for upload in uploads]
        for batch in batches(changes):
            yield Write(batch, commit_message(batch, last_days))
            self._note(batch, last_days, uploads)
            done.pushed += [change.path for change in batch]
        if refused:
            raise refused
        if look and not changes and not done.held:
            self._records.note_push(self._now(), {})

    def _note(
        self, batch: Sequence[Change], last_days: Mapping[str, date], uploads: Sequence[Upload]
    ) -> None:
        """Remember what is there now; a crash before this only costs another look."""
        written = {change.path for change in batch}
        for change in batch:
            if change.path in last_days:
                self._records.remember(change.path, change.content)
        archived = {
            upload.day.isoformat(): upload.stamp
            for upload in uploads
            if upload.change.path in written
        }
        self._records.note_push(self._now(), archived)

    def _prepare(
        self, item: Item, order: Order, done: Done, last_days: dict[str, date], *, look: bool
    ) -> Job[list[Change]]:
        """Return what must be written for an item, after merging what others wrote."""
        base, copy = self._records.pushed(item.path), self._local.load(item)
        expected = None if base is None else blob_version(base)
        absorbed = Absorbed()
        if look or (base is None and copy is not None):
            remote: Blob | None = yield Read(item.path, base)
            known = {expected, copy.version if copy else None}
            expected = remote.version if remote else None
            if remote and expected not in known:
                absorbed = yield from self.absorb(item, remote, done)
                copy = self._local.load(item)
        if copy is None:
            self._note_ahead(item, done, absorbed.days)
            if item.path in done.ahead and not order.force:
                done.held[item.path] = done.ahead[item.path]
            return []
        if copy.version == expected:
            self._records.remember(item.path, copy.content)
            done.unchanged.append(item.path)
            return []
        if self._holds(item, copy, order, done, absorbed.days):
            return []
        last_days[item.path] = max(self._local.days(copy.document.buckets))
        return [*absorbed.aside, Change(item.path, copy.content, expected)]

    def absorb(self, item: Item, remote: Blob, done: Done, *, fresh: bool = False) -> Job[Absorbed]:
        """Have the aggregator merge a remote copy, three-way unless `fresh`.

        A copy that nobody can use is kept beside.
        """
        try:
            theirs = read_document(remote.content, item.tier, self._local.zone)
        except BadInput as error:
            aside = f"{item.path}.unreadable-{remote.version[:_SHORT]}"
            done.aside.append(f"{aside}: {error}")
            return Absorbed(aside=[Change(aside, remote.content, ANY)])
        days = frozenset(self._local.days(theirs.buckets))
        ahead = days_ahead(days, self._today())
        if ahead:
            done.ahead[item.path] = [day.isoformat() for day in ahead]
        base = None if fresh else self.base(item)
        requests = merge_requests(item.merge_tier, theirs, base, "restore", self._local.zone)
        changed: list[str] = []
        whole = not ahead
        for request in requests:
            answer = yield Ask("merge", request)
            changed += answer.get("changed", [])
            whole = whole and not answer.get("refused")
        done.merged[item.path] = changed
        return Absorbed(days, whole=whole)

    def _today(self) -> date:
        return self._local.zone.day_of(self._now())

    def base(self, item: Item) -> Document | None:
        """Return the document of our last push."""
        content = self._records.pushed(item.path)
        if content is None:
            return None
        try:
            return read_document(content, item.tier, self._local.zone)
        except BadInput:
            return None

    def _holds(
        self, item: Item, copy: Copy, order: Order, done: Done, there: frozenset[date]
    ) -> bool:
        """Say whether a push must wait for a person: days are gone that should be there.

        `there` are the days of the remote copy, as far as it was looked at.
        """
        done.held.pop(item.path, None)
        done.ahead.pop(item.path, None)
        if order.force:
            return False
        before = self._note_ahead(item, done, there)
        here = self._local.days(copy.document.buckets)
        ahead = days_ahead(before, self._today())
        lost = sorted({*ahead, *lost_days(before, here, self._local.since(item, self._now()))})
        if lost:
            done.held[item.path] = [day.isoformat() for day in lost]
        return bool(lost)

    def _note_ahead(self, item: Item, done: Done, there: frozenset[date]) -> frozenset[date]:
        """Note the days there that are not over by our clock; return all that we know of there."""
        base = self.base(item)
        before = there | frozenset(self._local.days(base.buckets) if base else ())
        ahead = days_ahead(before, self._today())
        if ahead:
            done.ahead[item.path] = [day.isoformat() for day in ahead]
        return before
