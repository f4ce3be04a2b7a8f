"""Old files on disk, read point by point, as often as it takes."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import cast

from cli.ground import as_root
from cli.importing.elements import Elements, Unusable
from cli.importing.points import Broken, Point, decode_point
from cli.importing.table import Layout, TableOptions, delimiter_of, layout_of
from shared.errors import BadInput
from shared.lines import LARGEST_LINE_BYTES

_CHUNK_BYTES = 1 << 16
_SNIFFED_BYTES = 4096
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)

Told = Callable[[int], None]  # hears how many bytes were read since the last time


class Source:
    """One file; `points` begins anew each time. `cut_at` is known after a whole pass."""

    def __init__(self, path: Path, options: TableOptions, told: Told) -> None:
        self.path = path
        self._options = options
        self._told = told
        self.cut_at: int | None = None
        self.layout: Layout | None = None  # of a table

    @property
    def place(self) -> str:
        """What `Point.where` counts."""
        return "line" if self.layout else "byte"

    def points(self) -> Iterator[Point | Broken]:
        """Yield all there is, in the order of the file.

        Raises Unusable for what is no file of points, BadInput for one that somebody can mend.
        """
        try:
            with self._open() as file:
                head = file.read1(_SNIFFED_BYTES)
                file.seek(0)
                if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{", b""):
                    yield from self._json(file)
                else:
                    yield from self._table(file)
        except _DAMAGED as error:
            raise Unusable(f"it is damaged: {error}") from None
        except OSError as error:
            denied = isinstance(error, PermissionError)
            hint = as_root(self.path) if denied else f"ls -l {self.path}"
            raise BadInput(error.strerror or str(error), hint=hint) from None

    def _open(self) -> BufferedReader:
        if self.path.suffix == ".gz":
            return cast("BufferedReader", gzip.open(self.path, "rb"))
        return self.path.open("rb")

    def _chunks(self, file: BufferedReader) -> Iterator[bytes]:
        with suppress(*_DAMAGED):  # compressed and cut: all that came before it counts
            while chunk := file.read1(_CHUNK_BYTES):
                self._told(len(chunk))
                yield chunk

    def _json(self, file: BufferedReader) -> Iterator[Point | Broken]:
        elements = Elements(self._chunks(file))
        for where, text in elements:
            yield decode_point(where, text)
        self.cut_at = elements.cut_at

    def _table(self, file: BufferedReader) -> Iterator[Point | Broken]:
        with io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="") as text:
            lines = self._lines(text)
            heading = next(lines, "")
            delimiter = self._options.delimiter or delimiter_of(heading)
            headings = _headings(heading, delimiter)
            if len(headings) < 2:  # noqa: PLR2004 - a time and a value at least
                kind = Unusable if ".json" in self.path.suffixes else BadInput
                raise kind("it is neither JSON nor a table", hint=f"head -c 200 {self.path}")
            self.layout = layout_of(headings, delimiter, self._options)
            yield from _rows(lines, delimiter, self.layout)

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        for line in iter(partial(text.readline, LARGEST_LINE_BYTES), ""):
            self._told(len(line))
            yield line


def _headings(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []  # such as a field larger than any


def _rows(lines: Iterator[str], delimiter: str, layout: Layout) -> Iterator[Point | Broken]:
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Broken(rows.line_num + 1, str(error))
            continue
        if cells is None:
            return
        if cells:
            yield layout.point(rows.line_num + 1, cells)
