"""Restoring: a board that has nothing gets its history back by itself."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from support.github.checks import YEARLY, client, on_github
from support.github.house import House, edited
from support.github.server import FakeGitHub

from services.syncer.effects import Ask
from services.syncer.remote import blob_version
from services.syncer.task import AggregatorRefused


def test_an_empty_board_gets_its_history_back_by_itself(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()
    board = House(tmp_path / "new", client(fake))
    board.sync()
    assert board.here("yearly.json").buckets == house.here("yearly.json").buckets
    assert board.here("monthly.json").buckets == house.here("monthly.json").buckets
    assert {update.reason for update in board.announced} == {"restore"}
    assert board.core.unsynced() == []


def test_a_board_that_has_begun_gets_its_history_back_too(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    """It was offline for its first day, so its files are not empty any more."""
    house.sync()
    board = House(tmp_path / "new", client(fake))
    board.add_days("2026-11-21", "2026-11-21", mean=1.0, coverage=0.5)
    board.sync()
    buckets = board.here("yearly.json").buckets
    assert buckets == house.here("yearly.json").buckets
    assert on_github(fake, YEARLY) == board.file("yearly.json")


def test_a_large_file_is_restored(house: House, fake: FakeGitHub, tmp_path: Path) -> None:
    """More than a megabyte comes only by the raw media type, and goes to the broker in parts."""
    house.add_days("2025-11-22", "2026-11-21")
    house.sync()

    def widen(document: dict[str, Any]) -> None:
        for bucket in document["data_points"]:
            for number in range(60):
                bucket[f"metric_{number}"] = {"mean": 1.5, "min": 0.25, "max": 2.125}

    large = edited(on_github(fake, YEARLY), widen)
    assert len(large) > 1024 * 1024
    fake.repository.edit(YEARLY, large)
    board = House(tmp_path / "new", client(fake))
    board.sync()
    assert len(board.here("yearly.json").buckets) == 365
    merges = [len(effect.payload) for effect in board.effects if isinstance(effect, Ask)]
    assert max(merges) < 1024 * 1024


def test_an_old_schema_is_migrated(fake: FakeGitHub, tmp_path: Path) -> None:
    """Plain values from before documents had a schema: what was never measured stays unknown."""
    points = [
        {"timestamp": "2026-11-01T00:00:00+01:00", "power": 100},
        {"timestamp": "2026-11-01T12:00:00+01:00", "power": 300},
        {"timestamp": "2026-11-02T06:00:00", "power": None},
        {"timestamp": "2026-11-03T06:00:00", "power": 50.5},
    ]
    old = orjson.dumps({"data_points": points, "last_update": "2026-11-03T06:00:00+01:00"})
    fake.repository.edit(YEARLY, old)
    board = House(tmp_path / "new", client(fake))
    board.sync()
    first, _, last = orjson.loads(on_github(fake, YEARLY))["data_points"]
    assert first["power"] == {"mean": 200.0, "min": 100, "max": 300}
    assert (first["energy_kwh"], first["coverage"], first["samples"]) == (None, None, None)
    assert last["timestamp"] == "2026-11-03T00:00:00+01:00"


OLD = ("2026-11-01T00:00:00", "2026-11-02T00:00:00")


@pytest.mark.parametrize(
    "old",
    [
        {"data_points": [{"timestamp": at, "value": 200.0, "unit": "W"} for at in OLD]},
        [{"timestamp": at, "value": 200.0, "unit": "W"} for at in OLD],
        [{"timestamp": at, "power": 200.0, "voltage": 230.0} for at in OLD],
        [{"timestamp": at, "power": {"value": 200.0, "unit": "W"}} for at in OLD],
        {"data_points": [{"timestamp": at, "power": 200.0} for at in OLD]},
    ],
    ids=["value and unit", "list of value and unit", "flat list", "nested", "flat"],
)
def test_each_form_of_the_old_system_is_taken_and_kept_beside(
    fake: FakeGitHub, tmp_path: Path, old: object
) -> None:
    content = orjson.dumps(old)
    fake.repository.edit(YEARLY, content)
    board = House(tmp_path / "new", client(fake))
    board.sync()
    first = orjson.loads(on_github(fake, YEARLY))["data_points"][0]
    assert first["power"] == {"mean": 200, "min": 200, "max": 200}
    assert "value" not in first
    assert first["energy_kwh"] is None
    assert on_github(fake, f"{YEARLY}.before-{blob_version(content)[:7]}") == content


def test_old_values_in_another_unit_are_kept_beside_untouched(
    fake: FakeGitHub, tmp_path: Path
) -> None:
    points = [{"timestamp": at, "power": {"value": 0.2, "unit": "kW"}} for at in OLD]
    content = orjson.dumps(points)
    fake.repository.edit(YEARLY, content)
    board = House(tmp_path / "new", client(fake))
    board.sync()
    board.add_days("2026-11-20", "2026-11-21")
    board.sync()
    assert on_github(fake, f"{YEARLY}.unreadable-{blob_version(content)[:7]}") == content
    assert len(board.there("yearly.json").buckets) == 2


def test_years_come_back_with_the_rest(house: House, fake: FakeGitHub, tmp_path: Path) -> None:
    """History is not limited to what yearly.json covers."""
    house.add_days("2024-12-01", "2025-06-30")
    house.sync()
    board = House(tmp_path / "new", client(fake))
    board.sync()
    for year in (2024, 2025):
        item = house.core.local.year(year)
        ours, theirs = (one.core.local.load(one.core.local.year(year)) for one in (board, house))
        assert ours
        assert theirs
        assert ours.document.buckets == theirs.document.buckets, item.path


def test_a_year_is_named_by_plain_digits(house: House, fake: FakeGitHub, tmp_path: Path) -> None:
    house.sync()
    fake.repository.edit("data/history/\u00b2\u2070\u00b2\u2075.json", b"{}")
    board = House(tmp_path / "new", client(fake))
    board.sync()
    assert len(board.here("yearly.json").buckets) == 40


def test_a_file_the_aggregator_refuses_does_not_stop_the_rest_of_a_restore(
    house: House, fake: FakeGitHub, tmp_path: Path
) -> None:
    house.sync()
    board = House(tmp_path / "new", client(fake))
    asked = 0

    def refuse_the_first(effect: object) -> None:
        nonlocal asked
        if isinstance(effect, Ask):
            asked += 1
            if asked == 1:
                raise AggregatorRefused("the aggregator says: no")

    board.before_effect = refuse_the_first
    with pytest.raises(AggregatorRefused):
        board.sync()
    assert len(board.here("yearly.json").buckets) == 40
    assert board.core.needs_restore()
