"""A branch of a GitHub repository as a remote: contents API for one file, git data for several."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson

from services.syncer.answers import (
    Answer,
    EmptyRepository,
    NoBranch,
    NotThere,
    Place,
    not_json,
)
from services.syncer.remote import ANY, Blob, Change, Conflict, Step, blob_version
from services.syncer.wire import Wire
from shared.errors import MonitorError, Retryable

JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"  # the only media type for more than 1 MB
_FILE_MODE = "100644"


class GitHub:
    """One folder on one branch; `folder` is "" for the root."""

    def __init__(self, wire: Wire, place: Place, branch: str, folder: str) -> None:
        self._wire = wire
        self._place = place
        self._branch = branch
        self._folder = f"{folder}/" if folder else ""
        self._url = f"{place.api_url}/repos/{place.repo}"
        self._tags: dict[str, tuple[str, str]] = {}  # path -> ETag and the version it stands for
        self._visible = False
        self.renamed_to = ""  # `owner/name` the repository has now, if the old one redirects
        self.public = False

    @property
    def identity(self) -> str:
        """Name the place, without a secret."""
        place = f"{self._place.repo}, branch {self._branch}, folder {self._folder or '/'}"
        return f"{self._place.api_url}: {place}"

    def read(self, path: str, known: bytes | None = None) -> Blob | None:
        """Return a file of any size up to the limit."""
        headers = {}
        tag, version = self._tags.get(path, ("", ""))
        if known is not None and tag and blob_version(known) == version:
            headers["If-None-Match"] = tag
        answer = self._send("GET", self._contents(path, self._branch), RAW, headers=headers)
        if answer.status == HTTPStatus.NOT_MODIFIED and known is not None:
            return Blob(known, version)
        if self._is_absent(answer):
            return None
        content = self._expect_ok(answer).content
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
        answer = self._send("PUT", self._contents(change.path), JSON, orjson.dumps(body))
        if answer.status == HTTPStatus.NOT_FOUND:
            raise self._why_absent(answer)
        stored = self._object(answer)
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
            tree["base_tree"] = _at(self._get_object(f"git/commits/{head}"), "tree", "sha")
        commit["tree"] = _at(self._post("git/trees", tree), "sha")
        made = _at(self._post("git/commits", commit), "sha")
        if head:
            moved = self._send(
                "PATCH",
                f"{self._url}/git/refs/heads/{quote(self._branch)}",
                JSON,
                orjson.dumps({"sha": made, "force": False}),
            )
            self._object(moved)
        else:
            self._post("git/refs", {"ref": f"refs/heads/{self._branch}", "sha": made})
        return Step(head or "", str(made))

    def _head(self) -> str | None:
        """Return the branch's commit, None when there is no such branch."""
        answer = self._send("GET", f"{self._url}/git/ref/heads/{quote(self._branch)}", JSON)
        if self._is_absent(answer):
            return None
        return str(_at(self._object(answer), "object", "sha"))

    def _check_expected(self, changes: Sequence[Change], head: str) -> None:
        """Raise Conflict when a file is not as expected; the ref moves only from `head` on."""
        folders: dict[str, Mapping[str, str]] = {}
        for change in changes:
            folder, _, name = change.path.rpartition("/")
            if change.expected == ANY:
                continue
            if change.expected is None:
                # A folder of a year's days has a long list; a file that is not there is cheap.
                answer = self._send("GET", self._contents(change.path, head), JSON)
                there = None if self._is_absent(answer) else self._object(answer).get("sha")
            else:
                if folder not in folders:
                    folders[folder] = self._versions(folder, head)
                there = folders[folder].get(name)
            # As the contents API has it: a file that is gone may be written anew.
            if there not in (None, change.expected):
                raise Conflict(f"{change.path} has been changed by somebody else")

    def _entry(self, change: Change) -> dict[str, str]:
        content = base64.b64encode(change.content).decode()
        blob = self._post("git/blobs", {"content": content, "encoding": "base64"})
        self._verify(blob.get("sha"), change)
        path = f"{self._folder}{change.path}"
        return {"path": path, "mode": _FILE_MODE, "type": "blob", "sha": str(blob["sha"])}

    # Requests

    def _versions(self, folder: str, ref: str) -> Mapping[str, str]:
        answer = self._send("GET", self._contents(folder, ref), JSON)
        if self._is_absent(answer):
            return {}
        raw = self._expect_ok(answer).json()
        if not isinstance(raw, list):
            raise not_json(answer, self._place)
        return {
            str(entry.get("name")): str(entry.get("sha"))
            for entry in raw
            if isinstance(entry, dict) and entry.get("type") == "file"
        }

    def _contents(self, path: str, ref: str = "") -> str:
        where = quote(f"{self._folder}{path}".rstrip("/"))
        return f"{self._url}/contents/{where}" + (f"?ref={quote(ref, safe='')}" if ref else "")

    def _is_absent(self, answer: Answer) -> bool:
        """Say whether an answer means "no such file"; raises what else a 404 may mean."""
        if answer.status != HTTPStatus.NOT_FOUND:
            return False
        error = self._wire.failure(answer)
        if not isinstance(error, NotThere):
            raise error
        if not self._visible:
            self._look()
        return True

    def _why_absent(self, answer: Answer) -> MonitorError:
        """Find out what a refused write means: GitHub hides what a token may not touch."""
        error = self._wire.failure(answer)
        if not isinstance(error, NotThere):
            return error
        self._look()
        try:
            if isinstance(error, NoBranch) or self._head() is None:
                return NoBranch(str(error), hint=error.hint)
        except EmptyRepository:
            pass  # a first file makes the branch: who may write gets no 404 here
        hint = "give the token Contents: read and write on this repository"
        return NotThere(
            f"{self._place.repo} can be read and not written with this token", hint=hint
        )

    def _look(self) -> None:
        """See whether the repository is there for this token; raises NotThere if not."""
        answer = self._send("GET", self._url, JSON)
        if answer.status == HTTPStatus.NOT_FOUND:
            error = self._wire.failure(answer)
            if not isinstance(error, NotThere):
                raise error
            raise NotThere(
                f"there is no repository {self._place.repo}, or this token may not see it",
                hint=f"does https://github.com/{self._place.repo} exist? {error.hint}",
            )
        found = self._object(answer)
        self._visible = True
        self.public = found.get("private") is False
        name = str(found.get("full_name", ""))
        if name.lower() != self._place.repo.lower():
            self.renamed_to = name

    def _get_object(self, path: str) -> dict[str, Any]:
        return self._object(self._send("GET", f"{self._url}/{path}", JSON))

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._object(self._send("POST", f"{self._url}/{path}", JSON, orjson.dumps(body)))

    def _send(
        self,
        method: str,
        url: str,
        accept: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = self._wire.request(method, url, accept=accept, body=body, headers=headers)
        if self._wire.moved_to:
            self._follow(url, self._wire.moved_to)
        return answer

    def _follow(self, url: str, moved_to: str) -> None:
        """Go straight to where a renamed repository is from now on."""
        rest = url.removeprefix(self._url)
        if rest != url and moved_to.endswith(rest) and moved_to != url:
            self._url = moved_to.removesuffix(rest)
            self._look()

    def _object(self, answer: Answer) -> dict[str, Any]:
        raw = self._expect_ok(answer).json()
        if not isinstance(raw, dict):
            raise not_json(answer, self._place)
        return raw

    def _expect_ok(self, answer: Answer) -> Answer:
        if not answer.ok:
            raise self._wire.failure(answer)
        if answer.html:
            raise not_json(answer, self._place)
        return answer


def _at(raw: Any, *keys: str) -> Any:
    """Return a nested value, None where there is none."""
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw
