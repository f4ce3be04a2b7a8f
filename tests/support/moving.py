"""Old files, and an import of them into a monitor of a directory's own."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from cli.importing.moving import Way, find_files, move_in
from cli.importing.report import Outcome
from cli.importing.survey import Rules
from cli.importing.table import TableOptions
from shared import clock
from shared.config import Config, parse
from shared.documents import decode_document
from shared.times import Zone

OLD = Path(__file__).parents[1] / "unit" / "old"
ZONE = Zone("Europe/Berlin")


def configuration(directory: Path) -> Config:
    """Return the configuration of a monitor in a directory."""
    house = {"url": "http://127.0.0.1", "token": "t", "entities": {"power": "sensor.p"}}
    paths = {"data_dir": str(directory / "data"), "state_dir": str(directory / "state")}
    return parse({"home_assistant": house, "paths": paths, "timezone": ZONE.name}, {})


def move(
    directory: Path,
    *files: Path,
    dry_run: bool = False,
    options: TableOptions | None = None,
    **rules: Any,
) -> Outcome:
    """Import files as `power-monitor import --offline` does."""
    return move_in(
        configuration(directory),
        find_files(files),
        options or TableOptions(),
        Rules(ZONE, clock.now(), **rules),
        Way(offline=True, dry_run=dry_run),
    )


def days(outcome: Outcome) -> dict[str, tuple[float | None, float | None]]:
    """Return day -> energy and coverage of the days that have changed."""
    changed = outcome.days.items()
    return {str(day): (known.energy_kwh, known.coverage) for day, (_, known) in changed}


def book(directory: Path) -> dict[date, float]:
    """Return day -> energy of all days in the book."""
    found = {}
    for path in sorted((directory / "state" / "book").glob("*.json")):
        for bucket in decode_document(path.read_bytes(), "book").buckets:
            found[ZONE.day_of(bucket.time)] = bucket.energy_kwh or 0.0
    return found


def old_file(path: Path, points: Sequence[Mapping[str, Any]]) -> Path:
    """Write a bare list of points."""
    path.write_text(json.dumps(points))
    return path
