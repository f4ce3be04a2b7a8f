"""Tables: which column of a CSV file is what, and its rows as points."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cli.importing.points import MISSING, Broken, Moment, Point, decode_moment, quantity
from shared.errors import BadInput
from shared.reading import POWER
from shared.units import parse_number

DELIMITERS = (";", "\t", "|", ",")
_TIMES = ("timestamp", "datetime", "date_time", "time", "date", "last_changed", "last_updated")
_KNOWN = ("power", "voltage", "current", "solar", "power_factor", "frequency")
_HEADING = re.compile(r"(.+?)[ _]*[\[(]?(m?w|kw|v|a|ma|hz)?[\])]?", re.IGNORECASE)
_UNITS = {"w": "W", "kw": "kW", "mw": "MW", "v": "V", "a": "A", "ma": "mA", "hz": "Hz"}
_DOTTED = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
_FORMAT_HINT = "--time-format '%d/%m/%Y %H:%M:%S', if its times look like 31/12/2025 23:50:00"


@dataclass(frozen=True, slots=True)
class Column:
    """Where a metric is, and the unit it is in there; None is the metric's usual one."""

    heading: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What a person said of a table; what is empty is found out."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    times: Sequence[str] = ()
    time_format: str = ""
    delimiter: str = ""
    decimal: str = ""
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """Which cells of a row make a point: indices of the time's, metric to index and unit."""

    width: int
    times: Sequence[int]
    metrics: Mapping[str, tuple[int, str | None]]
    unused: Sequence[str]
    time_format: str
    decimal_comma: bool
    missing: frozenset[str]

    def point(self, line: int, cells: Sequence[str]) -> Point | Broken:
        """Make a point of a row, or say what is wrong with it."""
        if len(cells) < self.width:
            return Broken(line, f"{len(cells)} cells, the first line has {self.width}")
        values: dict[str, float | None] = {}
        units: dict[str, str] = {}
        try:
            moment = self.moment(" ".join(cells[index].strip() for index in self.times))
            for name, (index, unit) in self.metrics.items():
                number = self._number(name, cells[index].strip())
                values[name] = number
                if number is not None:
                    values[name], units[name] = quantity(name, number, unit)
        except BadInput as error:
            return Broken(line, str(error))
        return Point(line, moment, values, units)

    def moment(self, text: str) -> Moment:
        """Return the time a row says."""
        if self.time_format:
            return _formatted(text, self.time_format)
        number = parse_number(text)
        try:
            return decode_moment(text if number is None else number)
        except BadInput:
            return _formatted(text, *_DOTTED)

    def _number(self, name: str, cell: str) -> float | None:
        if cell.lower() in self.missing:
            return None
        if self.decimal_comma and "," in cell:
            cell = cell.replace(".", "").replace(",", ".")
        number = parse_number(cell)
        if number is None:
            raise BadInput(f"{name}: not a number: {cell[:40]!r}")
        return number


def _formatted(text: str, *formats: str) -> Moment:
    for time_format in formats:
        try:
            # A format without an offset gives local time, as the file has it.
            moment = datetime.strptime(text, time_format)  # noqa: DTZ007
        except ValueError:
            continue
        return moment if moment.tzinfo is None else moment.timestamp()
    raise BadInput(f"not a time that is known: {text[:40]!r}", hint=_FORMAT_HINT)


def delimiter_of(heading: str) -> str:
    """Return what separates the cells of a line."""
    return max(DELIMITERS, key=heading.count)


def layout_of(headings: Sequence[str], delimiter: str, options: TableOptions) -> Layout:
    """Find the columns; raises BadInput with what to type."""
    names = [heading.strip() for heading in headings]
    times = [_index(names, name) for name in options.times] or _find_times(names)
    metrics = {
        name: (_index(names, column.heading), column.unit)
        for name, column in options.columns.items()
    } or _find_metrics(names)
    if not metrics:
        raise BadInput("no column is known to be power", hint=_map_hint(names))
    for name, (_, unit) in metrics.items():
        quantity(name, 0.0, unit)
    used = {*times, *(index for index, _ in metrics.values())}
    return Layout(
        width=len(names),
        times=times,
        metrics=metrics,
        unused=[name for index, name in enumerate(names) if index not in used],
        time_format=options.time_format,
        decimal_comma=options.decimal == "," or (not options.decimal and delimiter != ","),
        missing=MISSING | {mark.lower() for mark in options.missing},
    )


def columns_of(words: Iterable[str]) -> dict[str, Column]:
    """Read METRIC=COLUMN[:UNIT] as typed; raises BadInput."""
    columns = {}
    for word in words:
        name, equals, rest = word.partition("=")
        heading, _, unit = rest.rpartition(":") if ":" in rest else (rest, "", "")
        if not (name and equals and heading):
            raise BadInput(
                f"--map {word}: must be METRIC=COLUMN or METRIC=COLUMN:UNIT",
                hint="--map power=Global_active_power:kW",
            )
        columns[name] = Column(heading, unit or None)
    return columns


def _index(names: Sequence[str], wanted: str) -> int:
    """Return where a column is, by its heading or its number from 1."""
    if wanted in names:
        return names.index(wanted)
    folded = [name.lower() for name in names]
    if wanted.lower() in folded:
        return folded.index(wanted.lower())
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise BadInput(f"there is no column {wanted[:40]!r}", hint=f"its columns: {', '.join(names)}")


def _find_times(names: Sequence[str]) -> list[int]:
    folded = [name.lower().replace(" ", "_") for name in names]
    if "date" in folded and "time" in folded:
        return [folded.index("date"), folded.index("time")]
    for name in _TIMES:
        if name in folded:
            return [folded.index(name)]
    raise BadInput("no column is known to be the time", hint=f"--time COLUMN: {', '.join(names)}")


def _find_metrics(names: Sequence[str]) -> dict[str, tuple[int, str | None]]:
    metrics: dict[str, tuple[int, str | None]] = {}
    for index, heading in enumerate(names):
        found = _HEADING.fullmatch(heading)
        name = found[1].lower().replace(" ", "_") if found else ""
        if found and name in _KNOWN and name not in metrics:
            metrics[name] = index, _UNITS.get((found[2] or "").lower())
    return metrics if POWER in metrics else {}


def _map_hint(names: Sequence[str]) -> str:
    return f"--map power=COLUMN:W, with one of its columns: {', '.join(names)}"
