"""Decisions of a push and a fetch, free of files and network."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

from services.syncer.remote import Change
from shared.bucket import Bucket
from shared.documents import Document, encode_document
from shared.messages import MAX_MERGE_BYTES
from shared.times import Zone

COMMIT_BYTES = 4 * 1024 * 1024  # of one commit: bounds memory and the time of a request
PART_BYTES = MAX_MERGE_BYTES - 64 * 1024  # of a merge request, the base of its days included
_NAMED_DAYS = 3
_SLACK_S = 2 * 86400.0  # a day named in another zone begins at another time
Days = Mapping[date, Bucket]


def lost_days(there: Iterable[date], local: Container[date], since: date | None) -> list[date]:
    """Return the days that are there and not here, though they should be.

    `since` is the first day the file covers now, None when it covers all days for ever. There is
    no last one: a clock that is behind must not make newer days dispensable.
    """
    days = set(there)
    return sorted(day for day in days if day not in local and (since is None or day >= since))


def days_ahead(days: Iterable[date], today: date) -> list[date]:
    """Return the days that can't be over yet: this clock is behind, or theirs was ahead."""
    return sorted(day for day in set(days) if day >= today)


def fate(here: Bucket | None, there: Bucket, *, changed: bool, refused: str) -> str:
    """Name what the aggregator's merge made of a remote day: new, theirs, ours, same, or refused.

    A refusal names its reason: `ahead`, not over yet, or `corrected`, by a person since.
    """
    if refused:
        return refused
    if changed:
        return "new" if here is None else "theirs"
    return "same" if here == there else "ours"


def why_held(lost: Iterable[date], dropped: Container[date], ahead: Container[date]) -> str:
    """Name the reason that matters most for which a push is held: ahead, lost or dropped."""
    lost = list(lost)
    if any(day in ahead for day in lost):
        return "ahead"
    return "dropped" if all(day in dropped for day in lost) else "lost"


@dataclass(frozen=True, slots=True)
class MergeOrder:
    """A remote document to merge as `tier`; `base` is our last push of it.

    `assumed` makes it a dry run: what is here by then, beside what the aggregator has.
    """

    tier: str
    theirs: Document
    base: Document | None = None
    assumed: Sequence[Bucket] | None = None


def merge_requests(order: MergeOrder, zone: Zone) -> Iterator[bytes]:
    """Yield the payloads that together merge a document, each of a size a message may have."""
    waiting = [order.theirs.buckets] if order.theirs.buckets else []
    while waiting:
        buckets = waiting.pop()
        request = _merge_request(order, buckets, zone)
        if len(request) > PART_BYTES and len(buckets) > 1:
            middle = len(buckets) // 2
            waiting += [buckets[middle:], buckets[:middle]]
        else:
            yield request


def _merge_request(order: MergeOrder, buckets: Sequence[Bucket], zone: Zone) -> bytes:
    times = buckets[0].time - _SLACK_S, buckets[-1].time + _SLACK_S

    def encoded(some: Iterable[Bucket]) -> orjson.Fragment:
        part = [bucket for bucket in some if times[0] <= bucket.time <= times[1]]
        document = replace(order.theirs, tier=order.tier, buckets=part)
        return orjson.Fragment(encode_document(document, zone))

    request: dict[str, Any] = {
        "tier": order.tier,
        "document": encoded(buckets),
        "reason": "restore",
    }
    if order.base is not None:
        request["base"] = encoded(order.base.buckets)
    if order.assumed is not None:
        request |= {"dry_run": True, "assumed": encoded(order.assumed)}
    return orjson.dumps(request)


def batches(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield changes in groups that go up together."""
    group: list[Change] = []
    size = 0
    for change in changes:
        if group and size + len(change.content) > COMMIT_BYTES:
            yield group
            group, size = [], 0
        group.append(change)
        size += len(change.content)
    if group:
        yield group


def commit_message(changes: Iterable[Change], last_days: Mapping[str, date]) -> str:
    """Say in a person's words what a commit brings; `last_days` is path -> last day in it.

    No word about consumption: messages are shown in more places than files.
    """
    tiers, years, days, rest = [], [], [], []
    for change in changes:
        folder, _, name = change.path.rpartition("/")
        word = name.partition(".")[0]
        if folder.startswith("readings"):
            days.append(word)
        elif folder == "history":
            years.append(word)
        elif change.path in last_days:
            tiers.append(f"{word} to {last_days[change.path]}")
        else:
            rest.append(name)
    said = [
        *([f"Update {' and '.join(tiers)}"] if tiers else []),
        *([f"history of {', '.join(years)}"] if years else []),
        *([f"readings of {_listed(days)}"] if days else []),
        *([f"keep {', '.join(rest)}"] if rest else []),
    ]
    text = "; ".join(said)
    return text[:1].upper() + text[1:]


def _listed(days: list[str]) -> str:
    days = sorted(days)
    return ", ".join(days) if len(days) <= _NAMED_DAYS else f"{days[0]} to {days[-1]}"
