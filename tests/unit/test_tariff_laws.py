"""Laws of cost: against an oracle that reads the clock on the wall, over DST and price changes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st
from support import bill
from support.aggregation import span
from support.laws import examples

from services.aggregator.consolidate import DayConsolidation
from services.aggregator.cost import Costs
from shared.bucket import Bucket, decode_bucket, encode_bucket
from shared.config import parse
from shared.reading import Reading
from shared.tariff import WEEKDAYS, Tariff
from shared.times import Zone

DAYS = (
    ("Europe/Berlin", "2026-03-29"),  # 23 hours
    ("Europe/Berlin", "2026-10-25"),  # 25 hours
    ("Europe/Berlin", "2026-11-21"),
    ("Australia/Lord_Howe", "2026-04-05"),  # 24 hours and a half
    ("Australia/Lord_Howe", "2026-10-04"),  # 23 hours and a half
    ("America/Havana", "2026-03-08"),  # has no 00:00
    ("America/Havana", "2026-11-01"),  # has 00:00 twice
)
ROUNDED_KWH = Decimal("0.0000006")  # what rounding may take from one energy, float dust included
DEAREST = Decimal(1)

prices = st.integers(0, 9999).map(lambda number: f"0.{number:04}")
Periods = list[dict[str, Any]]


@st.composite
def rates(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw rates that together cover the week, for one or two groups of days."""
    split = draw(st.sampled_from([7, 7, 5, 1]))
    found = []
    for days in filter(None, (WEEKDAYS[:split], WEEKDAYS[split:])):
        marks = draw(st.sets(st.integers(0, 287), max_size=4).map(sorted))
        clock = [f"{mark // 12:02}:{mark % 12 * 5:02}" for mark in marks]
        pairs = list(pairwise([*clock, *clock[:1]])) if len(clock) > 1 else [("00:00", "24:00")]
        found += [
            {"price": draw(prices), "hours": [f"{first}-{end}"], "days": list(days)}
            for first, end in pairs
        ]
    return found


@st.composite
def tariffs(draw: st.DrawFn, day: date) -> Periods:
    """Draw periods, of which some begin at, before or after a day."""
    starts = draw(st.sets(st.integers(-3, 2), min_size=1, max_size=3).map(sorted))
    return [
        {
            "from": (day + timedelta(days=start)).isoformat(),
            "rates": draw(rates()),
            "base_fee_per_day": draw(prices),
        }
        for start in starts
    ]


@st.composite
def houses(draw: st.DrawFn) -> tuple[Zone, date, Periods, list[Reading]]:
    """Draw a day, a tariff, and readings that leave gaps and cross edges."""
    name, text = draw(st.sampled_from(DAYS))
    zone, day = Zone(name), date.fromisoformat(text)
    time, readings = zone.day_start(day) - 1800, []
    while time < zone.day_end(day):
        steps = draw(st.sampled_from([1, 2, 3, 7, 12, 30]))
        time += steps * bill.STEP_S
        power = draw(st.sampled_from([None, 0, 120, 433, 2750]))
        coverage = draw(st.sampled_from([1.0, 0.5]))
        if power is not None:
            readings.append(span(zone, time, steps * bill.STEP_S, power, coverage=coverage))
    return zone, day, draw(tariffs(day)), readings


def configured(periods: Sequence[Mapping[str, Any]]) -> Tariff:
    home_assistant = {"url": "http://h", "token": "t", "entities": {"power": "sensor.x"}}
    tariff = {"currency": "EUR", "periods": list(periods)}
    found = parse({"home_assistant": home_assistant, "tariff": tariff}, {}).tariff
    assert found
    return found


def consolidated(zone: Zone, day: date, costs: Costs, readings: list[Reading]) -> DayConsolidation:
    made = DayConsolidation(zone.hour_edges(day), costs.cuts(day))
    for reading in readings:
        made.push(reading)
    made.finish(zone.day_end(day))
    return made


def assert_near(found: Decimal | None, expected: Decimal | None, roundings: int) -> None:
    if found is None or expected is None:
        assert found is expected
    else:
        assert abs(found - expected) <= roundings * ROUNDED_KWH * DEAREST


