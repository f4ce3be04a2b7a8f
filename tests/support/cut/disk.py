"""A disk on which a power cut leaves only what was synced, and of the rest whatever it likes.

What POSIX promises and no more: the bytes of a file survive from its fsync on, a name from the
fsync of its directory on. Of what was not synced any part may survive, in any order, down to
sectors; a file may have grown without its bytes. File systems keep more than that; none may keep
less.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from support.cut.calls import Call

SECTOR_BYTES = 512  # written whole or not at all


@dataclass(slots=True, eq=False)
class File:
    """Bytes as the process sees them, as they are safe, and what lies between the two."""

    seen: bytearray = field(default_factory=bytearray)
    safe: bytes = b""
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)  # None cuts to a size

    def write(self, offset: int, data: bytes) -> None:
        """Write bytes somewhere."""
        _put(self.seen, offset, data)
        self.waiting.append((offset, data))

    def cut(self, size: int) -> None:
        """Make it as long as that."""
        _resize(self.seen, size)
        self.waiting.append((size, None))

    def sync(self) -> None:
        """Make all that was written safe."""
        self.safe = bytes(self.seen)
        self.waiting.clear()

    def left(self, chance: Random) -> bytes:
        """Return what a power cut leaves."""
        style = chance.choice(("nothing", "all", "some"))
        if style == "nothing":
            return self.safe
        if style == "all":
            return bytes(self.seen)
        content = bytearray(self.safe)
        for offset, data in self.waiting:
            if data is None:
                if chance.random() < 0.5:
                    _resize(content, offset)
                continue
            if chance.random() < 0.5:  # the size reached the disk, whatever of the bytes did
                _resize(content, max(len(content), offset + len(data)))
            for start, part in _sectors(offset, data):
                if chance.random() < 0.5:
                    _put(content, start, part)
        return bytes(content)


@dataclass(slots=True, eq=False)
class Directory:
    """Names as the process sees them, as they are safe, and the changes between the two."""

    seen: "dict[str, Node]" = field(default_factory=dict)
    safe: "dict[str, Node]" = field(default_factory=dict)
    waiting: "list[Change]" = field(default_factory=list)

    def change(self, change: "Change") -> None:
        """Give, take or move names: all of it or nothing."""
        change(self.seen)
        self.waiting.append(change)

    def sync(self) -> None:
        """Make all names safe."""
        self.safe = dict(self.seen)
        self.waiting.clear()

    def left(self, chance: Random) -> "dict[str, Node]":
        """Return what a power cut leaves: the first so many changes."""
        names = dict(self.safe)
        for change in self.waiting[: chance.choice((0, chance.randint(0, 99), 99))]:
            change(names)
        return names


Node = File | Directory | str  # text is where a symbolic link points
Change = Callable[[dict[str, Node]], None]


class Disk:
    """The directory `root`, empty and safe at first, after the calls it was told of."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._top = Directory()
        self._positions: dict[int, int] = {}
        self._appending: set[int] = set()

    def apply(self, call: Call) -> None:
        """Do what a call did; calls elsewhere change nothing here."""
        known = getattr(self, f"_{call.name}", None)
        if known:
            known(call)
        elif self.concerns(call):
            raise AssertionError(f"the disk does not know {call.name}")

    def leave(self, target: Path, chance: Random) -> None:
        """Make the directory `target` what a power cut now leaves."""
        _lay_down(self._top, target, chance)

    def concerns(self, call: Call) -> bool:
        """Say whether a call is about this directory."""
        paths = [call.path, *(os.fsdecode(text) for text in call.texts)]
        return any(self._is_here(path) for path in paths)

    def _is_here(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    def _node(self, path: str) -> Node:
        node: Node = self._top
        for name in path.removeprefix(self._root).strip("/").split("/"):
            if name:
                assert isinstance(node, Directory)
                node = node.seen[name]
        return node

    def _place(self, path: str) -> tuple[Directory, str]:
        above, _, name = path.rpartition("/")
        node = self._node(above)
        assert isinstance(node, Directory)
        return node, name

    def _file(self, path: str) -> File:
        node = self._node(path)
        assert isinstance(node, File)
        return node

    def _openat(self, call: Call) -> None:
        path, flags = os.fsdecode(call.texts[0]), call.rest[0]
        if not self._is_here(path) or "O_DIRECTORY" in flags:
            return
        directory, name = self._place(path)
        if name not in directory.seen:
            directory.change(_giving(name, File()))
        file = self._file(path)
        if "O_TRUNC" in flags and file.seen:
            file.cut(0)
        self._positions[call.result] = 0
        self._appending.discard(call.result)
        if "O_APPEND" in flags:
            self._appending.add(call.result)

    def _write(self, call: Call) -> None:
        if not self._is_here(call.path):
            return
        file = self._file(call.path)
        at = self._positions[call.descriptor]
        if call.descriptor in self._appending:
            at = len(file.seen)
        file.write(at, call.texts[0][: call.result])
        self._positions[call.descriptor] = at + call.result

    def _pwrite64(self, call: Call) -> None:
        if self._is_here(call.path):
            self._file(call.path).write(int(call.rest[-1]), call.texts[0][: call.result])

    def _lseek(self, call: Call) -> None:
        self._positions[call.descriptor] = call.result

    def _ftruncate(self, call: Call) -> None:
        if self._is_here(call.path):
            self._file(call.path).cut(int(call.rest[-1]))

    def _fsync(self, call: Call) -> None:
        if self._is_here(call.path):
            node = self._node(call.path)
            assert not isinstance(node, str)
            node.sync()

    _fdatasync = _fsync

    def _mkdir(self, call: Call) -> None:
        self._give(call, Directory())

    def _symlink(self, call: Call) -> None:
        path = os.fsdecode(call.texts[1])
        if self._is_here(path):
            directory, name = self._place(path)
            directory.change(_giving(name, os.fsdecode(call.texts[0])))

    def _link(self, call: Call) -> None:
        old, new = map(os.fsdecode, call.texts)
        if self._is_here(new):
            directory, name = self._place(new)
            directory.change(_giving(name, self._node(old)))

    def _unlink(self, call: Call) -> None:
        path = os.fsdecode(call.texts[0])
        if self._is_here(path):
            directory, name = self._place(path)
            directory.change(_taking(name))

    def _rename(self, call: Call) -> None:
        old, new = map(os.fsdecode, call.texts)
        if self._is_here(old):
            directory, name = self._place(old)
            other, becomes = self._place(new)
            assert directory is other, f"{old} goes to another directory"
            directory.change(_moving(name, becomes))

    def _give(self, call: Call, node: Node) -> None:
        path = os.fsdecode(call.texts[0])
        if self._is_here(path):
            directory, name = self._place(path)
            directory.change(_giving(name, node))


def _giving(name: str, node: Node) -> Change:
    return lambda names: names.update({name: node})


def _taking(name: str) -> Change:
    return lambda names: (names.pop(name, None), None)[1]


def _moving(old: str, new: str) -> Change:
    def move(names: dict[str, Node]) -> None:
        names[new] = names.pop(old)

    return move


def _lay_down(directory: Directory, target: Path, chance: Random) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name, node in directory.left(chance).items():
        if isinstance(node, Directory):
            _lay_down(node, target / name, chance)
        elif isinstance(node, File):
            (target / name).write_bytes(node.left(chance))
        else:
            (target / name).symlink_to(node)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    _resize(content, max(len(content), offset + len(data)))
    content[offset : offset + len(data)] = data


def _resize(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


def _sectors(offset: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield what falls into each sector."""
    end = offset + len(data)
    while offset < end:
        until = min(end, (offset // SECTOR_BYTES + 1) * SECTOR_BYTES)
        yield offset, data[: until - offset]
        offset, data = until, data[until - offset :]
