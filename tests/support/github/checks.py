"""What tests of the syncer look at and change: files of the repository, days of a document."""

import gzip
from datetime import date
from pathlib import Path
from typing import Any

from services.syncer.answers import Place
from services.syncer.github import GitHub
from services.syncer.wire import Timeouts, Wire
from support.github.house import ZONE, House
from support.github.server import FakeGitHub

REPO = "owner/house"
QUICK = Timeouts(pace_s=0.0)
MONTHLY, YEARLY = "data/monthly.json", "data/yearly.json"
LAST = date(2026, 11, 21)


def client(fake: FakeGitHub, token: str = "", **more: Any) -> GitHub:
    """Return a remote at the fake; `more` is what `client_at` takes."""
    return client_at(fake.url, token or fake.token, **more)


def client_at(
    url: str,
    token: str,
    *,
    repo: str = REPO,
    branch: str = "main",
    ca_file: Path | None = None,
    timeouts: Timeouts = QUICK,
) -> GitHub:
    """Return a remote at an address."""
    place = Place(repo, url)
    return GitHub(Wire(place, token, ca_file, timeouts), place, branch, "data")


def on_github(fake: FakeGitHub, path: str) -> bytes:
    """Return a file of the repository."""
    content = fake.file(path)
    assert content is not None, f"{path} is not there"
    return content


def set_mean(document: dict[str, Any], day: date, mean: float, **more: object) -> None:
    """Change one day of a document."""
    start = ZONE.iso(ZONE.day_start(day))
    for bucket in document["data_points"]:
        if bucket["timestamp"] == start:
            bucket["power"] = {"mean": mean, "min": mean, "max": mean}
            bucket.update(more)


def mean_of(document: dict[str, Any], day: date) -> float | None:
    """Return the mean of a day."""
    start = ZONE.iso(ZONE.day_start(day))
    means = [b["power"]["mean"] for b in document["data_points"] if b["timestamp"] == start]
    return means[0] if means else None


def add_journal(house: House, day: date, content: bytes) -> Path:
    """Put a finished day's compressed journal there."""
    path = house.config.paths.state_dir / f"journal/{day}.jsonl.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))
    return path
