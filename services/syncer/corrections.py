"""Corrections at the remote: the union of what any board of this house was told by a person."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from services.syncer.effects import Ask, Job, Read
from services.syncer.local import Local
from services.syncer.records import Records
from services.syncer.remote import ANY, Blob, Change, blob_version
from shared.atomic import disk_error
from shared.checksum import unsealed
from shared.errors import BadInput

PATH = "corrections.jsonl"
PORTION_BYTES = 48 * 1024  # of the 64 kB that a request may have
_SHORT = 7  # characters of a version, as git shows it
_Record = tuple[str, bytes]  # when it was made, and its canonical JSON


def union(*contents: bytes) -> bytes:
    """Return the records of all files, each once, in the order in which they were made."""
    found = {record for content in contents for record in _records(content)}
    return b"".join(line + b"\n" for _, line in sorted(found))


class Corrections:
    """Makes jobs that bring corrections here, and what is to be written so that all are there."""

    def __init__(self, local: Local, records: Records) -> None:
        self._local = local
        self._records = records

    def unsynced(self) -> bool:
        """Say whether there is a correction here that is not at the remote."""
        pushed = self._records.pushed(PATH) or b""
        return bool(self._missing(union(self._here()), pushed))

    def fetch(self) -> Job[int]:
        """Have the aggregator keep what it does not have yet; return how many those are."""
        remote: Blob | None = yield Read(PATH, self._records.pushed(PATH))
        if remote is None:
            return 0
        taken = yield from self._take(remote.content)
        self._records.remember(PATH, remote.content)
        return taken

    def changes(self, *, look: bool) -> Job[list[Change]]:
        """Return what must be written, after taking what others wrote there.

        With `look` although nothing seems to differ.
        """
        pushed = self._records.pushed(PATH)
        if not (look or self.unsynced()):
            return []
        remote: Blob | None = yield Read(PATH, pushed)
        there = remote.content if remote else b""
        if remote and there != pushed:
            yield from self._take(there)
        content = union(self._here(), there)
        if not self._missing(content, there):
            if remote:
                self._records.remember(PATH, there)
            return []
        change = Change(PATH, content, remote.version if remote else None)
        return [*_aside(there), change]

    def _take(self, content: bytes) -> Job[int]:
        taken = 0
        for portion in _portions(self._missing(content, self._here())):
            answer = yield Ask("import", b'{"corrections":[' + b",".join(portion) + b"]}")
            taken += int(answer.get("corrections", 0))
        return taken

    def _missing(self, content: bytes, known: bytes) -> list[bytes]:
        """Return the records of a file that another lacks."""
        there = {line for _, line in _records(known)}
        return [line for _, line in sorted(_records(content)) if line not in there]

    def _here(self) -> bytes:
        try:
            return self._local.corrections.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise disk_error(self._local.corrections, error) from error


def _records(content: bytes) -> Iterator[_Record]:
    """Yield what can be read of a file; a later version's records, too, for it to find again."""
    for line in content.splitlines():
        record = _decoded(line)
        if record is not None:
            made = record.get("made")
            yield (
                made if isinstance(made, str) else "",
                orjson.dumps(record, option=orjson.OPT_SORT_KEYS),
            )


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        record = orjson.loads(unsealed(line))
    except (orjson.JSONDecodeError, BadInput):
        return None
    return record if isinstance(record, dict) else None


def _portions(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    size = 0
    for line in lines:
        if portion and size + len(line) > PORTION_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(line)
        size += len(line) + 1
    if portion:
        yield portion


def _aside(there: bytes) -> list[Change]:
    """Return what to write so that lines nobody can read are not lost."""
    if all(_decoded(line) is not None for line in there.splitlines() if line.strip()):
        return []
    return [Change(f"{PATH}.unreadable-{blob_version(there)[:_SHORT]}", there, ANY)]
