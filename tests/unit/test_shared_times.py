"""Instants and the local calendar, in zones that do everything zones do."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadInput
from shared.times import (
    LATEST_TIMESTAMP,
    Zone,
    days_before,
    days_between,
    iso_utc,
    parse_date,
    parse_timestamp,
)

ZONES = (
    "Europe/Berlin",
    "Asia/Kolkata",
    "Africa/Cairo",  # changes at midnight
    "Australia/Lord_Howe",  # by half an hour
    "America/St_Johns",  # changed at 00:01 until 2011
    "Pacific/Apia",  # skipped 2011-12-30
    "Pacific/Kwajalein",
    "America/Caracas",  # changed by half an hour, for good
    "Asia/Tehran",
    "America/Sao_Paulo",
    "Asia/Gaza",
    "UTC",
)
instants = st.floats(0, LATEST_TIMESTAMP / 10).map(lambda time: round(time, 6))
zones = st.sampled_from([Zone(name) for name in ZONES])
dates = st.dates(date(1971, 1, 1), date(2060, 1, 1))


@given(zones, instants)
def test_every_instant_lies_in_exactly_its_day(zone: Zone, instant: float) -> None:
    day = zone.day_of(instant)
    assert zone.day_start(day) <= instant < zone.day_end(day)


@given(zones, dates)
def test_days_follow_each_other_without_gap_or_overlap(zone: Zone, day: date) -> None:
    length = zone.day_end(day) - zone.day_start(day)
    assert zone.day_end(day) == zone.day_start(day + timedelta(days=1))
    assert 0 <= length <= 26 * 3600
    assert length == 0 or length >= 22 * 3600


@given(zones, dates)
def test_a_day_begins_at_the_first_instant_of_its_date(zone: Zone, day: date) -> None:
    start = zone.day_start(day)
    if start == zone.day_end(day):  # a date the calendar skipped
        return
    local = ZoneInfo(zone.name)
    assert datetime.fromtimestamp(start, local).date() == day
    assert datetime.fromtimestamp(start - 1, local).date() < day


@given(zones, dates)
def test_hours_begin_at_minute_00_and_at_offset_changes(zone: Zone, day: date) -> None:
    edges = zone.hour_edges(day)
    local = ZoneInfo(zone.name)
    assert (edges[0], edges[-1]) == (zone.day_start(day), zone.day_end(day))
    for start, end in pairwise(edges):
        first, last = (datetime.fromtimestamp(t, local) for t in (start, end - 1))
        before = datetime.fromtimestamp(start - 1, local)
        assert 0 < end - start <= 3600
        assert first.utcoffset() == last.utcoffset()
        assert first.hour == last.hour
        changed = before.utcoffset() != first.utcoffset()
        assert first.minute == 0 or changed or start == edges[0]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "buckets"),
    [
        ("Europe/Berlin", "2026-11-22", 24, 24),
        ("Europe/Berlin", "2026-03-29", 23, 23),
        ("Europe/Berlin", "2026-10-25", 25, 25),
        ("Asia/Kolkata", "2026-03-29", 24, 24),
        ("Africa/Cairo", "2026-04-24", 23, 23),
        ("Africa/Cairo", "2026-10-29", 25, 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5, 24),
        ("Australia/Lord_Howe", "2026-04-05", 24.5, 25),
        ("America/St_Johns", "2010-11-06", 24 + 1 / 60, 25),
        ("Pacific/Apia", "2011-12-30", 0, 0),
        ("America/Caracas", "2016-05-01", 23.5, 24),
    ],
)
def test_lengths_of_days(zone: str, day: str, hours: float, buckets: int) -> None:
    when = date.fromisoformat(day)
    edges = Zone(zone).hour_edges(when)
    length = Zone(zone).day_end(when) - Zone(zone).day_start(when)
    if zone == "America/St_Johns":  # its second midnight belongs to the day already begun
        assert length in (24 * 3600, 24 * 3600 + 60)
    else:
        assert length == hours * 3600
        assert len(edges) - 1 == buckets


@given(zones, instants)
def test_a_written_time_is_read_back(zone: Zone, instant: float) -> None:
    assert parse_timestamp(zone.iso(instant)) == pytest.approx(instant, abs=2e-6)
    assert parse_timestamp(iso_utc(instant)) == parse_timestamp(zone.iso(instant))
    once = parse_timestamp(iso_utc(instant))
    assert parse_timestamp(iso_utc(once)) == once


@given(instants, instants)
def test_times_of_the_journal_compare_as_text(one: float, other: float) -> None:
    one, other = (parse_timestamp(iso_utc(instant)) for instant in (one, other))
    assert (one < other) == (iso_utc(one) < iso_utc(other))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22T10:00:00+01:00", 1795338000.0),
        ("2026-11-22T09:00:00Z", 1795338000.0),
        ("2026-11-22 09:00Z", 1795338000.0),
        ("20261122T090000Z", 1795338000.0),
        ("2026-11-22T09:00:00.25Z", 1795338000.25),
    ],
)
def test_iso_8601_is_read(text: str, instant: float) -> None:
    assert parse_timestamp(text) == instant


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-22", "2026-11-22T10:00:00", "2026-13-01T00:00Z", "10:00Z", "1795338000"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_timestamp(text)


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    try:
        instant = parse_timestamp(text)
    except BadInput:
        return
    assert datetime.fromtimestamp(instant, UTC).timestamp() == pytest.approx(instant)


@pytest.mark.parametrize("raw", ["", "2026-02-29", "soon", 5, None, [], True])
def test_what_is_no_date_is_refused(raw: object) -> None:
    with pytest.raises(BadInput):
        parse_date(raw)


def test_calendar_days() -> None:
    leap = date(2028, 3, 1)
    assert days_before(leap, 2) == [date(2028, 2, 28), date(2028, 2, 29)]
    assert days_between(date(2027, 12, 31), date(2028, 1, 1)) == [
        date(2027, 12, 31),
        date(2028, 1, 1),
    ]
    assert days_between(leap, leap) == [leap]
    assert days_between(leap, date(2028, 2, 28)) == []
