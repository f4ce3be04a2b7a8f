"""A branch of a GitHub repository as a remote: contents API for one file, git data for several."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from services.syncer.answers import (
    Answer,
    EmptyRepository,
    NoBranch,
    NotThere,
    Place,
    not_json,
)
from services.syncer.remote import ANY, Blob, Change, Conflict, Step, blob_version
from services.syncer.repository import Repository
from services.syncer.wire import Wire
from shared.errors import MonitorError, Retryable

RAW = "application/vnd.github.raw+json"  # the only media type for more than 1 MB
_FILE_MODE = "100644"


class GitHub:
    """One folder on one branch; `folder` is "" for the root."""

    def __init__(self, wire: Wire, place: Place, branch: str, folder: str) -> None:
        self._wire = wire
        self._place = place
        self._repository = Repository(wire, place)
        self._branch = branch
        self._folder = f"{folder}/" if folder else ""
        self._tags: dict[str, tuple[str, str]] = {}  # path -> ETag and the version it stands for

    @property
    def identity(self) -> str:
        """Name the place, without a secret."""
        place = f"{self._place.repo}, branch {self._branch}, folder {self._folder or '/'}"
        return f"{self._place.api_url}: {place}"

    @property
    def renamed_to(self) -> str:
        """Return `owner/name` the repository has now, if the old one redirects."""
        return self._repository.renamed_to

    @property
    def public(self) -> bool:
        """Say whether everybody can read it."""
        return self._repository.public

    def read(self, path: str, known: bytes | None = None) -> Blob | None:
        """Return a file of any size up to the limit."""
        headers = {}
        tag, version = self._tags.get(path, ("", ""))
        if known is not None and tag and blob_version(known) == version:
            headers["If-None-Match"] = tag
        answer = self._repository.send(
            "GET", self._contents(path, self._branch), accept=RAW, headers=headers
        )
        if answer.status == HTTPStatus.NOT_MODIFIED and known is not None:
            return Blob(known, version)
        if self._repository.is_absent(answer):
            return None
        content = self._repository.expect_ok(answer).content
        blob = Blob(content, blob_version(content))
        if "etag" in answer.headers:
            self._tags[path] = answer.headers["etag"], blob.version
        return blob

    def versions(self, folder: str) -> Mapping[str, str]:
        """Return the files of a folder."""
        return self._versions(folder, self._branch)

    def revision(self) -> str:
        """Name the branch's last commit, "" when there is none."""
        try:
            return self._head() or ""
        except EmptyRepository:
            return ""

    def write(self, changes: Sequence[Change], message: str) -> Step:
        """Write one file by the contents API, several in one commit."""
        if len(changes) == 1 and changes[0].expected != ANY:
            try:
                return self._put(changes[0], message)
            except NoBranch:
                return self._commit(changes, message)
        try:
            return self._commit(changes, message)
        except EmptyRepository:
            # Git data works only once there is a commit, and a first file makes it.
            first = self._put(changes[0], message)
        if len(changes) == 1:
            return first
        return Step(first.before, self._commit(changes[1:], message).after)

    def close(self) -> None:
        """Let go of the connection."""
        self._wire.close()

    def traffic(self) -> dict[str, int]:
        """Return the requests and the bytes of bodies since the start."""
        return asdict(self._wire.traffic)

    # One file

    def _put(self, change: Change, message: str) -> Step:
        body = {
            "message": message,
            "branch": self._branch,
            "content": base64.b64encode(change.content).decode(),
        }
        if change.expected not in (None, ANY):
            body["sha"] = change.expected
        answer = self._repository.send("PUT", self._contents(change.path), body=body)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise self._why_absent(answer)
        stored = self._repository.object(answer)
        self._verify(_at(stored, "content", "sha"), change)
        parents = _at(stored, "commit", "parents")
        before = _at(parents[0], "sha") if isinstance(parents, list) and parents else ""
        return Step(str(before), str(_at(stored, "commit", "sha")))

    def _verify(self, stored: Any, change: Change) -> None:
        if stored != blob_version(change.content):
            raise Retryable(
                f"GitHub stored {change.path} as {str(stored)[:40]!r}, which is not what was sent",
                hint="it is sent again; does a proxy on the way change what passes?",
            )

    # Several files in one commit

    def _commit(self, changes: Sequence[Change], message: str) -> Step:
        head = self._head()
        if head:
            self._check_expected(changes, head)
        commit: dict[str, Any] = {"message": message, "parents": [head] if head else []}
        tree: dict[str, Any] = {"tree": [self._entry(change) for change in changes]}
        if head:
            tree["base_tree"] = _at(self._repository.get(f"git/commits/{head}"), "tree", "sha")
        commit["tree"] = _at(self._repository.post("git/trees", tree), "sha")
        made = _at(self._repository.post("git/commits", commit), "sha")
        if head:
            ref = f"git/refs/heads/{quote(self._branch)}"
            moved = self._repository.send("PATCH", ref, body={"sha": made, "force": False})
            self._repository.object(moved)
        else:
            self._repository.post("git/refs", {"ref": f"refs/heads/{self._branch}", "sha": made})
        return Step(head or "", str(made))

    def _head(self) -> str | None:
        """Return the branch's commit, None when there is no such branch."""
        answer = self._repository.send("GET", f"git/ref/heads/{quote(self._branch)}")
        if self._repository.is_absent(answer):
            return None
        return str(_at(self._repository.object(answer), "object", "sha"))

    def _check_expected(self, changes: Sequence[Change], head: str) -> None:
        """Raise Conflict when a file is not as expected; the ref moves only from `head` on."""
        folders: dict[str, Mapping[str, str]] = {}
        for change in changes:
            folder, _, name = change.path.rpartition("/")
            if change.expected == ANY:
                continue
            if change.expected is None:
                # A folder of a year's days has a long list; a file that is not there is cheap.
                answer = self._repository.send("GET", self._contents(change.path, head))
                is_there = not self._repository.is_absent(answer)
                there = self._repository.object(answer).get("sha") if is_there else None
            else:
                if folder not in folders:
                    folders[folder] = self._versions(folder, head)
                there = folders[folder].get(name)
            # As the contents API has it: a file that is gone may be written anew.
            if there not in (None, change.expected):
                raise Conflict(f"{change.path} has been changed by somebody else")

    def _entry(self, change: Change) -> dict[str, str]:
        content = base64.b64encode(change.content).decode()
        blob = self._repository.post("git/blobs", {"content": content, "encoding": "base64"})
        self._verify(blob.get("sha"), change)
        path = f"{self._folder}{change.path}"
        return {"path": path, "mode": _FILE_MODE, "type": "blob", "sha": str(blob["sha"])}

    # Requests

    def _versions(self, folder: str, ref: str) -> Mapping[str, str]:
        answer = self._repository.send("GET", self._contents(folder, ref))
        if self._repository.is_absent(answer):
            return {}
        raw = self._repository.expect_ok(answer).json()
        if not isinstance(raw, list):
            raise not_json(answer, self._place)
        return {
            str(entry.get("name")): str(entry.get("sha"))
            for entry in raw
            if isinstance(entry, dict) and entry.get("type") == "file"
        }

    def _contents(self, path: str, ref: str = "") -> str:
        where = quote(f"{self._folder}{path}".rstrip("/"))
        return f"contents/{where}" + (f"?ref={quote(ref, safe='')}" if ref else "")

    def _why_absent(self, answer: Answer) -> MonitorError:
        """Find out what a refused write means: GitHub hides what a token may not touch."""
        error = self._repository.failure(answer)
        if not isinstance(error, NotThere):
            return error
        self._repository.look()
        try:
            if isinstance(error, NoBranch) or self._head() is None:
                return NoBranch(str(error), hint=error.hint)
        except EmptyRepository:
            pass  # a first file makes the branch: who may write gets no 404 here
        hint = "give the token Contents: read and write on this repository"
        return NotThere(
            f"{self._place.repo} can be read and not written with this token", hint=hint
        )


def _at(raw: Any, *keys: str) -> Any:
    """Return a nested value, None where there is none."""
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw
