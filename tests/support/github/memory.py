"""A remote in memory, for tests that open no socket."""

from collections.abc import Mapping, Sequence

from services.syncer.effects import Distant, Job, Write
from services.syncer.remote import ANY, Blob, Change, Conflict, Step, blob_version


class MemoryRemote:
    """Files by path; commits are atomic, as GitHub's are."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.writes = 0

    @property
    def identity(self) -> str:
        """Name the place."""
        return "memory"

    def read(self, path: str, known: bytes | None = None) -> Blob | None:  # noqa: ARG002 - all is near
        """Return a file."""
        content = self.files.get(path)
        return None if content is None else Blob(content, blob_version(content))

    def versions(self, folder: str) -> Mapping[str, str]:
        """Return the files of a folder."""
        inside = f"{folder}/" if folder else ""
        return {
            path.removeprefix(inside): blob_version(content)
            for path, content in self.files.items()
            if path.startswith(inside) and "/" not in path.removeprefix(inside)
        }

    def revision(self) -> str:
        """Name the state of the whole."""
        return blob_version(repr(sorted(self.files.items())).encode())

    def write(self, changes: Sequence[Change], message: str) -> Step:
        """Write files, all or none."""
        assert message
        before = self.revision()
        for change in changes:
            there = self.read(change.path)
            if there and change.expected not in (ANY, there.version):
                raise Conflict(change.path)
        self.files |= {change.path: change.content for change in changes}
        self.writes += 1
        return Step(before, self.revision())

    def close(self) -> None:
        """Do nothing."""


def published(job: Job[int], remote: MemoryRemote) -> list[str]:
    """Carry out what publishing a site asks for; return the paths written."""
    answer, written = None, list[str]()
    try:
        while True:
            effect = job.send(answer)
            assert isinstance(effect, Distant)
            if isinstance(effect, Write):
                written += [change.path for change in effect.changes]
            answer = effect.carry_out(remote)
    except StopIteration:
        return written
