"""What GitHub answers, by method and path; the texts are GitHub's own."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from support.github.repository import Commit, Repository

RAW = "application/vnd.github.raw"
_INLINE_LIMIT = 1024 * 1024  # bytes; more only by the raw media type


@dataclass(slots=True)
class Reply:
    """A status, headers and a body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def reply(status: int, document: Any, **headers: str) -> Reply:
    """Make a JSON reply."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {"content-type": "application/json; charset=utf-8"}
    return Reply(status, json.dumps(document).encode(), kind | named)


def problem(status: int, message: str, **headers: str) -> Reply:
    """Make an error as GitHub words it."""
    return reply(status, {"message": message, "status": str(status)}, **headers)


@dataclass(frozen=True, slots=True)
class Call:
    """A request, taken apart."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(urlsplit(self.url).path)

    def query(self, name: str) -> str | None:
        """Return a parameter."""
        return parse_qs(urlsplit(self.url).query).get(name, [None])[0]

    def json(self) -> dict[str, Any]:
        """Return the body."""
        document: dict[str, Any] = json.loads(self.body or b"{}")
        return document


def answer(repository: Repository, call: Call, rest: str) -> Reply:
    """Answer a request to `/repos/{owner}/{name}{rest}`."""
    if rest == "":
        return _about(repository)
    if rest.startswith("/contents"):
        path = rest.removeprefix("/contents").strip("/")
        return (
            _put(repository, call, path) if call.method == "PUT" else _get(repository, call, path)
        )
    if rest.startswith("/git/"):
        return _git(repository, call, rest.removeprefix("/git/"))
    return problem(404, "Not Found")


def _about(repository: Repository) -> Reply:
    about = {
        "full_name": repository.full_name,
        "private": repository.private,
        "default_branch": repository.default_branch,
        "permissions": {"push": True},
    }
    return reply(200, about)


def _get(repository: Repository, call: Call, path: str) -> Reply:
    ref = call.query("ref") or repository.default_branch
    if not repository.branches:
        return problem(404, "This repository is empty.")
    if ref not in repository.branches and ref not in repository.commits:
        return problem(404, f"No commit found for the ref {ref}")
    files = repository.files(ref)
    if path in files:
        return _file(repository, call, path, files[path])
    inside = f"{path}/" if path else ""
    below = sorted({name[len(inside) :].split("/")[0] for name in files if name.startswith(inside)})
    if not below:
        return problem(404, "Not Found")
    return reply(200, [_entry(files, inside + name, name) for name in below])


def _entry(files: Mapping[str, str], path: str, name: str) -> dict[str, Any]:
    kind = "file" if path in files else "dir"
    return {"name": name, "path": path, "type": kind, "sha": files.get(path, "0" * 40)}


def _file(repository: Repository, call: Call, path: str, sha: str) -> Reply:
    tag = f'"{sha}"'
    if call.headers.get("if-none-match") == tag:
        return Reply(304, b"", {"etag": tag})
    content = repository.blobs[sha]
    accept = call.headers.get("accept", "")
    if RAW in accept:
        kind = "application/vnd.github.raw+json; charset=utf-8"
        return Reply(200, content, {"content-type": kind, "etag": tag})
    small = len(content) <= _INLINE_LIMIT
    document = {
        "type": "file",
        "path": path,
        "sha": sha,
        "size": len(content),
        "encoding": "base64" if small else "none",
        "content": base64.encodebytes(content).decode() if small else "",
    }
    return reply(200, document, etag=tag)


def _put(repository: Repository, call: Call, path: str) -> Reply:
    asked = call.json()
    branch = asked.get("branch", repository.default_branch)
    head = repository.branches.get(branch)
    if repository.branches and head is None:
        return problem(404, f"Branch {branch} not found")
    files = dict(repository.files(head)) if head else {}
    there, sha = files.get(path), asked.get("sha")
    if there and sha is None:
        return problem(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if there and sha != there:
        return problem(409, f"{path} does not match {sha}")
    files[path] = repository.add_blob(base64.b64decode(asked["content"]))
    commit = Commit(repository.add_tree(files), (head,) if head else (), asked["message"])
    repository.branches[branch] = repository.add_commit(commit)
    made = {"sha": repository.branches[branch], "parents": [{"sha": head}] if head else []}
    document = {"content": {"path": path, "sha": files[path]}, "commit": made}
    return reply(200 if there else 201, document)


def _git(repository: Repository, call: Call, rest: str) -> Reply:
    if not repository.branches:
        return problem(409, "Git Repository is empty.")
    if call.method == "GET" and rest.startswith("ref/heads/"):
        sha = repository.branches.get(rest.removeprefix("ref/heads/"))
        return reply(200, {"object": {"sha": sha}}) if sha else problem(404, "Not Found")
    if call.method == "GET" and rest.startswith("commits/"):
        commit = repository.commits.get(rest.removeprefix("commits/"))
        return reply(200, {"tree": {"sha": commit.tree}}) if commit else problem(404, "Not Found")
    if call.method == "PATCH" and rest.startswith("refs/heads/"):
        return _move(repository, call, rest.removeprefix("refs/heads/"))
    posts = {"blobs": _blob, "trees": _tree, "commits": _commit, "refs": _ref}
    if call.method == "POST" and rest in posts:
        return posts[rest](repository, call)
    return problem(404, "Not Found")


def _blob(repository: Repository, call: Call) -> Reply:
    return reply(201, {"sha": repository.add_blob(base64.b64decode(call.json()["content"]))})


def _tree(repository: Repository, call: Call) -> Reply:
    asked = call.json()
    files = dict(repository.trees[asked["base_tree"]]) if "base_tree" in asked else {}
    for entry in asked["tree"]:
        if entry["sha"] not in repository.blobs:
            return problem(422, f"tree.sha {entry['sha']} is not a valid blob")
        files[entry["path"]] = entry["sha"]
    return reply(201, {"sha": repository.add_tree(files)})


def _commit(repository: Repository, call: Call) -> Reply:
    asked = call.json()
    commit = Commit(asked["tree"], tuple(asked.get("parents", ())), asked["message"])
    return reply(201, {"sha": repository.add_commit(commit)})


def _ref(repository: Repository, call: Call) -> Reply:
    asked = call.json()
    branch = asked["ref"].removeprefix("refs/heads/")
    if branch in repository.branches:
        return problem(422, "Reference already exists")
    repository.branches[branch] = asked["sha"]
    return reply(201, {"object": {"sha": asked["sha"]}})


def _move(repository: Repository, call: Call, branch: str) -> Reply:
    asked = call.json()
    head = repository.branches.get(branch)
    if head is None:
        return problem(422, "Reference does not exist")
    if head not in repository.commits[asked["sha"]].parents:
        return problem(422, "Update is not a fast forward")
    repository.branches[branch] = asked["sha"]
    return reply(200, {"object": {"sha": asked["sha"]}})
