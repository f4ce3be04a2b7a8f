"""What a person corrects stays corrected, whatever comes afterwards."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.aggregation import House, scratch, span, spans, spot

from services.aggregator.corrections import decode_correction, encode_correction
from shared.errors import BadInput, Refused
from shared.times import Zone

HOUR_S = 3600.0
DAY = date(2026, 11, 20)
ZONE = Zone("Europe/Berlin")
START, END = ZONE.day_start(DAY), ZONE.day_end(DAY)
TEN = ZONE.iso(START + 10 * HOUR_S)


@pytest.fixture
def house() -> Iterator[House]:
    """A whole day at 600 W in hourly readings, and half of the next."""
    with scratch() as directory:
        house = House(directory, now=END + 12 * HOUR_S)
        house.take(*spans(ZONE, START, END + 12 * HOUR_S, 600, 3600))
        yield house.settle()


def shake(house: House) -> None:
    """Do everything that could bring a corrected value back."""
    house.take(*spans(ZONE, START, END + 12 * HOUR_S, 600, 3600))
    house.settle()
    house.restart()
    house.settle()
    house.ask("rebuild")
    house.settle()


def test_a_dropped_reading_is_unknown_and_stays_so(house: House) -> None:
    answer = house.ask("correct", timestamp=TEN, drop=True)
    assert (answer["days"], answer["readings"]) == (["2026-11-20"], 1)
    assert answer["before"]["2026-11-20"]["energy_kwh"] == pytest.approx(14.4)
    assert answer["after"]["2026-11-20"]["energy_kwh"] == pytest.approx(13.8)
    day = house.points("monthly")[0]
    assert day["energy_kwh"] == pytest.approx(13.8)
    assert day["coverage"] == pytest.approx(23 / 24, abs=1e-6)
    assert day["samples"] == 23
    assert len(house.points("weekly")) == 23
    documents = house.documents()
    shake(house)
    assert house.documents() == documents


def test_a_dry_run_tells_what_would_be_corrected_and_changes_nothing(house: House) -> None:
    documents = house.documents()
    answer = house.ask("correct", timestamp=TEN, drop=True, dry_run=True)
    assert [point["timestamp"] for point in answer["selected"]] == [TEN]
    assert answer["before"]["2026-11-20"]["energy_kwh"] == pytest.approx(14.4)
    assert "after" not in answer
    house.settle()
    assert house.documents() == documents


@pytest.mark.parametrize("change", [{"drop": True}, {"set": {"power": 100}}])
def test_a_later_reading_of_a_corrected_stretch_changes_nothing(
    house: House, change: dict[str, Any]
) -> None:
    """Backfill at another interval brings the same wrong values under other timestamps."""
    house.ask("correct", timestamp=TEN, **change)
    day, hours = house.points("monthly")[0], house.points("weekly")
    house.take(
        span(ZONE, START + 9.5 * HOUR_S, 600, 9000), span(ZONE, START + 10 * HOUR_S - 1, 60, 1)
    )
    house.settle()
    assert house.points("monthly")[0] == {**day, "samples": day["samples"] + 2}
    assert [hour["energy_kwh"] for hour in house.points("weekly")] == [
        hour["energy_kwh"] for hour in hours
    ]


def test_a_corrected_spot_wins_over_an_interval_that_began_before_it(house: House) -> None:
    """Its value holds until the next reading, and what comes after that counts again."""
    noon = END + 12 * HOUR_S
    house.at(noon + HOUR_S).take(spot(noon + 600, 5000))
    house.ask("correct", timestamp=ZONE.iso(noon + 600), drop=True)
    before = house.document("daily")["today"]["energy_kwh"]
    house.take(span(ZONE, noon + 1200, 1200, 3600), span(ZONE, noon + 1800, 600, 3600))
    house.settle()
    assert house.document("daily")["today"]["energy_kwh"] == pytest.approx(before + 0.6 + 0.6)


def test_a_reading_set_has_its_value_and_energy(house: House) -> None:
    house.ask("correct", timestamp=TEN, set={"power": 0})
    day = house.points("monthly")[0]
    assert day["energy_kwh"] == pytest.approx(13.8)
    assert day["coverage"] == 1.0
    assert day["power"]["min"] == 0
    hour = house.point("weekly", "2026-11-20T09")
    assert hour["energy_kwh"] == 0
    documents = house.documents()
    shake(house)
    assert house.documents() == documents


def test_a_range_is_half_open(house: House) -> None:
    answer = house.ask(
        "correct", **{"from": TEN, "to": ZONE.iso(START + 13 * HOUR_S)}, set={"power": -1000}
    )
    assert answer["readings"] == 3
    day = house.points("monthly")[0]
    assert day["energy_kwh"] == pytest.approx(21 * 0.6)
    assert day["export_kwh"] == pytest.approx(3.0)
    documents = house.documents()
    shake(house)
    assert house.documents() == documents


def test_a_correction_also_meets_what_is_backfilled_into_its_range_later(tmp_path: Path) -> None:
    house = House(tmp_path, now=END + 12 * HOUR_S)
    readings = spans(ZONE, START, END, 600, 3600)
    house.take(*readings[:9], *readings[10:])
    house.settle()
    house.ask("correct", **{"from": ZONE.iso(START), "to": ZONE.iso(END)}, drop=True)
    house.take(readings[9])
    house.settle()
    assert house.points("monthly")[0]["energy_kwh"] == pytest.approx(0.6)  # of midnight's reading
    assert len(house.points("weekly")) == 1


def test_the_later_correction_counts_even_when_the_clock_went_back_between(house: House) -> None:
    house.ask("correct", timestamp=TEN, set={"power": 100})
    house.at(house.now - HOUR_S).ask("correct", timestamp=TEN, set={"power": 200})
    assert house.point("weekly", "2026-11-20T09")["power"]["mean"] == 200
    shake(house)
    assert house.point("weekly", "2026-11-20T09")["power"]["mean"] == 200


def test_dropping_all_of_a_day_leaves_nothing_of_it_for_good(house: House) -> None:
    old = house.document("monthly")
    span_of_day = {"from": ZONE.iso(START + 1), "to": ZONE.iso(END + 1)}
    house.ask("correct", **span_of_day, drop=True)
    assert house.points("monthly") == []
    assert house.points("weekly") == []
    shake(house)
    assert house.points("monthly") == []
    house.ask("merge", tier="monthly", document=old, reason="restore")
    assert house.points("monthly") == []
    house.ask("import", buckets=old["data_points"])
    assert house.points("yearly") == []


def test_dropping_a_day_in_two_halves_leaves_nothing_either(house: House) -> None:
    noon, end = ZONE.iso(START + 12 * HOUR_S), ZONE.iso(END + 1)
    house.ask("correct", **{"from": ZONE.iso(START), "to": noon}, drop=True)
    house.at(house.now - 60).ask("correct", **{"from": noon, "to": end}, drop=True)
    assert house.points("monthly") == []


def test_a_reading_over_midnight_is_dropped_from_both_its_days(tmp_path: Path) -> None:
    house = House(tmp_path, now=END + 36 * HOUR_S)
    readings = [r for r in spans(ZONE, START, END + 24 * HOUR_S, 600, 3600) if r.time != END]
    house.take(*readings, span(ZONE, END + 1800, 3600, 6000))
    house.settle()
    first, second = house.points("monthly")
    assert first["energy_kwh"] == pytest.approx(23 * 0.6 + 3)
    house.ask("correct", timestamp=ZONE.iso(END + 1800), drop=True)
    first, second = house.points("monthly")
    assert first["energy_kwh"] == pytest.approx(23 * 0.6)
    assert first["coverage"] == pytest.approx(23 / 24, abs=1e-6)
    # The next reading speaks of that half hour too, but who dropped it has the last word.
    assert second["coverage"] == pytest.approx(23.5 / 24, abs=1e-6)
    assert len(house.points("weekly")) == 47
    documents = house.documents()
    house.ask("rebuild")
    house.restart()
    assert house.settle().documents() == documents


def test_a_neighbouring_day_is_not_called_corrected(house: House) -> None:
    """Not even by the last but one reading of the day before, which is within its reach."""
    house.at(END + 36 * HOUR_S).settle()
    house.ask("correct", timestamp=ZONE.iso(END - HOUR_S), drop=True)
    house.ask("rebuild")
    first, second = house.points("monthly")
    assert "corrected" in first
    assert "corrected" not in second


def test_today_is_corrected_at_once(house: House) -> None:
    at = ZONE.iso(END + 3 * HOUR_S)
    before = house.document("daily")["today"]["energy_kwh"]
    house.ask("correct", timestamp=at, drop=True)
    document = house.document("daily")
    assert at not in [point["timestamp"] for point in document["data_points"]]
    assert document["today"]["energy_kwh"] == pytest.approx(before - 0.6)
    house.take(span(ZONE, END + 3 * HOUR_S, 3600, 600))
    assert house.settle().document("daily") == document


def test_the_time_of_a_dropped_reading_is_not_asked_of_history_again(tmp_path: Path) -> None:
    """Or backfill would bring back, under another timestamp, what a person took out."""
    house = House(tmp_path, now=END + HOUR_S)
    house.take(*(spot(time, 600) for time in range(int(START), int(END) + 3600, 600)))
    house.settle()
    house.ask("correct", timestamp=TEN, drop=True)
    assert house.ask("gaps", since=ZONE.iso(START))["gaps"] == []


def test_a_day_of_which_only_the_book_is_left_is_dropped_or_set(house: House) -> None:
    later = house.at(house.midnight("2026-12-10")).settle()
    later.aggregator.history.journal.file(DAY).remove()
    [old] = [p for p in later.points("yearly") if p["timestamp"].startswith("2026-11-20")]
    later.ask("correct", date="2026-11-20", bucket={**old, "energy_kwh": 5})
    day = later.point("yearly", "2026-11-20")
    assert (day["energy_kwh"], day["coverage"]) == (5, 1.0)
    assert "corrected" in day
    documents = later.documents()
    shake(later)
    later.ask("merge", tier="yearly", document=_yearly([old]), reason="restore")
    later.ask("import", buckets=[old])
    assert later.settle().documents() == documents
    later.ask("correct", date="2026-11-20", drop=True)
    assert not any(p["timestamp"].startswith("2026-11-20") for p in later.points("yearly"))
    shake(later)
    later.ask("merge", tier="yearly", document=_yearly([old]), reason="restore")
    later.ask("import", buckets=[old])
    assert not any(p["timestamp"].startswith("2026-11-20") for p in later.points("yearly"))
    assert not later.aggregator.history.journal.has(DAY)


def test_a_days_correction_is_replayed_when_the_book_is_lost(house: House) -> None:
    later = house.at(house.midnight("2026-12-10")).settle()
    later.aggregator.history.journal.file(DAY).remove()
    later.ask("correct", date="2026-11-20", bucket=_bucket(7))
    later.aggregator.close()
    (later.state / "book" / "2026.json").unlink()
    later.path("yearly").unlink()
    later.path("monthly").unlink()
    later.boot()
    assert later.settle().point("yearly", "2026-11-20")["energy_kwh"] == 7


def _bucket(energy: float) -> dict[str, Any]:
    return {"timestamp": ZONE.iso(START), "energy_kwh": energy, "samples": 0}


def _yearly(points: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": 1,
        "tier": "yearly",
        "timezone": "Europe/Berlin",
        "last_update": None,
        "units": {},
        "data_points": points,
    }


def test_an_imported_total_stands_behind_everything_and_a_person_above(house: House) -> None:
    house.ask("import", buckets=[{**_bucket(99), "timestamp": "2026-03-01T00:00:00+01:00"}])
    assert house.point("yearly", "2026-03-01")["energy_kwh"] == 99
    assert house.point("yearly", "2026-03-01")["coverage"] is None
    assert house.point("yearly", "2026-03-01")["power"]["mean"] is None
    assert house.ask("import", buckets=[_bucket(99)]) == {
        "buckets": 0,
        "kept": 1,
        "not_over_yet": 0,
    }
    start = house.midnight("2026-03-01")
    assert house.take(span(ZONE, start + 3600, 3600, 600)) == 0
    assert house.settle().point("yearly", "2026-03-01")["energy_kwh"] == 0.6


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"timestamp": TEN},
        {"timestamp": TEN, "drop": False},
        {"timestamp": TEN, "drop": True, "set": {"power": 1}},
        {"timestamp": TEN, "drop": "yes"},
        {"timestamp": TEN, "set": {}},
        {"timestamp": TEN, "set": []},
        {"timestamp": TEN, "set": {"power": True}},
        {"timestamp": TEN, "set": {"power": "1"}},
        {"timestamp": TEN, "set": {"timestamp": 1}},
        {"timestamp": TEN, "set": {"interval": 1}},
        {"timestamp": TEN, "set": {"": 1}},
        {"timestamp": TEN, "set": {"a\nb": 1}},
        {"timestamp": TEN, "set": {f"m{number}": 1 for number in range(65)}},
        {"timestamp": 5, "drop": True},
        {"timestamp": "2026-11-20T10:00:00", "drop": True},
        {"from": TEN, "drop": True},
        {"from": TEN, "to": TEN, "drop": True},
        {"date": "2026-11-20"},
        {"date": "2026-11-20", "drop": True, "bucket": {}},
        {"date": "2026-11-20", "bucket": {}},
        {"date": "2026-11-20", "bucket": []},
        {"date": "yesterday", "drop": True},
        {"date": 5, "drop": True},
    ],
)
def test_an_unclear_correction_is_refused_and_changes_nothing(
    house: House, arguments: dict[str, Any]
) -> None:
    documents = house.documents()
    with pytest.raises(BadInput):
        house.ask("correct", **arguments)
    assert house.documents() == documents
    assert not (house.state / "corrections.jsonl").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        {"timestamp": ZONE.iso(START + 1), "drop": True},  # no reading there
        {"date": "2026-11-20", "drop": True},  # its readings are still here
        {"date": "2020-01-01", "drop": True},  # nothing of it
        {"date": "2026-11-21", "drop": True},  # today
    ],
)
def test_what_cant_be_corrected_is_refused_with_a_hint(
    house: House, arguments: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        house.ask("correct", **arguments)
    assert refused.value.hint


@pytest.mark.parametrize(
    "raw",
    [
        {"timestamp": "2026-11-20T10:00:00.123456+01:00", "drop": True},
        {"timestamp": TEN, "set": {"power": 1, "voltage": None}},
        {"from": TEN, "to": "2026-11-21T00:00:00+01:00", "set": {"power": -1.5}},
        {"date": "2026-11-20", "drop": True},
        {"date": "2026-11-20", "bucket": _bucket(1.234567)},
    ],
)
def test_a_correction_is_read_back_as_it_was_made(raw: dict[str, Any]) -> None:
    made = 1795129200.123456
    correction = decode_correction(raw, made)
    record = json.loads(json.dumps(encode_correction(correction, ZONE)))
    assert decode_correction(record, made) == correction


def test_points_carry_what_was_set_and_no_other_key(house: House) -> None:
    house.ask("correct", timestamp=ZONE.iso(END + 3 * HOUR_S), set={"power": 1, "voltage": 230})
    [point] = [p for p in house.points("daily") if "voltage" in p]
    assert set(point) == {"timestamp", "power", "voltage", "interval"}
    assert (point["power"], point["voltage"]) == (1, 230)
