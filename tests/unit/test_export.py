"""Taking the data out: which points, and how they are written."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from support.moving import OLD, ZONE, book, configuration, days, move, old_file

from cli.__main__ import main
from shared import clock


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return the configuration file of a monitor with some days of 2025."""
    move(tmp_path, OLD / "units.json", OLD / "daily.json", OLD / "weekly.json")
    paths = configuration(tmp_path).paths
    raw = {
        "home_assistant": {"url": "http://x", "token": "t", "entities": {"power": "sensor.p"}},
        "paths": {"data_dir": str(paths.data_dir), "state_dir": str(paths.state_dir)},
        "timezone": "Europe/Berlin",
    }
    file = tmp_path / "config.json"
    file.write_text(json.dumps(raw))
    file.chmod(0o600)
    return file


def export(house: Path, target: Path, *words: str) -> str:
    assert main(["--config", str(house), "export", *words, "--output", str(target)]) == 0
    return target.read_text()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_all_days_are_a_table(house: Path, tmp_path: Path) -> None:
    rows = table(export(house, tmp_path / "x.csv"))
    assert [(row["timestamp"], row["energy_kwh"]) for row in rows] == [
        ("2025-07-01T00:00:00+02:00", "1.45"),
        ("2025-11-04T00:00:00+01:00", "5.52"),
        ("2025-12-01T00:00:00+01:00", "2.4"),
        ("2025-12-02T00:00:00+01:00", "5.1"),
    ]
    assert rows[1]["power_mean"] == "240.0"
    assert rows[0]["power_mean"] == ""  # known for less than half a day: unknown, not 0


def test_with_a_tariff_days_have_a_column_of_their_cost(house: Path, tmp_path: Path) -> None:
    raw = json.loads(house.read_text())
    periods = [{"from": "2025-11-01", "price": "0.30", "base_fee_per_day": "0.25"}]
    house.write_text(json.dumps({**raw, "tariff": {"currency": "EUR", "periods": periods}}))
    rows = table(export(house, tmp_path / "x.csv"))
    assert [row["cost"] for row in rows] == ["", "1.906", "0.97", "1.78"]
    assert [row["base_fee"] for row in rows] == ["", "0.25", "0.25", "0.25"]
    document = json.loads(export(house, tmp_path / "x.json", "days", "--format", "json"))
    assert document["currency"] == "EUR"


def test_a_range_holds_its_last_day(house: Path, tmp_path: Path) -> None:
    words = ("days", "--from", "2025-11-04", "--to", "2025-12-01", "--format", "json")
    document = json.loads(export(house, tmp_path / "x.json", *words))
    assert document["timezone"] == "Europe/Berlin"
    assert [point["timestamp"][:10] for point in document["data_points"]] == [
        "2025-11-04",
        "2025-12-01",
    ]


def test_readings_come_from_the_journal_and_the_journal_is_left_alone(
    house: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "state/journal"
    before = {path.name: path.read_bytes() for path in journal.iterdir()}
    words = ("readings", "--from", "2025-12-01T21:50", "--to", "2025-12-01T22:05")
    lines = export(house, tmp_path / "x.jsonl", *words, "--format", "jsonl").splitlines()
    points = [json.loads(line) for line in lines]
    assert [point["power"] for point in points] == [1200.0, None]
    assert points[0]["timestamp"] == "2025-12-01T21:50:00.123456+01:00"
    assert points[0]["units"]["voltage"] == "V"
    assert {path.name: path.read_bytes() for path in journal.iterdir()} == before


def test_intervals_get_columns_of_their_own(house: Path, tmp_path: Path) -> None:
    words = ("readings", "--from", "2025-11-04", "--to", "2025-11-04")
    [first, *_] = table(export(house, tmp_path / "x.csv", *words))
    assert first["interval_power_mean"] == "240.0"
    assert first["power"] == ""


def test_one_of_the_four_files(house: Path, tmp_path: Path) -> None:
    midnight = ZONE.day_start(ZONE.day_of(clock.now()))
    point = {"timestamp": ZONE.iso(midnight - 7200), "power": 1000}
    move(tmp_path, old_file(tmp_path / "data.json", [point]))
    [hour] = table(export(house, tmp_path / "x.csv", "weekly"))
    assert hour["timestamp"] == ZONE.iso(midnight - 7200)
    assert main(["--config", str(house), "export", "daily"]) == 1  # of today there is nothing


def test_nothing_to_export_is_a_failure_that_says_what_to_type(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(house), "export", "--from", "2031-01-01"]) == 1
    assert "power-monitor export readings, or another" in capsys.readouterr().err
    assert main(["--config", str(house), "export", "--from", "2025-02-01", "--to", "2025-01-01"])


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_was_taken_out_can_be_brought_in_elsewhere(
    form: str, house: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"readings.{form}"
    export(house, file, "readings", "--format", form)
    elsewhere = tmp_path / "elsewhere"
    there: dict[str, Any] = days(move(elsewhere, file))
    assert there
    assert book(elsewhere) == book(tmp_path)
