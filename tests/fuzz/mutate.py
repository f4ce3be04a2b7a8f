"""Inputs made of recorded ones: bits flipped, bytes cut, values swapped for what hurts."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from fuzz.json_changes import JsonChanger, is_inner

_DEEP = 3000  # brackets within brackets
_PIECE_BYTES = 64
_REPEATS = (2, 3, 1000)
_HTTP, _BLANK = b"HTTP/", b"\r\n\r\n"
_HEADS = 0.4  # of the changes to an answer are to its headers
_JSON = 0.7  # of the others leave JSON that is JSON
_CHANGES = (1, 1, 1, 2, 2, 3, 4)
_TOKENS = (
    *(b"null", b"NaN", b"-Infinity", b"1e999", b"-0", b"\0", b"\xff", b"\xed\xa0\x80", b"\\ud800"),
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r\n", b"\r\n\r\n", b"\xef\xbb\xbf"),
    *(b"9" * 20, b"9" * 400, b"-9999999999"),
)


class Mutator:
    """Makes inputs of seeds; what comes out depends on `random` alone."""

    def __init__(self, seeds: Sequence[bytes]) -> None:
        self._seeds = seeds
        self._trees = [_trees(seed) for seed in seeds]
        self._json = JsonChanger([tree for trees in self._trees for *_, tree in trees])

    def make(self, random: Random) -> bytes:
        """Return the next input: one recorded input with one to four changes."""
        index = random.randrange(len(self._seeds))
        data, trees = self._seeds[index], self._trees[index]
        changes = random.choice(_CHANGES)
        if data.startswith(_HTTP) and random.random() < _HEADS:
            head, blank, body = data.partition(_BLANK)
            return self._bytes(head, changes, random) + blank + body
        if trees and random.random() < _JSON:
            start, end, tree = random.choice(trees)
            for _ in range(changes):
                tree = self._json.changed(tree, random)
            return data[:start] + _dumped(tree) + data[end:]
        return self._bytes(data, changes, random)

    def _bytes(self, data: bytes, changes: int, random: Random) -> bytes:
        for _ in range(changes):
            at = random.randint(0, len(data))
            change = random.choice((*_BYTE_CHANGES, self._spliced))
            data = change(data, at, random)
        return data

    def _spliced(self, data: bytes, at: int, random: Random) -> bytes:
        other = random.choice(self._seeds)
        return data[:at] + other[random.randint(0, len(other)) :]


def _cut(data: bytes, at: int, _random: Random) -> bytes:
    return data[:at]


def _flipped(data: bytes, at: int, random: Random) -> bytes:
    byte = data[at : at + 1]
    return data[:at] + bytes(one ^ (1 << random.randrange(8)) for one in byte) + data[at + 1 :]


def _shortened(data: bytes, at: int, random: Random) -> bytes:
    return data[:at] + data[at + random.randint(1, _PIECE_BYTES) :]


def _inserted(data: bytes, at: int, random: Random) -> bytes:
    return data[:at] + random.choice(_TOKENS) + data[at:]


def _repeated(data: bytes, at: int, random: Random) -> bytes:
    piece = data[at : at + random.randint(1, _PIECE_BYTES)]
    return data[:at] + piece * random.choice(_REPEATS) + data[at:]


def _deepened(data: bytes, at: int, random: Random) -> bytes:
    return data[:at] + random.choice((b"[", b'{"a":')) * _DEEP + data[at:]


def _noise(data: bytes, at: int, random: Random) -> bytes:
    return data[:at] + random.randbytes(random.randint(0, _PIECE_BYTES))


_BYTE_CHANGES: tuple[Callable[[bytes, int, Random], bytes], ...] = (
    *(_cut, _flipped, _shortened, _inserted, _repeated, _deepened, _noise),
)


def _trees(data: bytes) -> list[tuple[int, int, Any]]:
    """Return the stretches of an input that are JSON: all of it, its lines, or an answer's body."""
    body = data.find(_BLANK) + len(_BLANK) if data.startswith(_HTTP) else 0
    if (whole := _parsed(data[body:])) is not None:
        return [(body, len(data), whole)]
    found, start = [], 0
    for line in data.splitlines(keepends=True):
        text = line.rstrip(b"\r\n")
        word = text.find(b" ") + 1 if text[:1].isalpha() else 0  # a topic or command before it
        if (tree := _parsed(text[word:])) is not None:
            found.append((start + word, start + len(text), tree))
        start += len(line)
    return found


def _parsed(text: bytes) -> Any:
    try:
        tree = json.loads(text)
    except ValueError:
        return None
    return tree if is_inner(tree) else None


def _dumped(tree: Any) -> bytes:
    """Write as Python does: NaN and Infinity as such, and half a surrogate as an escape."""
    return json.dumps(tree, separators=(",", ":")).encode()
