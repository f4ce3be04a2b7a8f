"""Points written as a table, a document, or one object a line."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from cli.exporting.points import Point, Points

_NO_COLUMN = "units"

Cells = dict[str, Any]
Writer = Callable[[Points, Mapping[str, Any]], Iterator[bytes]]


def as_lines(points: Points, _head: Mapping[str, Any]) -> Iterator[bytes]:
    """Write each point on a line of its own."""
    for point in points():
        yield orjson.dumps(point, option=orjson.OPT_APPEND_NEWLINE)


def as_document(points: Points, head: Mapping[str, Any]) -> Iterator[bytes]:
    """Write one JSON object with the points in `data_points`, a line each."""
    yield orjson.dumps(head).removesuffix(b"}") + b',"data_points":['
    for count, point in enumerate(points()):
        yield (b",\n" if count else b"\n") + orjson.dumps(point)
    yield b"\n]}\n"


def as_table(points: Points, _head: Mapping[str, Any]) -> Iterator[bytes]:
    """Write CSV: a column for each value there is anywhere, unknown ones empty."""
    columns = _columns(points())
    yield _row(columns)
    for point in points():
        cells = flatten(point)
        yield _row(cells.get(column) for column in columns)


def flatten(point: Mapping[str, Any], before: str = "") -> Cells:
    """Return cells by column: {"power": {"mean": 1}} is {"power_mean": 1}."""
    cells: Cells = {}
    for key, value in point.items():
        if isinstance(value, dict):
            cells |= {} if key == _NO_COLUMN else flatten(value, f"{before}{key}_")
        else:
            cells[before + key] = value
    return cells


def _columns(points: Iterable[Point]) -> list[str]:
    columns: dict[str, None] = {}
    for point in points:
        columns.update(dict.fromkeys(flatten(point)))
    return list(columns)


def _row(cells: Iterable[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow("" if cell is None else cell for cell in cells)
    return line.getvalue().encode()


FORMATS: Mapping[str, Writer] = {"csv": as_table, "json": as_document, "jsonl": as_lines}
