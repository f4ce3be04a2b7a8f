"""What the syncer needs of a place far away; GitHub and a directory are two such places.

A version names a content, whichever remote holds it: git's blob sha of the bytes. A remote that
has no such thing of its own (an S3 bucket) can keep it as the object's metadata.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import Retryable

LARGEST_READ_BYTES = 32 * 1024 * 1024  # of one file: a day at a reading a second has 2 MB
ANY = "*"  # an expected version that whatever is there fits


class Conflict(Retryable):
    """Somebody else has changed a file since we last looked: look again, merge, try again."""


@dataclass(frozen=True, slots=True)
class Blob:
    """The content of a file and its version."""

    content: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file to write; `expected` is the version to replace, None when there must be none."""

    path: str
    content: bytes
    expected: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """What a write did to the whole: the revision it was built on, and the one after it."""

    before: str
    after: str


class Remote(Protocol):
    """Files by path, such as `history/2026.json`; every call may raise Retryable or Permanent."""

    @property
    def identity(self) -> str:
        """Name the place, for people, without a secret; another place has another name."""

    def read(self, path: str, known: bytes | None = None) -> Blob | None:
        """Return a file, None when there is none; `known` is a copy that may spare the way."""

    def versions(self, folder: str) -> Mapping[str, str]:
        """Return name -> version of the files directly in a folder, {} when there is none."""

    def revision(self) -> str:
        """Name the state of the whole; it changes whenever anybody changes a file.

        Cheap, so that a look at each file is needed only after others wrote.
        """

    def write(self, changes: Sequence[Change], message: str) -> Step:
        """Write files, together where the remote can; what was stored is verified.

        Raises Conflict when a file is not in its expected version; what has then been written is
        for the caller to find out.
        """

    def close(self) -> None:
        """Let go of connections."""


def blob_version(content: bytes) -> str:
    """Return git's blob sha: sha1 of `blob <length>`, a zero byte and the content."""
    digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()
