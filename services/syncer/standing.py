"""What a token may do with a repository, found out without leaving a trace in it.

GitHub's `permissions` of a repository are those of the token's owner, whatever the token itself may
do; so writing is tried: a loose blob that no commit will ever name, and that GitHub clears away.
"""

from dataclasses import dataclass
from http import HTTPStatus

import orjson

from services.syncer.answers import EmptyRepository, NotThere, Place
from services.syncer.wire import Wire
from shared.errors import MonitorError, Permanent

_JSON = "application/vnd.github+json"
_BLOB = orjson.dumps({"content": "", "encoding": "utf-8"})


@dataclass(frozen=True, slots=True)
class Standing:
    """The repository as this token sees it; it can be read and written."""

    name: str
    private: bool
    empty: bool


def standing(wire: Wire, place: Place) -> Standing:
    """Return what there is; raises Permanent when it may not be read or written, or Retryable."""
    home = f"{place.api_url}/repos/{place.repo}"
    answer = wire.request("GET", home, accept=_JSON)
    if not answer.ok or answer.html:
        raise _absent(wire.failure(answer), place)
    about = answer.json()
    if not isinstance(about, dict):
        raise wire.failure(answer)
    blob = wire.request("POST", f"{home}/git/blobs", accept=_JSON, body=_BLOB)
    empty = False
    if not blob.ok:
        error = wire.failure(blob)
        empty = isinstance(error, EmptyRepository)
        if not empty:
            raise _read_only(error, place, blob.status)
    name = str(about.get("full_name") or place.repo)
    return Standing(name, about.get("private") is not False, empty)


def _absent(error: MonitorError, place: Place) -> MonitorError:
    if not isinstance(error, NotThere):
        return error
    return NotThere(
        f"there is no repository {place.repo}, or this token may not see it", hint=error.hint
    )


def _read_only(error: MonitorError, place: Place, status: int) -> MonitorError:
    if status not in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return error
    if not isinstance(error, Permanent):
        return error  # a limit, which looks the same from afar
    return Permanent(
        f"{place.repo} can be read and not written with this token",
        hint="give the token Contents: Read and write on this repository, at "
        "https://github.com/settings/personal-access-tokens",
    )
