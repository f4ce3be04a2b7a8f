"""Laws of the whole aggregator: order, duplication, restarts and outages change no number."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import TIERS, House, scratch, span, spans, spot
from support.laws import examples
from test_aggregator_oracle import days_of_readings

from shared.reading import Reading
from shared.times import Zone, days_between

ZONE = Zone("Europe/Berlin")
FIRST = date(2026, 10, 23)  # the clocks go back on the 25th
DAYS = 4
STEP_S = 2400
HOUR_S = 3600.0


def documents_of(readings: list[Reading], zone: str, now: float) -> dict[str, str]:
    """Return what stands in the files when everything arrives at once, in order, in the end."""
    with scratch() as directory:
        house = House(directory, zone=zone, now=now)
        house.take(*readings)
        return house.settle().documents()


@examples(30)
@given(days_of_readings(), st.randoms(use_true_random=False), st.data())
def test_within_a_day_neither_order_nor_duplication_nor_restarts_change_a_byte(
    drawn: tuple[Zone, date, list[Reading]], random: Random, data: st.DataObject
) -> None:
    """Any readings, in any order, batches and number, with steps and restarts in between."""
    zone, day, readings = drawn
    now = zone.day_end(day) - 1
    readings = [reading for reading in readings if reading.time < now]
    expected = documents_of(readings, zone.name, now)
    arriving = [*readings, *random.choices(readings, k=4)] if readings else []
    random.shuffle(arriving)
    with scratch() as directory:
        house = House(directory, zone=zone.name, now=now)
        while arriving:
            size = data.draw(st.integers(1, 5))
            house.take(*arriving[:size])
            arriving = arriving[size:]
            if data.draw(st.booleans()):
                house.settle()
            if data.draw(st.booleans()):
                house.restart()
        assert house.settle().documents()["daily"] == expected["daily"]


@st.composite
def full_histories(draw: st.DrawFn) -> list[Reading]:
    """Draw days of readings of which no later one can make anything less known.

    A smaller coverage never replaces a greater one in the book, so only such readings are free to
    come after their day was rolled up.
    """
    start, end = ZONE.day_start(FIRST), ZONE.day_end(FIRST + timedelta(days=DAYS - 1))
    times = [start + STEP_S * k for k in range(1, int(end - start) // STEP_S + 1)]
    skipped = draw(st.sets(st.sampled_from(times), max_size=12))
    watts = draw(st.lists(st.integers(-500, 5000), min_size=5, max_size=5))
    values = {time: watts[int(time / STEP_S) % 5] for time in times if time not in skipped}
    if draw(st.booleans()):
        return [span(ZONE, time, STEP_S, value) for time, value in values.items()]
    return [spot(time, value) for time, value in values.items()]


@examples(20)
@given(full_histories(), st.randoms(use_true_random=False), st.data())
def test_over_days_late_doubled_and_shuffled_readings_change_no_byte(
    readings: list[Reading], random: Random, data: st.DataObject
) -> None:
    """The clock goes on while readings arrive early, late and twice, between restarts."""
    start, end = ZONE.day_start(FIRST), ZONE.day_end(FIRST + timedelta(days=DAYS - 1))
    final = end + 5 * HOUR_S
    expected = documents_of(readings, ZONE.name, final)
    arriving = [*readings, *random.choices(readings, k=10)]
    random.shuffle(arriving)
    moments = sorted(data.draw(st.lists(st.integers(0, int(end - start)), min_size=1, max_size=8)))
    with scratch() as directory:
        house = House(directory, zone=ZONE.name, now=start)
        for number, moment in enumerate(moments):
            house.at(start + moment)
            if data.draw(st.booleans()):
                house.step()
            house.take(*arriving[number :: len(moments)])
            if data.draw(st.booleans()):
                house.settle()
            if data.draw(st.booleans()):
                house.restart()
        assert house.at(final).settle().documents() == expected


@examples(12)
@given(full_histories(), st.data())
def test_being_off_at_any_time_is_as_never_having_been_off(
    readings: list[Reading], data: st.DataObject
) -> None:
    """Readings come as they happen; those of an outage all come after it."""
    start, end = ZONE.day_start(FIRST), ZONE.day_end(FIRST + timedelta(days=DAYS - 1))
    final = end + 5 * HOUR_S
    off = data.draw(st.integers(0, int(end - start)))
    back = data.draw(st.integers(off, int(final - start)))
    with scratch() as directory, scratch() as other:
        steady = House(directory, zone=ZONE.name, now=start)
        failing = House(other, zone=ZONE.name, now=start)
        for reading in readings:
            steady.at(reading.time + 6).take(reading)
            steady.step()
        missed = []
        for reading in readings:
            if off <= reading.time + 6 - start < back:
                missed.append(reading)
                continue
            if missed:
                failing.restart()
                failing.at(reading.time).take(*missed)
                missed = []
            failing.at(reading.time + 6).take(reading)
            failing.step()
        failing.at(final).take(*missed)
        assert failing.settle().documents() == steady.at(final).settle().documents()


def test_off_over_a_month_and_a_year_end_is_as_never_having_been_off() -> None:
    zone = Zone("Europe/Berlin")
    days = days_between(date(2027, 12, 20), date(2028, 1, 9))
    with scratch() as directory, scratch() as other:
        steady, failing = House(directory, now=zone.day_start(days[0])), House(other)
        for day in days:
            readings = spans(zone, zone.day_start(day), zone.day_end(day), 100 + day.day, 3600)
            for reading in readings:
                steady.at(reading.time + 6).take(reading)
            steady.settle()
            failing.at(zone.day_end(day) + 6)
            failing.take(*readings)
            if day == date(2027, 12, 23):
                failing.settle()  # and then never at a deadline until the end
        now = zone.day_end(days[-1]) + HOUR_S
        steady.at(now).settle()
        failing.restart()
        assert failing.at(now).settle().documents() == steady.documents()
        assert len(steady.points("yearly")) == len(days)
        assert len(steady.points("weekly")) == 7 * 24


def test_a_week_off_without_any_readings_leaves_holes_and_invents_nothing() -> None:
    with scratch() as directory:
        house = House(directory, now=ZONE.day_start(date(2026, 11, 1)))
        for day in (date(2026, 11, 1), date(2026, 11, 9)):
            start, end = ZONE.day_start(day), ZONE.day_end(day)
            house.at(end + 6).take(*spans(ZONE, start, end, 400, 3600))
            house.settle()
            house.restart()
        house.at(ZONE.day_end(date(2026, 11, 10)) + HOUR_S).settle()
        days = [point["timestamp"][:10] for point in house.points("monthly")]
        assert days == ["2026-11-01", "2026-11-09"]
        assert {point["timestamp"][:10] for point in house.points("weekly")} == {"2026-11-09"}
        assert house.points("daily") == []
        assert house.document("daily")["today"] is None


@examples(10)
@given(full_histories())
def test_energy_is_one_sum_over_hours_days_and_both_windows(readings: list[Reading]) -> None:
    with scratch() as directory:
        house = House(directory, now=ZONE.day_end(FIRST + timedelta(days=DAYS)) + HOUR_S)
        house.take(*readings)
        house.settle()
        for name in ("energy_kwh", "export_kwh"):
            sums = {
                tier: sum(point[name] or 0.0 for point in house.points(tier)) for tier in TIERS[1:]
            }
            assert sums["monthly"] == sums["yearly"]
            assert abs(sums["weekly"] - sums["monthly"]) < 24 * DAYS * 1e-6


def test_idle_runs_touch_no_file_and_announce_nothing() -> None:
    """Idempotent: after everything is made, steps, restarts and commands write nothing at all."""
    with scratch() as directory:
        house = House(directory, now=ZONE.day_end(FIRST) + 20 * 60)
        start = ZONE.day_start(FIRST)
        house.take(*spans(ZONE, start, house.now - 300, 400))
        house.settle()
        files, announced = house.files(), len(house.announced)
        for repeat in (house.settle, house.restart, house.settle):
            repeat()
        house.ask("rollup")
        house.ask("rollup", tier="weekly")
        house.ask("rebuild")
        house.settle()
        assert house.files() == files
        assert house.announced[announced:] == []


def test_a_reading_that_comes_again_writes_nothing() -> None:
    with scratch() as directory:
        house = House(directory, now=ZONE.day_start(FIRST) + 7206)
        readings = spans(ZONE, ZONE.day_start(FIRST), house.now - 6, 400)
        house.take(*readings)
        house.settle()
        files, announced = house.files(), len(house.announced)
        house.take(*readings[3:5])
        house.settle()
        assert house.files() == files
        assert house.announced[announced:] == []
