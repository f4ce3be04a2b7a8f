"""Sets of time as sorted, disjoint spans `[start, end)`, and what is asked of history at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.collector.ticks import Ticks
from shared.errors import BadInput
from shared.times import parse_timestamp

Span = tuple[float, float]

DUST_S = 1.0  # shorter gaps are rounding, not missing readings
_MOST_GAPS = 100_000


def decode_gaps(data: Mapping[str, Any]) -> list[Span]:
    """Return the spans in the data of an answer to `gaps`; raises BadInput."""
    raw = data.get("gaps")
    if not isinstance(raw, list) or len(raw) > _MOST_GAPS:
        raise BadInput("gaps: must be a list of [from, to]")
    return merge(_span(pair) for pair in raw)


def _span(raw: Any) -> Span:
    if not isinstance(raw, list) or len(raw) != 2:  # noqa: PLR2004 - from and to
        raise BadInput("gaps: each must be [from, to]")
    if not all(isinstance(text, str) for text in raw):
        raise BadInput("gaps: from and to must be ISO 8601 times")
    start, end = map(parse_timestamp, raw)
    if start > end:
        raise BadInput("gaps: from is later than to")
    return start, end


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the union of spans in any order."""
    union: list[Span] = []
    for start, end in sorted(spans):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        elif start < end:
            union.append((start, end))
    return union


def length(spans: Iterable[Span]) -> float:
    """Return the seconds of merged spans."""
    return sum(end - start for start, end in spans)


def subtract(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Return what of merged `spans` lies outside of merged `taken`, without dust."""
    rest: list[Span] = []
    position = 0
    for start, end in spans:
        begin = start
        while position < len(taken) and taken[position][1] <= begin:
            position += 1
        index = position
        while index < len(taken) and taken[index][0] < end:
            rest.append((begin, taken[index][0]))
            begin = max(begin, taken[index][1])
            index += 1
        rest.append((begin, end))
    return [(start, end) for start, end in rest if end - start >= DUST_S]


def clip(spans: Iterable[Span], start: float, end: float) -> list[Span]:
    """Return the part of spans within `[start, end)`, without dust."""
    clipped = ((max(span[0], start), min(span[1], end)) for span in spans)
    return [span for span in clipped if span[1] - span[0] >= DUST_S]


def first_window(spans: Sequence[Span], longest_s: float, ticks: Ticks) -> list[Span]:
    """Return the first spans that fit in one request, the last one cut at a tick if need be."""
    start = spans[0][0]
    border = ticks.at_or_before(start + longest_s)
    if border <= start:
        border = ticks.after(start)
    return [(begin, min(end, border)) for begin, end in spans if begin < border]
