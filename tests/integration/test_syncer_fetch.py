"""Fetching on command: what would change is told, then done, and a copy is kept."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
from support.github.checks import LAST, MONTHLY, YEARLY, mean_of, on_github, set_mean
from support.github.house import House, edited, point
from support.github.server import FakeGitHub

from services.syncer.effects import Ask


def test_fetch_dry_run_tells_day_by_day_and_changes_nothing(house: House, fake: FakeGitHub) -> None:
    house.sync()
    corrected = {"corrected": "2026-11-22T11:00:00+01:00"}

    def change(document: dict[str, Any]) -> None:
        set_mean(document, LAST, 123.0, energy_kwh=2.952, **corrected)
        document["data_points"].insert(0, point(date(2026, 10, 1), 50.0, 1.0))

    fake.repository.edit(MONTHLY, edited(on_github(fake, MONTHLY), change))
    before = house.file("monthly.json")
    report = house.run(house.core.fetch("monthly", dry_run=True))
    assert house.file("monthly.json") == before
    days = report["files"]["monthly.json"]["days"]
    assert days == [
        {"date": "2026-10-01", "change": "new", "here_kwh": None, "there_kwh": 1.2},
        {"date": "2026-11-21", "change": "theirs", "here_kwh": 9.6, "there_kwh": 2.952},
    ]
    done = house.run(house.core.fetch("monthly", dry_run=False))
    assert done["changed"] == {"monthly.json": ["2026-10-01", "2026-11-21"]}
    assert mean_of(orjson.loads(house.file("monthly.json")), LAST) == 123.0


def test_fetch_keeps_a_copy_of_what_was_there_before(house: House, fake: FakeGitHub) -> None:
    house.sync()
    content = edited(on_github(fake, YEARLY), lambda d: set_mean(d, LAST, 1.0, coverage=1))
    fake.repository.edit(YEARLY, content)
    before = house.file("yearly.json")
    kept = Path(house.run(house.core.fetch("all", dry_run=False))["copy_of_before"])
    assert (kept / "yearly.json").read_bytes() == before
    assert (kept / "book/2026.json").exists()
    assert house.file("yearly.json") != before


def test_after_a_fetch_the_sync_state_is_fresh(house: House, fake: FakeGitHub) -> None:
    """The next push knows what is there, and does not take its own merge for somebody else's."""
    house.sync()
    content = edited(on_github(fake, YEARLY), lambda d: set_mean(d, LAST, 1.0))
    fake.repository.edit(YEARLY, content)
    house.run(house.core.fetch("all", dry_run=False))
    fake.seen.clear()
    house.sync()
    assert fake.calls(path="/repos") != []
    assert [e for e in house.effects if isinstance(e, Ask)] != []
    asks = len([e for e in house.effects if isinstance(e, Ask)])
    house.sync()
    assert len([e for e in house.effects if isinstance(e, Ask)]) == asks
    assert on_github(fake, YEARLY) == house.file("yearly.json")
