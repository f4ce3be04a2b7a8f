"""What must be true of a board on a calm day, and what is left of it at the end."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from shared.times import parse_timestamp
from support.asyncapi import mistakes
from support.year.truth import Truth

DAILY_BYTES, YEARLY_BYTES = 28_000, 60_000  # with one metric, 144 readings and 365 days
MOST_PERCENT = 0.1
_JOURNAL_DAYS = 10
_SMALL_BYTES = 20_000  # of any other file in the state directory
_WINDOWS = {"weekly": 7, "monthly": 30, "yearly": 365}
_SCHEMAS = dict.fromkeys((*_WINDOWS, "earlier"), "buckets") | {"daily": "daily"}
_DAY_S = 86_400
_COVERAGE_S = 2.0  # six digits of a day are a tenth of a second


def wrong(directory: Path, truth: Truth, today: date) -> Iterator[str]:
    """Yield what is not as it must be at noon of a day on which nothing is the matter."""
    yield from _documents(directory, truth, today)
    yield from _days(directory, truth, today)
    yield from _remote(directory)
    yield from _files(directory, truth, today)


def _documents(directory: Path, truth: Truth, today: date) -> Iterator[str]:
    for tier, schema in _SCHEMAS.items():
        document = _document(directory, tier)
        found = mistakes(f"schema/{schema}.json", document)
        if found:
            yield f"{tier}.json does not fit its schema: {found[0]}"
    if _document(directory, "daily")["date"] != str(today):
        yield "daily.json is not of today"
    for tier, length in _WINDOWS.items():
        window = [today - timedelta(days=back) for back in range(length, 0, -1)]
        must = [day for day in window if day in _known_days(truth, today)]
        points = _document(directory, tier)["data_points"]
        if tier != "weekly":
            there = [date.fromisoformat(point["timestamp"][:10]) for point in points]
            if there != must:
                yield f"{tier}.json lacks or has too much: {sorted({*there} ^ {*must})}"
            continue
        hours = [point["timestamp"] for point in points]
        edges = [truth.zone.iso(edge) for day in must for edge in truth.zone.hour_edges(day)[:-1]]
        if hours != sorted(hours, key=parse_timestamp) or not {*hours} <= {*edges}:
            yield "weekly.json has hours that it should not have, or not in order"
        whole = [
            edge
            for edge in edges
            if truth.is_whole(parse_timestamp(edge), parse_timestamp(edge) + 3600)
        ]
        if not {*whole} <= {*hours}:
            yield f"weekly.json lacks hours: {sorted({*whole} - {*hours})[:3]}"


def _known_days(truth: Truth, today: date) -> set[date]:
    return {day for day in truth.days(today) if truth.day(day).known_s > 0}


def _days(directory: Path, truth: Truth, today: date) -> Iterator[str]:
    """Compare the book with the truth day by day, and the sum of all."""
    points = booked(directory)
    ours = true = unsure = 0.0
    for day in truth.days(today):
        must = truth.day(day)
        point = points.get(day, {"energy_kwh": 0, "export_kwh": 0, "coverage": 0})
        ours, true = ours + (point["energy_kwh"] or 0), true + must.energy_kwh
        unsure += must.unsure_kwh
        if not any(_fits(point, truth, day, number) for number in range(2)):
            yield f"{day} is {_told(point)}, and must be {must}"
    if abs(ours - true) > true * MOST_PERCENT / 100 + unsure:
        yield f"all days are {ours:.3f} kWh, and must be {true:.3f}"


def _fits(point: Mapping[str, Any], truth: Truth, day: date, number: int) -> bool:
    zones = list(truth.zones_of(day))
    if number >= len(zones):
        return False
    must, zone = truth.day(day, zones[number]), zones[number]
    length = zone.day_end(day) - zone.day_start(day)
    near_kwh = 0.002 + must.energy_kwh * MOST_PERCENT / 100 + must.unsure_kwh
    covered_s = (point["coverage"] or 0) * length
    return bool(
        abs((point["energy_kwh"] or 0) - must.energy_kwh) <= near_kwh
        and abs((point["export_kwh"] or 0) - must.export_kwh) <= near_kwh
        and abs(covered_s - must.known_s) <= _COVERAGE_S + must.unsure_s
    )


def _told(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {point[name]}" for name in ("energy_kwh", "export_kwh", "coverage"))


def _remote(directory: Path) -> Iterator[str]:
    for tier in ("monthly", "yearly"):
        there, here = directory / "stick" / f"{tier}.json", directory / "data" / f"{tier}.json"
        if not there.exists() or there.read_bytes() != here.read_bytes():
            yield f"{tier}.json at the remote is not as it is here"


def _files(directory: Path, truth: Truth, today: date) -> Iterator[str]:
    state = directory / "state"
    for path in directory.rglob("*.corrupt-*"):
        yield f"{path.name} was set aside"
    journal = sorted(date.fromisoformat(path.name[:10]) for path in (state / "journal").iterdir())
    kept = {
        day for day in _known_days(truth, today) if day >= today - timedelta(days=_JOURNAL_DAYS)
    }
    if truth.keeps_journal(today) and not kept <= {*journal}:
        yield f"the journal lacks {sorted(kept - {*journal})}"
    if len(journal) > _JOURNAL_DAYS + 4:
        yield f"the journal has {len(journal)} days"
    for path in state.rglob("*"):
        if path.is_file() and path.stat().st_size > _limit(path, state):
            yield f"{path.relative_to(state)} has {path.stat().st_size} bytes"
    if not truth.has_meter:
        if (directory / "data" / "daily.json").stat().st_size > DAILY_BYTES:
            yield "daily.json is too large"
        if (directory / "data" / "yearly.json").stat().st_size > YEARLY_BYTES:
            yield "yearly.json is too large"


def _limit(path: Path, state: Path) -> int:
    """Return how large a file may be: a year of days is as large as yearly.json."""
    years = path.parent == state / "book" or path.parent == state / "syncer" / "pushed"
    return (
        2 * YEARLY_BYTES if years else 2 * DAILY_BYTES if path.suffix == ".jsonl" else _SMALL_BYTES
    )


def _document(directory: Path, tier: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "data" / f"{tier}.json").read_bytes())
    return document


def booked(directory: Path) -> dict[date, Mapping[str, Any]]:
    """Return the book's days as its files have them."""
    paths = sorted((directory / "state" / "book").glob("*.json"))
    points = [point for path in paths for point in json.loads(path.read_bytes())["data_points"]]
    return {date.fromisoformat(point["timestamp"][:10]): point for point in points}


def sizes(directory: Path) -> dict[str, int]:
    """Return every file and its size in bytes."""
    paths = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {str(path.relative_to(directory)): path.stat().st_size for path in paths}


def digest(directory: Path) -> str:
    """Return what is the same after a second life: of all files but the syncer's notes of times."""
    found = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.name not in {"state.json", "directory-seen"}:
            found.update(f"{path.relative_to(directory)}\n".encode() + path.read_bytes())
    return found.hexdigest()
