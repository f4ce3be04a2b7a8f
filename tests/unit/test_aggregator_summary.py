"""The summary: energy today and ever, over midnight, years, corrections and damage."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.aggregation import House, filled, span, spans

from shared.bucket import Bucket
from shared.messages import encode_summary


def told(house: House) -> dict[str, Any] | None:
    """Return what is on the topic when the aggregator has just been asked."""
    summary = house.aggregator.summary()
    return json.loads(encode_summary(summary, house.zone)) if summary else None


def lifetime(house: House) -> float:
    document = told(house)
    assert document
    return float(document["lifetime"]["energy_kwh"])


def book(house: House, day: date, kwh: float | None) -> None:
    """Put a day into the book, as imports and restores do."""
    start = house.zone.day_start(day)
    known = Bucket(start, {"power": None}, kwh, 0.25, None, None)
    house.aggregator.history.book.update({day: known}, {})


def test_it_says_what_daily_json_says_and_adds_the_book(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-06-01", 2)  # 600 W all the time
    noon = house.midnight("2026-06-03") + 12 * 3600
    house.at(noon).take(*spans(house.zone, house.midnight("2026-06-03"), noon, 1000, 3600))
    house.settle()
    today = house.document("daily")["today"]
    assert told(house) == {
        "date": "2026-06-03",
        "last_reset": "2026-06-03T00:00:00+02:00",
        "last_update": house.document("daily")["last_update"],
        "today": {key: today[key] for key in ("energy_kwh", "export_kwh", "coverage")},
        "lifetime": {"energy_kwh": 40.8, "export_kwh": 0, "since": "2026-06-01"},
    }
    assert today["energy_kwh"] == 12.0


def test_what_nobody_knows_is_null(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.at(house.midnight("2026-06-03") + 3600).settle()
    document = told(house)
    assert document
    assert document["today"] == {"energy_kwh": None, "export_kwh": None, "coverage": None}
    assert document["lifetime"] == {"energy_kwh": None, "export_kwh": None, "since": None}


@pytest.mark.parametrize("restarts", [False, True])
def test_the_sum_does_not_go_back_at_midnight(tmp_path: Path, *, restarts: bool) -> None:
    """The finished day comes into the book two minutes later: until then the old word stands."""
    house = House(tmp_path)
    start, midnight = house.midnight("2026-06-01"), house.midnight("2026-06-03")
    heard: list[dict[str, Any]] = []
    for minute in range(0, 20, 1):
        now = midnight + (minute - 10) * 60.0
        house.at(now)
        if minute == 0:
            house.take(*spans(house.zone, start, now, 600))
        else:
            house.take(span(house.zone, now, 60, 600))
        if restarts:
            house.restart()
        house.settle()
        document = told(house)
        heard += [document] if document else []
    sums = [one["lifetime"]["energy_kwh"] for one in heard]
    assert sums == sorted(sums)
    assert sums[-1] == pytest.approx(0.6 * (midnight + 540 - start) / 3600, abs=1e-5)
    dates = [one["date"] for one in heard]
    assert (dates[0], dates[-1]) == ("2026-06-02", "2026-06-03")
    assert len(heard) == 18  # nothing at 00:00 and 00:01


def test_days_older_than_every_file_count_for_ever(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-06-01", 1)
    before = lifetime(house)
    for years in range(1, 12):
        book(house, date(2026 - years, 3, 1), 100.0)
    book(house, date(2015, 4, 1), None)  # export alone was known
    house.settle()
    assert lifetime(house) == pytest.approx(before + 1100)
    document = told(house)
    assert document
    assert document["lifetime"]["since"] == "2015-03-01"
    book(house, date(2020, 3, 1), 60.0)
    assert lifetime(house) == pytest.approx(before + 1060)
    house.restart()
    house.settle()
    assert lifetime(house) == pytest.approx(before + 1060)


def test_a_correction_lowers_it_and_a_day_to_come_is_not_in_it(tmp_path: Path) -> None:
    house = filled(tmp_path, "Europe/Berlin", "2026-06-01", 2)
    before, revision = lifetime(house), house.aggregator.revision
    book(house, date(2026, 6, 20), 999.0)  # of a clock that was ahead
    house.ask(
        "correct", drop=True, **{"from": "2026-06-01T00:00+02:00", "to": "2026-06-02T00:00+02:00"}
    )
    house.settle()
    assert house.aggregator.revision != revision
    assert lifetime(house) == pytest.approx(
        before - 13.8
    )  # its last hour is the reading of midnight's


def test_a_damaged_year_makes_the_sum_unknown_until_its_file_is_gone(tmp_path: Path) -> None:
    """A sum without a year would look like a correction of thousands of kWh."""
    house = filled(tmp_path, "Europe/Berlin", "2026-06-01", 1)
    book(house, date(2024, 6, 1), 50.0)
    before = lifetime(house)
    (house.state / "book" / "2024.json").write_text("{torn")
    house.restart()
    house.settle()
    document = told(house)
    assert document
    assert document["lifetime"] == {"energy_kwh": None, "export_kwh": None, "since": None}
    assert document["today"]["energy_kwh"] is None
    book(house, date(2024, 6, 1), 50.0)  # brought back from the remote
    [aside] = (house.state / "book").glob("*.corrupt-*")
    aside.unlink()
    assert lifetime(house) == pytest.approx(before)


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        ("2026-03-29", "2026-03-29T00:00:00+01:00"),
        ("2026-10-25", "2026-10-25T00:00:00+02:00"),
    ],
)
def test_today_began_at_local_midnight_with_its_own_offset(
    tmp_path: Path, day: str, begins: str
) -> None:
    house = House(tmp_path)
    end = house.midnight(str(date.fromisoformat(day) + timedelta(days=1)))
    house.at(end - 60).take(*spans(house.zone, house.midnight(day), end - 600, 100))
    house.settle()
    document = told(house)
    assert document
    assert document["last_reset"] == begins
