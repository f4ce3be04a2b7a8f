"""The points of a JSON file one by one, so that the file never stands in memory.

Takes a list, an object with a list `data_points` in it, or one object a line; also when the file
was cut in the middle or has a damaged stretch.
"""

import re
from collections.abc import Iterable, Iterator

from shared.errors import BadInput

# An object, in which objects may be, in which objects may be: deeper than any point is. What is
# inside has no time of its own, so a point that lacks its end does not swallow those after it.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT = rb'\{(?!\s*"timestamp")[^{}"]*+(?:' + _STRING + rb'[^{}"]*+)*+\}'
_DEEP = rb'\{(?!\s*"timestamp")[^{}"]*+(?:(?:' + _STRING + rb"|" + _FLAT + rb')[^{}"]*+)*+\}'
_OBJECT = re.compile(rb'\{[^{}"]*+(?:(?:' + _STRING + rb"|" + _DEEP + rb')[^{}"]*+)*+\}', re.DOTALL)
_BETWEEN = re.compile(rb"[\s,]*+")
_LIST_KEY = re.compile(rb'"data_points"\s*:\s*\[')
_NEXT = re.compile(rb'\{\s*"timestamp"')
_LARGEST_POINT = 1 << 20
_SHOWN = 80
_MARK = b"\xef\xbb\xbf"  # some editors put it before UTF-8


class Unusable(BadInput):
    """A file that nobody can make points of: there is nothing to mend, so others don't wait."""


class Elements:
    """Yields (offset, text) of each object; `cut_at` is where an unfinished file ends.

    A damaged stretch is yielded as its beginning, which no parser takes. Raises Unusable when it is
    no file of points; one that is empty, or cut before its first point ends, has none.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = b""
        self._at = 0  # of the next byte, in the buffer
        self._before = 0  # bytes that came before the buffer
        self.cut_at: int | None = None

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        in_list = self._open()
        while True:
            first = self._skip()
            if first == b"]" and in_list:
                return
            if not first:
                self.cut_at = self._before + self._at if in_list else None
                return
            element = self._object() if first == b"{" else None
            element = element or self._damage()
            if element is None:
                return
            yield element

    def _open(self) -> bool:
        """Go to the first point; say whether a bracket closes the list."""
        self._more()
        self._at = len(_MARK) if self._buffer.startswith(_MARK) else 0
        first = self._skip()
        if first == b"{":
            return self._open_object()
        if not first:
            return False
        if first != b"[":
            raise Unusable("it is no JSON with points in it")
        self._at += 1
        return True

    def _open_object(self) -> bool:
        while True:
            key = _LIST_KEY.search(self._buffer, self._at)
            whole = _OBJECT.match(self._buffer, self._at)
            if key and not (whole and whole.end() < key.start()):
                self._at = key.end()
                return True
            if whole and b'"timestamp"' in whole[0]:
                return False
            if whole or len(self._buffer) > _LARGEST_POINT:
                raise Unusable("it has no list of data_points")
            if not self._more():  # cut in its first words
                self._at = len(self._buffer)
                return True

    def _skip(self) -> bytes:
        """Go over what separates points; return the next byte, b"" at the end of the file."""
        while True:
            found = _BETWEEN.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer) or not self._more():
                return self._buffer[self._at : self._at + 1]

    def _object(self) -> tuple[int, bytes] | None:
        while not (found := _OBJECT.match(self._buffer, self._at)):
            if len(self._buffer) - self._at > _LARGEST_POINT or not self._more():
                return None
        offset = self._before + self._at
        self._at = found.end()
        return offset, found[0]

    def _damage(self) -> tuple[int, bytes] | None:
        """Go to the next point; return where the damage begins, None when it is the cut end."""
        offset, text = self._before + self._at, self._buffer[self._at : self._at + _SHOWN]
        while not (found := _NEXT.search(self._buffer, self._at + 1)):
            self._at = max(self._at, len(self._buffer) - _SHOWN)
            if not self._more():
                self.cut_at = offset
                return None
        self._at = found.start()
        return offset, text

    def _more(self) -> bool:
        """Read on; False at the end of the file."""
        chunk = next(self._chunks, b"")
        self._before += self._at
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        return bool(chunk)
