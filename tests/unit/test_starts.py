"""Starts are counted before anything can fail, whoever starts a service again."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.moving import configuration

from cli.run.program import Program
from cli.run.start import noted
from services.aggregator.service import run as run_aggregator
from services.collector.service import run as run_collector
from services.syncer.service import run as run_syncer
from shared.errors import MonitorError
from shared.starts import note_start, read_starts


def test_a_service_that_dies_before_its_first_word_is_counted(tmp_path: Path) -> None:
    """Each of them: nothing of what they do first may come before that."""
    config = replace(configuration(tmp_path), timezone="No/Where")
    state = config.paths.state_dir
    for _ in range(5):
        for run in (run_aggregator, run_collector, run_syncer):
            with pytest.raises((MonitorError, KeyError, ValueError)):
                run(config)
    counts = {name: len(times) for name, times in read_starts(state).items()}
    assert counts == {"aggregator": 5, "collector": 5, "syncer": 5}
    assert abs(read_starts(state)["collector"][-1] - time.time()) < 60


def test_a_program_of_the_supervisors_is_counted_each_time_it_is_prepared(tmp_path: Path) -> None:
    prepared: list[int] = []
    program = noted(Program("mosquitto", lambda: 0, prepare=prepared.append), tmp_path)
    for failures in range(3):
        program.prepare(failures)
    assert prepared == [0, 1, 2]
    assert len(read_starts(tmp_path)["mosquitto"]) == 3


def test_starts_nobody_can_note_or_read_keep_nobody_from_starting(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no directory")
    note_start(tmp_path / "state", "collector", 5.0)
    (tmp_path / "syncer").mkdir()
    (tmp_path / "syncer" / "starts").write_bytes(b"\xff\x00 1")
    note_start(tmp_path, "syncer", 7.0)
    assert read_starts(tmp_path) == {"syncer": [7.0]}


def test_only_the_latest_starts_are_kept(tmp_path: Path) -> None:
    for at in range(100):
        note_start(tmp_path, "collector", float(at))
    assert read_starts(tmp_path)["collector"] == [float(at) for at in range(80, 100)]
