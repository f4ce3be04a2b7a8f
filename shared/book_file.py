"""A year of the book on disk: a document of a line for each day, and the checksum of each line.

The first line lists the checksums of all others and ends with its own. So whatever is damaged costs
no more than the days it hits: each other line proves that it is what was written.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import orjson

from shared.bucket import decode_bucket, encode_bucket
from shared.checksum import checksum
from shared.documents import BOOK, SCHEMA, Document, decode_document, encode_document
from shared.errors import BadInput
from shared.times import Zone

_POINTS, _END = b'"data_points":[', b"]}"
_FIRST_LINE = re.compile(
    rb'(?P<proven>(?P<head>\{.*)"crc32":\[(?P<days>("[0-9a-f]{8}",)*))"(?P<own>[0-9a-f]{8})"\],'
    + re.escape(_POINTS)
)
_ANY_HEAD = b'{"schema":%d,"tier":"%s","timezone":"","units":{},' % (SCHEMA, BOOK.encode())


class _Year(NamedTuple):
    """A file by its parts; `head` is None when the first line is not what was written."""

    first: bytes
    head: bytes | None
    listed: Sequence[bytes]
    days: Sequence[bytes]

    def plain(self, head: bytes, days: Sequence[bytes]) -> bytes:
        """Return the document without checksums, as any other document is written."""
        return head + _POINTS + b",".join(days) + _END


def encode_year(document: Document, zone: Zone) -> bytes:
    """Write a year, its times in `zone`."""
    empty = encode_document(replace(document, buckets=()), zone)
    days = [orjson.dumps(encode_bucket(bucket, zone)) for bucket in document.buckets]
    first = empty.removesuffix(_POINTS + _END) + b'"crc32":['
    first += b"".join(b'"%s",' % checksum(day) for day in days)
    first += b'"%s"],' % checksum(first) + _POINTS
    return _laid_out(first, days)


def _laid_out(first: bytes, days: Sequence[bytes]) -> bytes:
    return b"\n".join([first, b",\n".join(days), _END])


def is_sealed(content: bytes) -> bool:
    """Say whether a file has checksums; those of earlier versions are a single line without."""
    return b"\n" in content.strip()


def plain_year(content: bytes) -> bytes:
    """Return a year as the document it is, without checksums; raises BadInput when damaged."""
    if not is_sealed(content):
        return content
    year = _parts(content)
    proven = [checksum(day) for day in year.days] == year.listed
    if year.head is None or not proven or _laid_out(year.first, year.days) != content:
        raise BadInput("its checksums are those of something else")
    return year.plain(year.head, year.days)


def decode_year(content: bytes) -> Document:
    """Read a year; raises BadInput for one that is damaged anywhere."""
    return decode_document(plain_year(content), BOOK)


def rescue_year(content: bytes) -> Document | None:
    """Return what is left of a damaged year, None for nothing.

    Where the checksums are what is damaged, all that can be read counts.
    """
    year = _parts(content)
    try:
        if year.head is not None:
            proven = [day for day in year.days if checksum(day) in year.listed]
            return decode_document(year.plain(year.head, proven), BOOK)
        return _readable(content, year)
    except BadInput:
        return None


def _readable(content: bytes, year: _Year) -> Document:
    try:
        return decode_document(content, BOOK)
    except BadInput:
        days = [day for day in year.days if _is_day(day)]
        if not days:
            raise
        return decode_document(year.plain(_ANY_HEAD, days), BOOK)


def _parts(content: bytes) -> _Year:
    first, *rest = content.split(b"\n")
    days = [line.removesuffix(b",") for line in rest if line not in (b"", _END)]
    found = _FIRST_LINE.fullmatch(first)
    if found is None or checksum(found["proven"]) != found["own"]:
        return _Year(first, None, [], days)
    return _Year(first, found["head"], re.findall(rb"[0-9a-f]{8}", found["days"]), days)


def _is_day(line: bytes) -> bool:
    try:
        decode_bucket(orjson.loads(line))
    except (orjson.JSONDecodeError, BadInput):
        return False
    return True
