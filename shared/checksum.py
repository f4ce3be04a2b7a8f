"""Checksums in what we write for ourselves: a bit that flips on the disk is noticed.

A JSON object that is sealed has its own CRC-32 as its last key: `{"n":1,"crc32":"0a1b2c3d"}`. Any
JSON reader may ignore it.
"""

from zlib import crc32

from shared.errors import BadInput

_KEY, _END = b'"crc32":"', b'"}'
_DIGITS = 8
_SEAL_BYTES = 1 + len(_KEY) + _DIGITS + len(_END)  # with the comma, or the bracket of an empty one


def checksum(content: bytes) -> bytes:
    """Return the CRC-32 of some bytes: eight hexadecimal digits."""
    return b"%08x" % crc32(content)


def sealed(content: bytes) -> bytes:
    """Return a JSON object with its checksum as last key; the end of its line stays where it is."""
    body = content.rstrip()
    comma = b"" if body == b"{}" else b","
    return body[:-1] + comma + _KEY + checksum(body) + _END + content[len(body) :]


def unsealed(content: bytes) -> bytes:
    """Return an object as it was before it was sealed; raises BadInput when it was another.

    Without a checksum it is of an earlier version, and taken as it is.
    """
    body = content.strip()
    seal = body[-_SEAL_BYTES:]
    if seal[1:-_DIGITS].startswith(_KEY) and seal.endswith(_END):
        comma, digits = seal[:1], seal[1 + len(_KEY) : -len(_END)]
        body = body[:-_SEAL_BYTES] + (b"}" if comma == b"," else b"{}")
        if checksum(body) != digits:
            raise BadInput("its checksum is that of something else")
    return body
