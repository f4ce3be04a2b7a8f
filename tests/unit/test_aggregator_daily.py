"""daily.json: whole at every moment, never written without need, always the journal's truth."""

import json
import threading
from datetime import date
from pathlib import Path

import pytest
from support.aggregation import House, span, spans, spot
from support.readings import example

from services.aggregator.tiers import MONTHLY, WEEKLY, YEARLY
from shared.bucket import Bucket, Summary
from shared.documents import Document, encode_document
from shared.reading import decode_reading
from shared.times import Zone, days_before

ZONE = Zone("Europe/Berlin")
DAY = date(2026, 11, 20)
START, END = ZONE.day_start(DAY), ZONE.day_end(DAY)
HOUR_S = 3600.0


def test_the_document_is_as_promised(tmp_path: Path) -> None:
    house = House(tmp_path, now=START + 1210)
    raw = example(ZONE.iso(START + 600)) | {"ignored": 5}
    raw["interval"]["voltage"]["coverage"] = 0.5
    house.take(decode_reading(raw, frozenset(), 1500), spot(START + 1200, None))
    document = house.settle().document("daily")
    point = {key: value for key, value in raw.items() if key not in ("units", "ignored")}
    assert document == {
        "schema": 1,
        "tier": "daily",
        "timezone": "Europe/Berlin",
        "date": "2026-11-20",
        "data_points": [point, {"timestamp": ZONE.iso(START + 1200), "power": None}],
        "units": {"power": "W", "voltage": "V"},
        "last_update": ZONE.iso(START + 1210),
        "today": {
            "timestamp": ZONE.iso(START),
            "power": {"mean": 388.1, "min": 120.0, "max": 2210.0},
            "voltage": {"mean": None, "min": None, "max": None},  # known for a quarter
            "energy_kwh": 0.064683,
            "export_kwh": 0,
            "samples": 2,
            "coverage": 0.5,
        },
    }


def test_a_polling_reader_never_sees_a_torn_file(tmp_path: Path) -> None:
    house = House(tmp_path, now=START, minutes=1)
    house.settle()
    path, done, seen = house.path("daily"), threading.Event(), []

    def poll() -> None:
        while not done.is_set():
            document = json.loads(path.read_bytes())
            seen.append((document["date"], len(document["data_points"])))

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        for minute in range(24 * 60 - 80, 24 * 60 + 80):
            house.at(START + 60 * minute).take(span(ZONE, house.now, 60, 100))
            house.settle()
    finally:
        done.set()
        reader.join()
    assert seen == sorted(seen)
    assert len(set(seen)) > 20
    assert {day for day, _ in seen} == {"2026-11-20", "2026-11-21"}


def test_a_restart_goes_on_with_the_same_file(tmp_path: Path) -> None:
    house = House(tmp_path, now=START + HOUR_S)
    house.take(*spans(ZONE, START, START + HOUR_S, 500))
    files = house.settle().files()
    announced = len(house.announced)
    house.restart()
    assert house.settle().files() == files
    assert house.announced[announced:] == []
    house.at(START + HOUR_S + 600).take(span(ZONE, house.now, 600, 500))
    assert len(house.settle().points("daily")) == 7
    fresh = House(tmp_path / "other", now=house.now)
    fresh.take(*spans(ZONE, START, house.now, 500))
    assert fresh.settle().documents()["daily"] == house.documents()["daily"]


