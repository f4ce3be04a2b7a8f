"""The three-way merge as a table, and the commands that bring in other copies."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import House, scratch, spans

from services.aggregator.merge import may_replace, merge
from shared.bucket import Bucket, Summary
from shared.errors import BadInput, Refused
from shared.messages import decode_request
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
DAY = date(2026, 11, 20)

NOW = Zone("Europe/Berlin").day_start(date(2026, 11, 22)) + 36000.0


def bucket(energy: float, coverage: float | None = 1.0, corrected: float | None = None) -> Bucket:
    return Bucket(
        ZONE.day_start(DAY), {"power": Summary(1, 1, 1)}, energy, 0, 24, coverage, corrected
    )


A, B, C = bucket(1), bucket(2), bucket(3)
LESS, MORE = bucket(4, 0.5), bucket(5, 0.75)
TOTAL = bucket(6, None)
EARLIER, LATER = bucket(7, 0.1, corrected=100), bucket(8, 0.05, corrected=200)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        # without a last push: correction, then coverage, then ours
        (None, None, A, A),
        (None, A, B, A),
        (None, LESS, MORE, MORE),
        (None, MORE, LESS, MORE),
        (None, A, TOTAL, A),
        (None, TOTAL, LESS, LESS),
        (None, A, EARLIER, EARLIER),
        (None, LATER, EARLIER, LATER),
        (None, EARLIER, LATER, LATER),
        # changed on one side
        (A, A, B, B),
        (A, B, A, B),
        (A, A, A, A),
        (LESS, LESS, MORE, MORE),
        (LESS, MORE, LESS, MORE),
        (MORE, LESS, MORE, LESS),
        (EARLIER, EARLIER, LATER, LATER),
        # theirs changed alone, to less: a stored day is never replaced by a smaller coverage
        (A, A, LESS, A),
        (LATER, LATER, A, LATER),
        # ours changed alone, to less known after a correction
        (A, EARLIER, A, EARLIER),
        # changed on both
        (A, B, C, B),
        (A, LESS, MORE, MORE),
        (A, MORE, LESS, MORE),
        (A, EARLIER, B, EARLIER),
        (A, B, LATER, LATER),
        # new on one side since the last push, or gone
        (A, None, A, A),
        (A, B, None, B),
    ],
)
def test_merge_table(
    base: Bucket | None, ours: Bucket | None, theirs: Bucket | None, expected: Bucket
) -> None:
    def days(one: Bucket | None) -> dict[date, Bucket]:
        return {DAY: one} if one else {}

    mine = days(ours)
    result = {**mine, **merge(None if base is None else days(base), mine, days(theirs))}
    assert result == {DAY: expected}


buckets = st.builds(
    bucket,
    st.integers(0, 3),
    st.sampled_from([None, 0.0, 0.5, 1.0]),
    st.sampled_from([None, 100.0, 200.0]),
)


@given(st.none() | buckets, buckets, buckets)
def test_a_merge_never_lowers_the_standing_of_a_day(
    base: Bucket | None, ours: Bucket, theirs: Bucket
) -> None:
    merged = merge({DAY: base} if base else None, {DAY: ours}, {DAY: theirs}).get(DAY, ours)
    assert may_replace(ours, merged)


@given(buckets, buckets)
def test_merging_the_same_copy_again_changes_nothing(ours: Bucket, theirs: Bucket) -> None:
    merged = {DAY: ours, **merge(None, {DAY: ours}, {DAY: theirs})}
    assert merge(None, merged, {DAY: theirs}) == {}
    assert merge({DAY: theirs}, merged, {DAY: theirs}) == {}


@pytest.fixture
def house() -> Iterator[House]:
    """A house with one finished day of 14.4 kWh, which is rolled up."""
    with scratch() as directory:
        house = House(directory, now=ZONE.day_end(DAY) + 3600)
        house.take(*spans(ZONE, ZONE.day_start(DAY), ZONE.day_end(DAY), 600, 3600))
        yield house.settle()


def changed(document: dict[str, Any], **values: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    copy["data_points"][0].update(values)
    return copy


def test_a_restore_brings_back_what_is_missing_and_announces_it(tmp_path: Path) -> None:
    source = House(tmp_path / "source", now=ZONE.day_end(DAY) + 3600)
    source.take(*spans(ZONE, ZONE.day_start(DAY), ZONE.day_end(DAY), 600, 3600))
    copy = source.settle().document("yearly")
    house = House(tmp_path / "fresh", now=source.now).settle()
    answer = house.ask("merge", tier="yearly", document=copy, reason="restore")
    assert answer == {"changed": ["2026-11-20"], "refused": {}, "days": 1}
    assert house.points("yearly") == copy["data_points"]
    assert house.points("monthly") == copy["data_points"]
    assert {u.reason for u in house.announced if u.tier == "yearly"} == {"restore"}
    announced = len(house.announced)
    assert house.ask("merge", tier="yearly", document=copy)["changed"] == []
    assert len(house.announced) == announced


def test_a_change_of_theirs_alone_is_told_from_one_of_both_without_a_restart(house: House) -> None:
    """What we made this minute and what we pushed of it are the same to the last digit."""
    pushed = house.document("monthly")
    theirs = changed(pushed, energy_kwh=14.5)
    house.ask("merge", tier="monthly", document=theirs, base=pushed)
    assert house.points("monthly")[0]["energy_kwh"] == 14.5


def test_a_smaller_coverage_is_not_restored_over_a_fuller_day(house: House) -> None:
    pushed = house.document("monthly")
    for base in (None, pushed):
        theirs = changed(pushed, energy_kwh=1, coverage=0.2)
        arguments = {} if base is None else {"base": base}
        assert house.ask("merge", tier="monthly", document=theirs, **arguments)["changed"] == []
    assert house.document("monthly") == pushed


def test_today_is_never_merged(house: House) -> None:
    theirs = changed(house.document("monthly"), timestamp="2026-11-21T00:00:00+01:00")
    answer = house.ask("merge", tier="monthly", document=theirs)
    assert (answer["changed"], answer["refused"]) == ([], {"2026-11-21": "ahead"})


def test_a_dry_run_answers_as_the_merge_would_and_changes_nothing(house: House) -> None:
    pushed = house.document("monthly")
    first, second = changed(pushed, energy_kwh=14.5), changed(pushed, energy_kwh=15.5)
    plan = {"tier": "monthly", "base": pushed, "dry_run": True}
    told = house.ask("merge", document=first, **plan)
    assert house.document("monthly") == pushed
    # What an earlier part of the dry run would have brought counts as ours.
    after = house.ask("merge", document=second, assumed=first, **plan)
    assert house.ask("merge", tier="monthly", base=pushed, document=first) == told
    assert house.ask("merge", tier="monthly", base=pushed, document=second) == after
    assert (told["changed"], after["changed"]) == (["2026-11-20"], [])


@pytest.mark.parametrize(
    ("tier", "change"),
    [
        ("weekly", {}),
        (None, {}),
        ([], {}),
        ("monthly", {"schema": 2}),
        ("monthly", {"tier": "yearly"}),
        ("monthly", {"data_points": None}),
        ("monthly", {"data_points": [5]}),
        ("monthly", {"data_points": [{"timestamp": "2026-11-20T00:00:00+01:00", "power": 5}]}),
        ("monthly", {"timezone": None}),
        ("monthly", {"units": {"power": 5}}),
        (
            "monthly",
            {
                "data_points": [
                    {"timestamp": "2026-11-19T00:00:00+01:00"},
                    {"timestamp": "2026-11-19T01:00:00+01:00"},
                ]
            },
        ),
        (
            "monthly",
            {
                "data_points": [
                    {"timestamp": "2026-11-19T00:00:00+01:00"},
                    {"timestamp": "2026-11-18T00:00:00+01:00"},
                ]
            },
        ),
    ],
)
def test_a_copy_that_does_not_fit_is_refused_whole(
    house: House, tier: Any, change: dict[str, Any]
) -> None:
    documents = house.documents()
    with pytest.raises(BadInput):
        house.ask("merge", tier=tier, document={**house.document("monthly"), **change})
    assert house.settle().documents() == documents


def test_a_merge_is_announced_with_a_reason_of_ours(house: House) -> None:
    copy = changed(house.document("monthly"), energy_kwh=15)
    house.ask("merge", tier="monthly", document=copy, base=house.document("monthly"), reason="\n")
    assert {update.reason for update in house.announced} <= {
        "reading",
        "rollup",
        "rotation",
        "restore",
    }


# Import


def row(time: float, **values: Any) -> dict[str, Any]:
    return {"timestamp": ZONE.iso(time), "power": 500, **values}


def test_imported_readings_are_on_stable_storage_when_answered(house: House) -> None:
    start = ZONE.day_start(date(2026, 11, 19))
    answer = house.ask("import", readings=[row(start + 600 * k) for k in range(145)])
    assert answer == {"readings": 145, "too_late": 0}
    house.boot()  # as after a crash
    assert house.settle().points("monthly")[0]["energy_kwh"] == 12.0


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        None,
        {"timestamp": "2026-11-19T10:00:00+01:00"},
        {"timestamp": "2026-11-19T10:00:00", "power": 5},
        {"timestamp": "2026-11-19T10:00:00+01:00", "power": "5"},
    ],
)
def test_an_import_with_one_wrong_reading_takes_none(house: House, wrong: Any) -> None:
    start = ZONE.day_start(date(2026, 11, 19))
    with pytest.raises(BadInput, match=r"readings\[1\]"):
        house.ask("import", readings=[row(start), wrong, row(start + 600)])
    assert not house.journal("2026-11-19").exists()


def test_an_import_with_one_wrong_bucket_takes_none(house: House) -> None:
    good = {"timestamp": "2026-11-19T00:00:00+01:00", "energy_kwh": 5}
    with pytest.raises(BadInput, match=r"buckets\[1\]"):
        house.ask("import", buckets=[good, {**good, "energy_kwh": -5}])
    with pytest.raises(BadInput, match=r"buckets\[1\]"):
        house.ask("import", buckets=[good, {**good, "energy_kwh": 6}])  # which one?
    assert len(house.settle().points("yearly")) == 1


@pytest.mark.parametrize("arguments", [{}, {"readings": 5}, {"readings": [], "buckets": []}])
def test_an_import_is_of_readings_or_of_buckets(house: House, arguments: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        house.ask("import", **arguments)


def test_a_smaller_coverage_is_not_imported_over_a_fuller_day(house: House) -> None:
    point = {**house.points("monthly")[0], "coverage": 0.9, "energy_kwh": 1}
    assert house.ask("import", buckets=[point]) == {"buckets": 0, "kept": 1, "not_over_yet": 0}
    assert house.points("monthly")[0]["energy_kwh"] == 14.4


def test_importing_the_same_again_changes_nothing_not_even_after_a_restart(house: House) -> None:
    point = {"timestamp": "2026-11-19T00:00:00+01:00", "energy_kwh": 1.23456789, "coverage": 0.5}
    assert house.ask("import", buckets=[point])["buckets"] == 1
    assert house.ask("import", buckets=[point])["buckets"] == 0
    house.restart()
    assert house.settle().ask("import", buckets=[point])["buckets"] == 0


def test_nothing_is_written_while_the_clock_is_not_believable(tmp_path: Path) -> None:
    house = House(tmp_path, now=100.0)
    requests: dict[str, dict[str, Any]] = {
        "rollup": {},
        "rebuild": {},
        "correct": {"timestamp": "2026-11-19T00:00:00+01:00", "drop": True},
        "merge": {"tier": "monthly"},
        "import": {"buckets": []},
    }
    for command, arguments in requests.items():
        with pytest.raises(Refused, match="clock"):
            house.ask(command, **arguments)
    assert not house.data.exists()


@pytest.mark.parametrize("word", ["weekly", "monthly", "yearly", "all", ""])
def test_a_rollup_is_asked_for_by_a_bare_word_or_its_json_form(house: House, word: str) -> None:
    both = [word.encode(), json.dumps({"tier": word}).encode() if word else b"{}"]
    answers = [house.commands["rollup"](decode_request("rollup", payload)) for payload in both]
    tiers = {"weekly", "monthly", "yearly"} if word in ("all", "") else {word}
    assert [set(answer["tiers"]) for answer in answers] == [tiers, tiers]


@pytest.mark.parametrize("name", ["daily", "hourly", 5, [], {"a": 1}, True])
def test_there_is_no_rollup_of_anything_else(house: House, name: Any) -> None:
    with pytest.raises(Refused):
        house.ask("rollup", tier=name)


def test_standing_is_correction_then_coverage_then_nothing() -> None:
    in_order = [TOTAL, LESS, MORE, A, EARLIER, LATER]
    for lower, higher in pairwise(in_order):
        assert may_replace(lower, higher)
        assert not may_replace(higher, lower)
    assert may_replace(A, replace(A, energy_kwh=9))
    assert may_replace(None, TOTAL)


@pytest.mark.parametrize(
    "bucket",
    [
        {},
        {"coverage": 0, "energy_kwh": 4},
        {"coverage": 0.0, "power": {"mean": 0, "min": 0, "max": 0}},
        {"power": {"mean": None, "min": None, "max": None}, "samples": 3},
    ],
)
def test_a_bucket_that_says_nothing_or_contradicts_itself_is_refused(
    tmp_path: Path, bucket: dict[str, Any]
) -> None:
    """It would take the place of a total that somebody knew."""
    house = House(tmp_path, now=NOW).settle()
    old = {"timestamp": "2026-04-01T00:00:00+02:00"}
    house.ask("import", buckets=[{**old, "energy_kwh": 11.2}])
    with pytest.raises(BadInput, match=r"buckets\[0\]"):
        house.ask("import", buckets=[{**old, **bucket}])
    assert house.points("yearly")[0]["energy_kwh"] == 11.2


def test_a_day_that_is_not_over_is_not_imported(tmp_path: Path) -> None:
    """And says so, rather than ok with nothing done."""
    house = House(tmp_path, now=NOW).settle()
    bucket = {"timestamp": "2027-05-01T00:00:00+02:00", "energy_kwh": 1}
    answer = house.ask("import", buckets=[bucket])
    assert answer == {"buckets": 0, "kept": 0, "not_over_yet": 1}
    with pytest.raises(Refused, match="not over"):
        house.ask("correct", date="2027-05-01", drop=True)


def test_a_day_is_not_corrected_with_the_bucket_of_another(tmp_path: Path) -> None:
    house = House(tmp_path, now=NOW).settle()
    bucket = {"timestamp": "2026-04-01T00:00:00+02:00", "energy_kwh": 1}
    with pytest.raises(BadInput, match="not of 2026-04-02"):
        house.ask("correct", date="2026-04-02", bucket=bucket)
