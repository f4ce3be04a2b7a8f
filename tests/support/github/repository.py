"""One repository: blobs under git's own shas, trees, commits and branches."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: `tree` is the sha of its tree."""

    tree: str
    parents: tuple[str, ...]
    message: str


@dataclass(slots=True)
class Repository:
    """All that a repository holds; a tree is a flat mapping of path to blob sha."""

    full_name: str
    private: bool = True
    default_branch: str = "main"
    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, Mapping[str, str]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def add_blob(self, content: bytes) -> str:
        """Keep a blob; return its sha."""
        sha = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        self.blobs[sha] = content
        return sha

    def add_tree(self, files: Mapping[str, str]) -> str:
        """Keep a tree; return its sha."""
        sha = _digest("tree", sorted(files.items()))
        self.trees[sha] = dict(files)
        return sha

    def add_commit(self, commit: Commit) -> str:
        """Keep a commit; return its sha."""
        sha = _digest("commit", [commit.tree, commit.parents, commit.message, len(self.commits)])
        self.commits[sha] = commit
        return sha

    def files(self, ref: str) -> Mapping[str, str]:
        """Return path -> blob sha at a branch or commit."""
        return self.trees[self.commits[self.branches.get(ref, ref)].tree]

    def content(self, path: str, branch: str = "main") -> bytes | None:
        """Return a file as it is now."""
        if branch not in self.branches:
            return None
        sha = self.files(branch).get(path)
        return None if sha is None else self.blobs[sha]

    def edit(self, path: str, content: bytes | None, message: str = "by another hand") -> None:
        """Change or delete (None) a file on the default branch, as a person would on the page."""
        head = self.branches.get(self.default_branch)
        files = dict(self.files(head)) if head else {}
        if content is None:
            files.pop(path, None)
        else:
            files[path] = self.add_blob(content)
        parents = (head,) if head else ()
        commit = Commit(self.add_tree(files), parents, message)
        self.branches[self.default_branch] = self.add_commit(commit)

    def messages(self, branch: str = "main") -> list[str]:
        """Return the messages of a branch's commits, the newest first."""
        found = []
        sha = self.branches.get(branch)
        while sha:
            commit = self.commits[sha]
            found.append(commit.message)
            sha = commit.parents[0] if commit.parents else None
        return found


def _digest(kind: str, content: object) -> str:
    return hashlib.sha1(f"{kind} {json.dumps(content)}".encode(), usedforsecurity=False).hexdigest()
