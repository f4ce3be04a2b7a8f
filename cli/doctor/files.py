"""The documents and what they are made from: whole, and of today. Nothing is changed."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

import orjson

from cli.doctor.finding import Finding, Findings, fail, ok, warn
from cli.documents_here import FileHere
from cli.overview import Overview
from cli.spans import size, span
from shared.book_file import decode_year
from shared.checksum import unsealed
from shared.config import Config, PathsConfig
from shared.errors import BadInput
from shared.reading import decode_reading
from shared.times import parse_timestamp

_READABLE_BY_ALL = 0o004
_TAIL_BYTES = 1 << 16
_REBUILD = "XDG_CONFIG_HOME=... mosquitto_pub -t power-monitor/request/aggregator/rebuild -n"


def documents(config: Config, seen: Overview) -> Findings:
    """Look at the four files."""
    for file in seen.files:
        yield _document(file, seen)
    for file in seen.files:
        path = file.path.resolve()
        if path.exists() and not path.stat().st_mode & _READABLE_BY_ALL:
            yield warn(f"{path} can't be read by the web server", f"chmod 644 {path}")
    yield from _set_aside(config.paths)


def _document(file: FileHere, seen: Overview) -> Finding:
    name = file.path.name
    if file.problem:
        return fail(f"{name}: {file.problem}", "power-monitor rollup makes it anew")
    if file.last_update is None:
        return warn(f"{name} is whole and still empty", "power-monitor collect")
    age = seen.now - parse_timestamp(file.last_update)
    text = f"{name} is whole, {size(file.bytes or 0)}, changed {span(age)} ago"
    if file.tier == "daily":
        late = age > seen.heartbeat_s
        today = str(seen.zone.day_of(seen.now))
        if file.date != today:
            return warn(f"{name} is of {file.date}, and today is {today}", "power-monitor status")
    else:
        late = age > 2 * 86400
    return warn(text, "power-monitor status") if late else ok(text)


def journal(config: Config, seen: Overview) -> Findings:
    """Look at the readings of the last days, and at the book."""
    state = config.paths.state_dir
    days = sorted(path for path in (state / "journal").glob("*.jsonl*") if path.is_file())
    if not days:
        yield warn("there are no readings yet", "power-monitor collect")
    else:
        total = sum(path.stat().st_size for path in days)
        yield ok(f"readings of {len(days)} days, from {days[0].name[:10]}, {size(total)}")
        yield from _newest(days[-1], seen)
        yield from _packed(path for path in days if path.suffix == ".gz")
    years = sorted((state / "book").glob("[0-9][0-9][0-9][0-9].json"))
    for year in years:
        try:
            decode_year(year.read_bytes())
        except (OSError, BadInput) as error:
            yield fail(f"{year}: {error}", "restart the monitor: it makes it anew")
    if years:
        yield ok(f"the book has the years {years[0].stem} to {years[-1].stem}")


def _newest(path: Path, seen: Overview) -> Findings:
    """Read the last line: only the day that lasts is written to."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - _TAIL_BYTES))
        lines = file.read().rstrip().split(b"\n")
    if path.suffix == ".gz":
        yield warn(f"nothing came since {path.name[:10]}", "power-monitor logs collector")
        return
    try:
        reading = decode_reading(orjson.loads(unsealed(lines[-1])), frozenset(), 0.0)
    except (orjson.JSONDecodeError, BadInput):
        yield warn(f"{path}: its last line is cut; the next start removes it")
        return
    yield ok(f"the last reading on disk is of {seen.zone.iso(reading.time)}")


def _packed(days: Iterable[Path]) -> Findings:
    for path in days:
        try:
            with gzip.open(path, "rb") as file:
                while file.read(1 << 20):
                    pass
        except (OSError, EOFError, zlib.error) as error:
            yield fail(f"{path} is damaged: {error}", "the book keeps that day's total")


def _set_aside(paths: PathsConfig) -> Findings:
    state = paths.state_dir
    below = ("journal", "book", "collector", "syncer", "credentials")
    places = {paths.data_dir, paths.volatile_dir, state, *(state / name for name in below)}
    for place in sorted(places):
        for path in sorted(place.glob("*.corrupt-*")):
            yield warn(f"{path} was damaged and set aside", f"look at it, then: rm {path}")