@examples(100)
@given(houses())
def test_each_hour_and_day_costs_what_the_clock_on_the_wall_says(
    house: tuple[Zone, date, Periods, list[Reading]],
) -> None:
    zone, day, periods, readings = house
    costs = Costs(configured(periods), zone)
    made = consolidated(zone, day, costs, readings)
    hours = {hour.time: costs.of_hour(hour).cost for hour in made.hours()}
    clock = ZoneInfo(zone.name)
    for edges in pairwise(zone.hour_edges(day)):
        expected = bill.energy_cost(periods, clock, day, edges, readings)
        assert_near(hours.get(edges[0]), expected, 5)
    start, end = zone.day_start(day), zone.day_end(day)
    bucket = made.day(end)
    expected = bill.energy_cost(periods, clock, day, (start, end), readings)
    if expected is not None:
        period = bill.period_of(periods, day)
        assert period
        expected += Decimal(period["base_fee_per_day"])
    assert_near(costs.of_day(bucket).cost if bucket else None, expected, 5)


@examples(60)
@given(houses())
def test_hours_and_base_fee_add_up_to_the_day(
    house: tuple[Zone, date, Periods, list[Reading]],
) -> None:
    zone, day, periods, readings = house
    costs = Costs(configured(periods), zone)
    made = consolidated(zone, day, costs, readings)
    bucket = made.day(zone.day_end(day))
    whole = costs.of_day(bucket) if bucket else None
    assume(whole and whole.cost is not None)
    assert whole
    hours = [costs.of_hour(hour).cost for hour in made.hours()]
    known = [cost for cost in hours if cost is not None]
    assert whole.base_fee is not None
    assert_near(whole.cost, sum(known) + whole.base_fee, 60)


@examples(60)
@given(houses())
def test_a_cost_can_be_checked_from_the_document_alone(
    house: tuple[Zone, date, Periods, list[Reading]],
) -> None:
    """Digit for digit: no number that is not shown goes into it."""
    zone, day, periods, readings = house
    costs = Costs(configured(periods), zone)
    bucket = consolidated(zone, day, costs, readings).day(zone.day_end(day))
    priced = costs.of_day(bucket) if bucket else None
    assume(priced and priced.cost is not None)
    assert priced
    shown = encode_bucket(priced, zone, priced=True)
    parts = shown.get("energy_kwh_from", {"12:00": shown["energy_kwh"]})
    total = Decimal(shown.get("base_fee", "0"))
    for first, kwh in parts.items():
        local = datetime.fromisoformat(f"{day}T{first}")
        price = bill.price_at(periods, day, local)
        assert price is not None
        total += Decimal(str(kwh or 0)) * price
    assert Decimal(shown["cost"]) == total


@examples(50)
@given(houses(), st.data())
def test_other_prices_for_the_same_hours_need_no_reading(
    house: tuple[Zone, date, Periods, list[Reading]], data: st.DataObject
) -> None:
    """A price entered late is right for all days that are kept in parts."""
    zone, day, periods, readings = house
    before = Costs(configured(periods), zone)
    kept = before_and_after_a_document(consolidated(zone, day, before, readings), zone, day)
    changed = [
        {**period, "rates": [{**rate, "price": data.draw(prices)} for rate in period["rates"]]}
        for period in periods
    ]
    after = Costs(configured(changed), zone)
    again = consolidated(zone, day, after, readings).day(zone.day_end(day))
    assert (kept and after.of_day(kept).cost) == (again and after.of_day(again).cost)


@examples(50)
@given(houses(), st.data())
def test_other_hours_are_right_or_unknown_and_never_guessed(
    house: tuple[Zone, date, Periods, list[Reading]], data: st.DataObject
) -> None:
    zone, day, periods, readings = house
    kept = before_and_after_a_document(
        consolidated(zone, day, Costs(configured(periods), zone), readings), zone, day
    )
    after = Costs(configured(data.draw(tariffs(day))), zone)
    again = consolidated(zone, day, after, readings).day(zone.day_end(day))
    found = after.of_day(kept).cost if kept else None
    if found is not None:
        assert again
        assert_near(found, after.of_day(again).cost, 10)


def before_and_after_a_document(made: DayConsolidation, zone: Zone, day: date) -> Bucket | None:
    bucket = made.day(zone.day_end(day))
    return decode_bucket(encode_bucket(bucket, zone)) if bucket else None
