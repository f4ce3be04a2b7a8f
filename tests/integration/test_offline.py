"""`--offline`: the same work on the directories while no service runs."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.github.house import ZONE, edited, noisy_readings, point
from support.github.server import FakeGitHub

from cli.reach import reach
from services.aggregator.service import lock_file
from shared import clock
from shared.config import Config, parse
from shared.documents import decode_document
from shared.errors import Refused
from shared.lock import held
from shared.times import days_before

TODAY = ZONE.day_of(clock.now())
YESTERDAY = TODAY - timedelta(days=1)


def configuration(directory: Path, **sections: object) -> Config:
    paths = {"data_dir": str(directory / "data"), "state_dir": str(directory / "state")}
    house = {"url": "http://127.0.0.1", "token": "t", "entities": {"power": "sensor.p"}}
    return parse({"home_assistant": house, "paths": paths, "timezone": ZONE.name, **sections}, {})


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        fake.repository.edit("README.md", b"A house.\n")
        yield fake


def test_buckets_are_imported_and_all_files_written(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    days = days_before(TODAY, 3)
    with reach(config, offline=True) as there:
        answer = there.ask("aggregator", "import", {"buckets": [point(d, 400, 1) for d in days]})
    assert answer == {"buckets": 3, "kept": 0, "not_over_yet": 0}
    content = (tmp_path / "data" / "monthly.json").read_bytes()
    assert len(decode_document(content, "monthly").buckets) == 3


def test_imported_readings_are_in_the_files_when_the_block_ends(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    readings = [json.loads(line) for line in noisy_readings(YESTERDAY, 600).splitlines()]
    with reach(config, offline=True) as there:
        answer = there.ask("aggregator", "import", {"readings": readings})
    assert answer == {"readings": len(readings), "too_late": 0}
    content = (tmp_path / "data" / "monthly.json").read_bytes()
    assert len(decode_document(content, "monthly").buckets) == 1


def test_a_journal_nobody_rolled_up_is_rolled_up(tmp_path: Path) -> None:
    journal = tmp_path / "state" / "journal"
    journal.mkdir(parents=True)
    (journal / f"{YESTERDAY}.jsonl").write_bytes(noisy_readings(YESTERDAY, 600))
    with reach(configuration(tmp_path), offline=True) as there:
        assert there.ask("aggregator", "rollup", {"tier": "weekly"}) == {"tiers": {"weekly": 24}}


def test_it_refuses_beside_a_running_service(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    (tmp_path / "state").mkdir()
    with (
        held(lock_file(config.paths.state_dir), Refused("unexpected")),
        pytest.raises(Refused, match="the aggregator is running here") as refused,
        reach(config, offline=True),
    ):
        pass
    assert "leave out --offline" in refused.value.hint


def test_push_and_fetch_work_and_merge_what_others_changed(
    tmp_path: Path, github: FakeGitHub
) -> None:
    section = {"token": github.token, "repo": "owner/house", "api_url": github.url}
    config = configuration(tmp_path, github=section)
    with reach(config, offline=True) as there:
        there.ask("aggregator", "import", {"buckets": [point(YESTERDAY, 400, 0.9)]})
        assert there.ask("syncer", "push", {})["pushed"] == ["monthly.json", "yearly.json"]
    content = github.file("data/monthly.json")
    assert content
    better = point(YESTERDAY, 500, 1.0)
    changed = edited(content, lambda document: document.update(data_points=[better]))
    github.repository.edit("data/monthly.json", changed)
    with reach(config, offline=True) as there:
        days = there.ask("syncer", "fetch", {"tier": "monthly"})["files"]["monthly.json"]["days"]
    assert [(day["date"], day["change"]) for day in days] == [(str(YESTERDAY), "theirs")]
    here = decode_document((tmp_path / "data" / "monthly.json").read_bytes(), "monthly")
    assert here.buckets[0].energy_kwh == better["energy_kwh"]
