"""Merging a remote copy: the aggregator decides day by day, here it is asked and told on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.syncer.effects import Ask, Job, Report
from services.syncer.local import Item, Local
from services.syncer.migrate import beyond, read_document
from services.syncer.plan import MergeOrder, fate, merge_requests
from services.syncer.records import Records
from services.syncer.remote import ANY, Blob, Change
from shared.bucket import Bucket
from shared.documents import Document
from shared.errors import BadInput

_FIELDS = ("energy_kwh", "export_kwh", "samples", "coverage", "corrected")
_SHORT = 7  # characters of a version, as git shows it
Trial = dict[date, Bucket]  # what earlier merges of the same dry run would have brought


@dataclass(frozen=True, slots=True)
class Fate:
    """What a remote day met here, and what became of it: see `plan.fate`."""

    here: Bucket | None
    there: Bucket
    what: str

    def report(self, day: date) -> Report:
        """Return it for a response."""
        return {
            "date": day.isoformat(),
            "change": self.what,
            "here_kwh": self.here and self.here.energy_kwh,
            "there_kwh": self.there.energy_kwh,
            "differs": self.differs,
        }

    @property
    def differs(self) -> list[str]:
        """Name the fields in which the two are different, [] where there is nothing here."""
        if self.here is None:
            return []
        metrics = self.here.metrics.keys() | self.there.metrics.keys()
        return [
            *(name for name in _FIELDS if getattr(self.here, name) != getattr(self.there, name)),
            *sorted(
                name
                for name in metrics
                if self.here.metrics.get(name) != self.there.metrics.get(name)
            ),
        ]


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a remote copy: its days, or why nobody can use it.

    `why_aside` says why its content is kept beside when it is written over.
    """

    fates: Mapping[date, Fate] = field(default_factory=dict)
    unreadable: str = ""
    aside: Change | None = None  # what to write so that nothing of the copy is lost
    why_aside: str = ""

    @property
    def whole(self) -> bool:
        """Whether all of it was taken, so that it may be the base of the next merge."""
        return self.aside is None and not self.days("ahead")

    @property
    def changed(self) -> list[str]:
        """The days that are otherwise here than before."""
        return [day.isoformat() for day in self.days("new", "theirs")]

    def days(self, *whats: str) -> list[date]:
        """Return the days that met such a fate, in order."""
        return [day for day, fate in sorted(self.fates.items()) if fate.what in whats]

    def report(self) -> Report:
        """Return it for a response; days that are the same are left out."""
        if self.unreadable:
            return {"unreadable": self.unreadable}
        days = [one.report(day) for day, one in sorted(self.fates.items()) if one.what != "same"]
        return {"remote_days": len(self.fates), "days": days}


class Merger:
    """Makes jobs that merge."""

    def __init__(self, local: Local, records: Records) -> None:
        self._local = local
        self._records = records

    def merge(
        self, item: Item, remote: Blob, *, fresh: bool = False, trial: Trial | None = None
    ) -> Job[Merged]:
        """Have the aggregator merge a remote copy, three-way unless `fresh`.

        With `trial` nothing is changed but the trial, and the answer is what a merge would be.
        """
        try:
            theirs = read_document(remote.content, item.tier, self._local.zone)
        except BadInput as error:
            aside = _beside(item, "unreadable", remote)
            return Merged(unreadable=str(error), aside=aside, why_aside=str(error))
        there = self._local.days(theirs.buckets)
        here = self._local.booked(there) | (trial or {})
        assumed = None if trial is None else sorted(trial.values(), key=lambda one: one.time)
        base = None if fresh else self.base(item)
        order = MergeOrder(item.merge_tier, theirs, base, assumed)
        changed: set[str] = set()
        refused: dict[str, str] = {}
        for request in merge_requests(order, self._local.zone):
            answer: Mapping[str, Any] = yield Ask("merge", request)
            changed |= set(answer.get("changed", ()))
            refused |= answer.get("refused", {})
        fates = {}
        for day, bucket in there.items():
            name = day.isoformat()
            what = fate(
                here.get(day), bucket, changed=name in changed, refused=refused.get(name, "")
            )
            fates[day] = Fate(here.get(day), bucket, what)
        if trial is not None:
            trial |= {day: one.there for day, one in fates.items() if one.what in {"new", "theirs"}}
        why = beyond(remote.content)
        return Merged(fates, aside=_beside(item, "before", remote) if why else None, why_aside=why)

    def base(self, item: Item) -> Document | None:
        """Return the document of our last push."""
        content = self._records.pushed(item.path)
        if content is None:
            return None
        try:
            return read_document(content, item.tier, self._local.zone)
        except BadInput:
            return None

    def base_days(self, item: Item) -> frozenset[date]:
        """Return the days of our last push."""
        document = self.base(item)
        return frozenset(self._local.days(document.buckets) if document else ())


def _beside(item: Item, word: str, remote: Blob) -> Change:
    """Return how to keep a remote file: another content has another name."""
    return Change(f"{item.path}.{word}-{remote.version[:_SHORT]}", remote.content, ANY)
