"""Fetching on command: what would change is told, then done, and a copy is kept."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from support.github.checks import LAST, MONTHLY, YEARLY, mean_of, on_github, set_mean
from support.github.house import House, edited, point
from support.github.server import FakeGitHub

from cli.commands.fetch import told
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
        {"date": "2026-10-01", "change": "new", "here_kwh": None, "there_kwh": 1.2, "differs": []},
        {
            "date": "2026-11-21",
            "change": "theirs",
            "here_kwh": 9.6,
            "there_kwh": 2.952,
            "differs": ["energy_kwh", "corrected", "power"],
        },
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


def test_a_dry_run_knows_what_a_person_dropped_and_what_is_not_over(
    house: House, fake: FakeGitHub
) -> None:
    house.sync()
    house.correct(date(2026, 11, 10), None)

    def add_today(document: dict[str, Any]) -> None:
        document["data_points"].append(point(date(2026, 11, 22), 50.0, 1.0))

    fake.repository.edit(MONTHLY, edited(on_github(fake, MONTHLY), add_today))
    told = house.run(house.core.fetch("monthly", dry_run=True))
    assert [(day["date"], day["change"]) for day in told["files"]["monthly.json"]["days"]] == [
        ("2026-11-10", "corrected"),
        ("2026-11-22", "ahead"),
    ]
    done = house.run(house.core.fetch("monthly", dry_run=False))
    assert (told["files"], told["changed"]) == (done["files"], done["changed"])
    assert done["changed"] == {}


def test_a_dry_run_knows_that_one_file_comes_before_the_other(
    house: House, fake: FakeGitHub
) -> None:
    """Both were changed there, to different values: the second meets what the first brought."""
    house.sync()
    for path, mean in ((MONTHLY, 100.0), (YEARLY, 200.0)):
        change = partial(set_mean, day=LAST, mean=mean)
        fake.repository.edit(path, edited(on_github(fake, path), change))
    told = house.run(house.core.fetch("all", dry_run=True))
    done = house.run(house.core.fetch("all", dry_run=False))
    assert (told["files"], told["changed"]) == (done["files"], done["changed"])
    assert told["changed"] == {"monthly.json": ["2026-11-21"]}


def test_a_fetch_of_readings_keeps_a_copy_unless_it_goes_on_with_one(archiving: House) -> None:
    archiving.sync()
    before = archiving.file("weekly.json")
    done = archiving.run(archiving.core.fetch_archive("2026-11-19", dry_run=False))
    kept = Path(done["copy_of_before"])
    assert (kept / "weekly.json").read_bytes() == before
    assert (kept / "book/2026.json").exists()
    more = archiving.run(archiving.core.fetch_archive("2026-11-20", dry_run=False, copy=False))
    assert more["copy_of_before"] is None
    assert archiving.run(archiving.core.fetch_archive("2026-10", dry_run=False)) == {
        "days": {},
        "copy_of_before": None,
    }


def test_a_day_with_equal_energy_names_what_is_different(house: House, fake: FakeGitHub) -> None:
    house.sync()
    changed = edited(
        on_github(fake, MONTHLY), lambda d: set_mean(d, LAST, 401, corrected="2026-11-22T11:00:00Z")
    )
    fake.repository.edit(MONTHLY, changed)
    lines = told(house.run(house.core.fetch("monthly", dry_run=True)))
    assert lines[1] == (
        "  2026-11-21: here 9.600 kWh, there 9.600 kWh (other corrected, power): "
        "is replaced by the remote's"
    )
