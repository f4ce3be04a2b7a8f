"""The documents that readers poll: weekly, monthly, yearly and the years of the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from shared.bucket import Bucket, decode_bucket, encode_bucket
from shared.errors import BadInput
from shared.times import Zone

SCHEMA = 1
BOOK = "book"  # the tier of a year's file in the book of daily buckets
_MOST_POINTS = 20_000


@dataclass(frozen=True, slots=True)
class Document:
    """A tier file of buckets, oldest first; `last_update` is when they last changed.

    With a `currency` each bucket tells its cost.
    """

    tier: str
    timezone: str
    last_update: str | None
    units: Mapping[str, str]
    buckets: Sequence[Bucket]
    currency: str | None = None


def encode_document(document: Document, zone: Zone) -> bytes:
    """Write a document, its times in `zone`."""
    priced = document.currency is not None
    return orjson.dumps(
        {
            "schema": SCHEMA,
            "tier": document.tier,
            "timezone": document.timezone,
            "last_update": document.last_update,
            "units": dict(document.units),
            **({"currency": document.currency} if priced else {}),
            "data_points": [
                encode_bucket(bucket, zone, priced=priced) for bucket in document.buckets
            ],
        }
    )


def decode_document(payload: bytes, tier: str) -> Document:
    """Read a document, or raise BadInput saying what does not fit; never an empty guess."""
    try:
        raw = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"not JSON: {error}") from None
    return document_of(raw, tier)


def document_of(raw: Any, tier: str) -> Document:
    """Make a document of a decoded JSON object, or raise BadInput."""
    if not isinstance(raw, dict):
        raise BadInput("a document must be a JSON object")
    schema, points, units = raw.get("schema"), raw.get("data_points"), raw.get("units", {})
    if schema != SCHEMA:
        raise BadInput(f"schema {schema!r} is not {SCHEMA}, which this version reads")
    if raw.get("tier") != tier:
        raise BadInput(f"tier {raw.get('tier')!r} where {tier!r} was expected")
    if not isinstance(points, list) or len(points) > _MOST_POINTS:
        raise BadInput(f"data_points: must be a list of at most {_MOST_POINTS}")
    if not isinstance(units, dict) or not all(isinstance(unit, str) for unit in units.values()):
        raise BadInput("units: must be an object of texts")
    last_update, timezone = raw.get("last_update"), raw.get("timezone")
    if not isinstance(last_update, str | None) or not isinstance(timezone, str):
        raise BadInput("last_update and timezone: must be texts")
    buckets = [decode_bucket(point) for point in points]
    times = [bucket.time for bucket in buckets]
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise BadInput("data_points: must be in order of time, each once")
    currency = raw.get("currency")
    return Document(
        tier,
        timezone,
        last_update,
        units,
        buckets,
        currency if isinstance(currency, str) else None,
    )
