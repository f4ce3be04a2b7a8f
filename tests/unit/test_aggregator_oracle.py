"""The sweep against an oracle that looks at every stretch by itself, for arbitrary readings."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from support import oracle
from support.aggregation import House, scratch
from support.laws import examples

from services.aggregator.consolidate import XFF, DayConsolidation
from services.aggregator.resolve import Resolver, by_start
from shared.bucket import Bucket
from shared.reading import MAX_HEARTBEAT_S, MAX_INTERVAL_S, Reading, decode_reading
from shared.times import Zone

GRID_S = 150  # coarse, so that stretches often touch, nest and coincide
# Ordinary days, one of 23 hours, one of 25, and one with a half-hour change.
DAYS = (
    (Zone("Europe/Berlin"), date(2026, 11, 20)),
    (Zone("Europe/Berlin"), date(2026, 3, 29)),
    (Zone("Europe/Berlin"), date(2026, 10, 25)),
    (Zone("Australia/Lord_Howe"), date(2026, 10, 4)),
)
WATTS = st.sampled_from([-2000, -1, 0, 1, 350, 412.5, 7000])
SHARES = st.sampled_from([0, 0.25, 0.5, 1, 1, 1])


@st.composite
def stats(draw: st.DrawFn) -> dict[str, float]:
    low, mean, high = sorted(draw(st.tuples(WATTS, WATTS, WATTS)))
    return {"mean": mean, "min": low, "max": high}


@st.composite
def readings_at(draw: st.DrawFn, time: float, zone: Zone, *, corrected: bool) -> Reading:
    """Draw any reading the wire may bring for an instant, meters excepted."""
    raw: dict[str, object] = {
        "timestamp": zone.iso(time),
        "power": draw(st.one_of(st.none(), WATTS)),
        "units": {"voltage": "V"},
    }
    if draw(st.booleans()):
        raw["voltage"] = draw(st.one_of(st.none(), st.sampled_from([229.5, 231.0])))
    if draw(st.booleans()):
        interval: dict[str, object] = {
            "seconds": GRID_S * draw(st.one_of(st.integers(1, 12), st.integers(1, 620))),
            "coverage": draw(SHARES),
        }
        if draw(st.integers(0, 4)):
            interval["power"] = draw(stats())
        if draw(st.booleans()):
            interval["voltage"] = {**draw(stats()), "coverage": draw(SHARES)}
        raw["interval"] = interval
    heartbeat = draw(st.sampled_from([375, 1500, MAX_HEARTBEAT_S]))
    reading = decode_reading(raw, frozenset({"voltage"}), heartbeat)
    return replace(reading, corrected=corrected and not draw(st.integers(0, 4)))


@st.composite
def days_of_readings(
    draw: st.DrawFn, *, corrected: bool = False
) -> tuple[Zone, date, list[Reading]]:
    """Draw a day and readings from hours before to hours after it, in order of time.

    Some are as a person corrected them, if asked for.
    """
    zone, day = draw(st.sampled_from(DAYS))
    start, end = int(zone.day_start(day)), int(zone.day_end(day))
    last = (end - start) // GRID_S
    slots = draw(
        st.sampled_from(
            [st.integers(-20, 20), st.integers(-30, last + 60), st.integers(last - 20, last + 20)]
        )
    )
    chosen = sorted(draw(st.sets(slots, max_size=12)))
    times = [start + slot * GRID_S for slot in chosen]
    return zone, day, [draw(readings_at(time, zone, corrected=corrected)) for time in times]


def consolidated(zone: Zone, day: date, readings: list[Reading]) -> DayConsolidation:
    consolidation = DayConsolidation(zone.hour_edges(day))
    for reading in by_start(readings, MAX_INTERVAL_S):
        consolidation.push(reading)
    consolidation.finish(zone.day_end(day))
    return consolidation


def assert_agree(found: Bucket | None, expected: oracle.Expected) -> None:
    if not expected.metrics:
        assert found is None
        return
    assert found is not None
    assert found.samples == expected.samples
    assert found.coverage is not None
    assert abs(found.coverage - expected.coverage()) < 2e-6
    if expected.coverage() == 0:
        assert found.energy_kwh is None
        assert found.export_kwh is None
    else:
        assert found.energy_kwh is not None
        assert found.export_kwh is not None
        assert abs(found.energy_kwh - expected.energy_kwh) < 2e-6
        assert abs(found.export_kwh - expected.export_kwh) < 2e-6
    for name in {*found.metrics, *expected.metrics}:
        summary, known = found.metrics.get(name), expected.metrics.get(name)
        if known is None or known.seconds < XFF * expected.length - 1e-3:
            assert summary is None, name
        else:
            assert summary is not None, name
            assert abs(summary.mean - known.mean) < 2e-3
            assert (summary.min, summary.max) == (known.min, known.max)


@examples(250)
@given(days_of_readings(corrected=True))
def test_a_day_and_its_hours_are_what_the_oracle_says(
    drawn: tuple[Zone, date, list[Reading]],
) -> None:
    zone, day, readings = drawn
    consolidation = consolidated(zone, day, readings)
    start, end = zone.day_start(day), zone.day_end(day)
    assert_agree(consolidation.day(end), oracle.bucket(start, end, readings))
    hours = {hour.time: hour for hour in consolidation.hours()}
    for begin, until in pairwise(zone.hour_edges(day)):
        assert_agree(hours.pop(begin, None), oracle.bucket(begin, until, readings))
    assert not hours


@examples(100)
@given(days_of_readings(corrected=True), st.integers(0, 700))
def test_the_day_so_far_is_what_the_oracle_says_and_looking_changes_nothing(
    drawn: tuple[Zone, date, list[Reading]], slot: int
) -> None:
    zone, day, readings = drawn
    start, end = zone.day_start(day), zone.day_end(day)
    until = min(start + GRID_S * (1 + slot), end)
    consolidation = DayConsolidation(zone.hour_edges(day))
    known = [reading for reading in readings if reading.time <= until]
    for reading in by_start(known, MAX_INTERVAL_S):
        consolidation.push(reading)
        consolidation.so_far(max(until, consolidation.frontier))
    # Of time before `until` only, as if the day ended there; what was read just then counts too.
    samples = oracle.bucket(start, end, known).samples
    expected = replace(oracle.bucket(start, until, known), samples=samples)
    assert_agree(consolidation.so_far(until), expected)
    consolidation.finish(end)
    again = consolidated(zone, day, known)
    assert consolidation.day(end) == again.day(end)
    assert consolidation.hours() == again.hours()


@examples(40)
@given(days_of_readings(), st.randoms(use_true_random=False))
def test_a_day_read_back_from_the_journal_is_what_the_oracle_says(
    drawn: tuple[Zone, date, list[Reading]], random: Random
) -> None:
    """Through files, out of order and doubled: nothing is forgotten on the way."""
    zone, day, readings = drawn
    arriving = [*readings, *readings[::2]]
    random.shuffle(arriving)
    with scratch() as directory:
        house = House(directory, zone=zone.name)
        for reading in arriving:
            house.aggregator.history.journal.append([reading])
        made = house.aggregator.history.consolidate(day)
        start, end = zone.day_start(day), zone.day_end(day)
        assert_agree(made.bucket, oracle.bucket(start, end, readings))
        hours = {hour.time: hour for hour in made.hours}
        for begin, until in pairwise(zone.hour_edges(day)):
            assert_agree(hours.get(begin), oracle.bucket(begin, until, readings))


@examples(150)
@given(days_of_readings())
def test_energy_of_day_hours_and_resolved_stretches_is_one_sum(
    drawn: tuple[Zone, date, list[Reading]],
) -> None:
    zone, day, readings = drawn
    resolved = 0.0
    start, end = zone.day_start(day), zone.day_end(day)

    def piece(begin: float, until: float, reading: Reading) -> None:
        nonlocal resolved
        seconds = min(until, end) - max(begin, start)
        if seconds > 0:
            resolved += oracle.energies(reading, seconds)[0]

    resolver = Resolver(piece)
    for reading in by_start(readings, MAX_INTERVAL_S):
        resolver.push(reading)
    resolver.advance(end + 2 * MAX_INTERVAL_S)
    consolidation = consolidated(zone, day, readings)
    whole = consolidation.day(end)
    hours = sum(hour.energy_kwh or 0.0 for hour in consolidation.hours())
    assert abs(hours - resolved) < 26e-6
    assert abs((whole.energy_kwh or 0.0 if whole else 0.0) - resolved) < 2e-6


@examples(150)
@given(days_of_readings(corrected=True))
def test_stretches_come_in_order_and_never_overlap(
    drawn: tuple[Zone, date, list[Reading]],
) -> None:
    zone, day, readings = drawn
    pieces: list[tuple[float, float, Reading]] = []
    resolver = Resolver(lambda *piece: pieces.append(piece))
    for reading in by_start(readings, MAX_INTERVAL_S):
        resolver.push(reading)
    resolver.advance(zone.day_end(day) + 2 * MAX_INTERVAL_S)
    for (_, end, _), (start, _, _) in pairwise(pieces):
        assert end <= start
    for start, end, reading in pieces:
        assert start < end
        assert oracle.source(start, readings) is reading
        assert oracle.source((start + end) / 2, readings) is reading
