"""What a job asks of the world, as values: whoever runs the job carries them out, one at a time.

A job is a generator: it yields an effect, is sent the answer or thrown the error, and returns a
report. It may be abandoned at any effect; the next one like it goes on from what is on disk.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from services.syncer.remote import Change, Remote

Report = Mapping[str, Any]
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Read:
    """A file of the remote, answered by a Blob or None; `known` may spare the way."""

    path: str
    known: bytes | None = None

    def carry_out(self, remote: Remote) -> Any:
        """Ask the remote."""
        return remote.read(self.path, self.known)


@dataclass(frozen=True, slots=True)
class Versions:
    """The files of a folder, answered by name -> version."""

    folder: str

    def carry_out(self, remote: Remote) -> Any:
        """Ask the remote."""
        return remote.versions(self.folder)


@dataclass(frozen=True, slots=True)
class Revision:
    """The state of the whole remote, answered by its name."""

    def carry_out(self, remote: Remote) -> Any:
        """Ask the remote."""
        return remote.revision()


@dataclass(frozen=True, slots=True)
class Write:
    """Files to write together, answered by the step from one revision to the next."""

    changes: Sequence[Change]
    message: str

    def carry_out(self, remote: Remote) -> Any:
        """Tell the remote."""
        return remote.write(self.changes, self.message)


@dataclass(frozen=True, slots=True)
class Pause:
    """A while in which nothing is done; chance makes it shorter, by half at most."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to the aggregator, answered by the data of its response."""

    command: str
    payload: bytes


Distant = Read | Versions | Revision | Write
Effect = Distant | Ask | Pause
Job = Generator[Effect, Any, _Result]