@pytest.mark.parametrize("harm", ["remove", "truncate", "edit", "replace"])
def test_a_file_another_hand_was_at_is_made_anew_with_the_next_reading(
    tmp_path: Path, harm: str
) -> None:
    house = House(tmp_path, now=START + HOUR_S)
    house.take(*spans(ZONE, START, START + HOUR_S, 500))
    path = house.settle().path("daily")
    content = path.read_bytes()
    if harm == "remove":
        path.unlink()
    elif harm == "truncate":
        path.write_bytes(b"")
    elif harm == "edit":
        path.write_bytes(content.replace(b"500", b"501"))
    else:
        path.unlink()
        path.write_bytes(content[: len(content) // 2])
    house.at(START + HOUR_S + 600).take(span(ZONE, house.now, 600, 500))
    fresh = House(tmp_path / "other", now=house.now)
    fresh.take(*spans(ZONE, START, house.now, 500))
    assert house.settle().documents()["daily"] == fresh.settle().documents()["daily"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\0" * 900, b'{"data_points":[],"units":'])
def test_a_file_nobody_can_read_is_made_anew_at_the_next_start(
    tmp_path: Path, content: bytes
) -> None:
    house = House(tmp_path, now=START + HOUR_S)
    house.take(*spans(ZONE, START, START + HOUR_S, 500))
    document = house.settle().documents()["daily"]
    house.path("daily").write_bytes(content)
    house.restart()
    assert house.settle().documents()["daily"] == document


def test_yesterdays_file_turns_at_the_start_after_midnight(tmp_path: Path) -> None:
    house = House(tmp_path, now=START + HOUR_S)
    house.take(*spans(ZONE, START, START + HOUR_S, 500))
    house.settle()
    house.restart()
    house.at(END + 60).settle()
    assert house.document("daily")["date"] == "2026-11-21"
    assert house.points("daily") == []


def test_on_a_tmpfs_the_data_directory_holds_a_link(tmp_path: Path) -> None:
    volatile = tmp_path / "volatile"
    house = House(tmp_path, now=START + HOUR_S, volatile=volatile)
    house.take(*spans(ZONE, START, START + HOUR_S, 500))
    house.settle()
    assert house.path("daily").is_symlink()
    assert house.path("daily").readlink() == volatile / "daily.json"
    documents = house.documents()
    house.at(START + HOUR_S + 60).take(spot(house.now, 5))
    house.settle()
    assert house.path("daily").is_symlink()
    # The board was off: the tmpfs is empty, the link points nowhere.
    house.aggregator.close()
    (volatile / "daily.json").unlink()
    volatile.rmdir()
    house.boot()
    house.settle()
    assert len(house.points("daily")) == 7
    # The link was lost: the next start makes it again.
    house.path("daily").unlink()
    house.restart()
    assert house.settle().path("daily").is_symlink()
    # No tmpfs any more: a file takes the link's place.
    plain = House(tmp_path, now=house.now).settle()
    assert not plain.path("daily").is_symlink()
    assert len(plain.points("daily")) == 7
    assert set(documents) == set(plain.documents())


def test_a_file_is_replaced_by_the_link(tmp_path: Path) -> None:
    House(tmp_path, now=START + HOUR_S).settle()
    house = House(tmp_path, now=START + HOUR_S, volatile=tmp_path / "volatile")
    assert house.settle().path("daily").is_symlink()


def test_it_is_written_at_most_once_a_second_and_less_often_when_large(tmp_path: Path) -> None:
    house = House(tmp_path, now=START + HOUR_S).settle()
    house.take(spot(START, 1))
    house.step()
    house.take(spot(START + 1, 1))
    assert 0 < house.step() <= 1
    house.tick += 1
    house.step()
    assert len(house.points("daily")) == 2
    house.take(*(spot(START + 2 + 0.1 * k, 100 + k % 7) for k in range(20000)))
    house.tick += 1
    house.step()
    assert house.path("daily").stat().st_size > 1_000_000
    house.take(spot(START + 3000, 1))
    house.tick += 2
    wait = house.step()
    assert 2 < wait <= 60
    house.tick += wait
    house.step()
    assert len(house.points("daily")) == 20003


def test_a_day_at_ten_minutes_fits_in_28_kilobytes(tmp_path: Path) -> None:
    house = House(tmp_path, now=END - 1)
    for number in range(144):
        watts = 100 + (number * 7919) % 30000 / 10
        raw = {
            "timestamp": ZONE.iso(START + 600 * number),
            "power": watts,
            "interval": {
                "seconds": 600,
                "coverage": 1.0,
                "energy_kwh": 0.123456,
                "export_kwh": 0,
                "power": {"mean": watts + 0.123, "min": watts - 10.1, "max": watts + 999.9},
            },
        }
        house.take(decode_reading(raw, frozenset(), 1500))
    house.settle()
    assert len(house.points("daily")) == 144
    assert house.path("daily").stat().st_size <= 28_000


def test_a_year_fits_in_60_kilobytes() -> None:
    days = days_before(DAY, 365)
    summary = Summary(1234.567, 120.5, 6543.2)
    buckets = [
        Bucket(ZONE.day_start(day), {"power": summary}, 29.629608, 0, 144, 1.0) for day in days
    ]
    document = Document("yearly", ZONE.name, ZONE.iso(START), {"power": "W"}, buckets)
    assert len(encode_document(document, ZONE)) <= 60_000


def test_the_tiers_are_a_table() -> None:
    assert [(t.name, t.days, t.due_s) for t in (WEEKLY, MONTHLY, YEARLY)] == [
        ("weekly", 7, 120),
        ("monthly", 30, 300),
        ("yearly", 365, 900),
    ]
    for tier in (WEEKLY, MONTHLY, YEARLY):
        assert tier.next_due(ZONE, START) == START + tier.due_s
        assert tier.next_due(ZONE, START + tier.due_s) == END + tier.due_s
        assert tier.day(ZONE, START + tier.due_s) == DAY
        assert str(tier.day(ZONE, START + tier.due_s - 1)) == "2026-11-19"


def test_the_bucket_of_today_is_of_the_time_up_to_the_last_reading(tmp_path: Path) -> None:
    house = House(tmp_path, now=START + 5 * HOUR_S)
    house.take(*spans(ZONE, START + HOUR_S, START + 2 * HOUR_S, 600))
    today = house.settle().document("daily")["today"]
    assert today["coverage"] == 0.5
    assert today["energy_kwh"] == pytest.approx(0.6)
    assert today["samples"] == 6
