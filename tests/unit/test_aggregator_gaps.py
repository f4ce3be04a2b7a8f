"""Which time nobody speaks for."""

from datetime import date
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import oracle
from support.aggregation import House, scratch, span, spans, spot
from support.laws import examples
from test_aggregator_oracle import GRID_S, days_of_readings

from services.aggregator.gaps import GapFinder
from services.aggregator.resolve import Resolver, by_start, preferred
from shared.errors import BadInput
from shared.messages import as_stored
from shared.reading import MAX_INTERVAL_S, POWER, Reading
from shared.times import Zone, parse_timestamp

ZONE = Zone("Europe/Berlin")
START = ZONE.day_start(date(2026, 11, 20))


def house_at(directory: Path, minute: float) -> House:
    return House(directory, now=START + 60 * minute)


def minutes(house: House, *, exact: bool = False) -> list[tuple[float, float]]:
    """Return the gaps since midnight in minutes after it."""
    answer = house.ask("gaps", since=ZONE.iso(START), exact=exact)
    assert answer["more"] is False
    return [
        ((parse_timestamp(a) - START) / 60, (parse_timestamp(b) - START) / 60)
        for a, b in answer["gaps"]
    ]


def test_nothing_known_is_one_gap(tmp_path: Path) -> None:
    assert minutes(house_at(tmp_path, 90)) == [(0, 90)]


def test_intervals_and_held_values_speak_for_their_time(tmp_path: Path) -> None:
    house = house_at(tmp_path, 120)
    house.take(span(ZONE, START + 1200, 600, 5), spot(START + 3600, 5, heartbeat=1500))
    assert minutes(house) == [(0, 10), (20, 60), (85, 120)]


def test_a_held_value_could_still_become_an_interval(tmp_path: Path) -> None:
    house = house_at(tmp_path, 120)
    house.take(span(ZONE, START + 1200, 600, 5), spot(START + 3600, 5, heartbeat=1500))
    assert minutes(house, exact=True) == [(0, 10), (20, 120)]


def test_the_unknown_part_of_an_interval_is_not_asked_again(tmp_path: Path) -> None:
    house = house_at(tmp_path, 20)
    house.take(span(ZONE, START + 600, 600, None), span(ZONE, START + 1200, 600, 5, coverage=0.1))
    assert minutes(house) == []
    assert minutes(house, exact=True) == []


def test_an_unknown_power_is_a_gap(tmp_path: Path) -> None:
    house = house_at(tmp_path, 30)
    house.take(spot(START, 5), spot(START + 600, None), spot(START + 1200, 5))
    assert minutes(house) == [(10, 20)]


def test_gaps_join_over_midnight_and_none_lies_ahead_of_now(tmp_path: Path) -> None:
    house = House(tmp_path, now=START + 3600)
    house.take(*spans(ZONE, START - 7200, START - 3600, 5))
    answer = house.ask(
        "gaps", since=ZONE.iso(START - 7200), until=ZONE.iso(START + 86400), exact=True
    )
    assert answer["gaps"] == [[ZONE.iso(START - 3600), ZONE.iso(START + 3600)]]


def test_since_is_some_days_ago_when_nothing_is_said(tmp_path: Path) -> None:
    house = house_at(tmp_path, 0)
    [[since, until]] = house.ask("gaps")["gaps"]
    assert since == ZONE.iso(START - 10 * 86400)
    assert until == ZONE.iso(START)


@pytest.mark.parametrize("since", ["yesterday", 5, True, [], "2026-11-20T00:00:00"])
def test_an_unclear_since_is_refused(tmp_path: Path, since: object) -> None:
    with pytest.raises(BadInput):
        house_at(tmp_path, 0).ask("gaps", since=since)


def test_days_only_the_book_still_has_are_no_gaps(tmp_path: Path) -> None:
    """A reading there would be refused, so nobody should fetch it from history at each start."""
    house = House(tmp_path)
    day = date(2026, 11, 1)
    start, end = ZONE.day_start(day), ZONE.day_end(day)
    house.at(end + 3600).take(*spans(ZONE, start, end, 5, 3600))
    house.settle()
    house.aggregator.history.journal.file(day).remove()
    house.aggregator.history.journal.file(date(2026, 11, 2)).remove()
    house.at(START)
    gaps = house.ask("gaps", since=ZONE.iso(start - 3600))["gaps"]
    assert gaps == [[ZONE.iso(start - 3600), ZONE.iso(start)], [ZONE.iso(end), ZONE.iso(START)]]


def test_more_gaps_than_fit_a_message_are_told_in_parts(tmp_path: Path) -> None:
    house = House(tmp_path, now=START + 86399)
    house.take(*(span(ZONE, START + 30 * k, 15, 5) for k in range(1, 2600)))
    answer = house.ask("gaps", since=ZONE.iso(START))
    assert (len(answer["gaps"]), answer["more"]) == (2000, True)
    answer = house.ask("gaps", since=answer["gaps"][-1][1])
    assert (len(answer["gaps"]), answer["more"]) == (600, False)


def test_a_timestamp_in_the_files_of_two_zones_counts_once(tmp_path: Path) -> None:
    """Only the minute that is known better speaks, not the hour that came in another zone."""
    house = house_at(tmp_path, 60)
    house.take(span(ZONE, START + 3600, 3600, 5, coverage=0.5))
    house.aggregator.close()
    house = House(tmp_path, zone="America/New_York", now=START + 3600)
    house.take(span(ZONE, START + 3600, 60, 5))
    assert len(list((tmp_path / "state" / "journal").iterdir())) == 2
    assert minutes(house) == [(0, 59)]


def streamed(
    readings: list[Reading], since: float, until: float, *, exact: bool
) -> list[tuple[float, float]]:
    """Return the gaps by a look at each of some readings in order of time."""
    finder = GapFinder(since, until, exact=exact)
    resolver = Resolver(finder.piece)
    for reading in by_start(readings, MAX_INTERVAL_S):
        if reading.start < until:
            resolver.push(reading)
    resolver.advance(until)
    return finder.gaps()


@examples(200)
@given(days_of_readings(), st.sampled_from(["intervals", "all", "shuffled", "twice"]), st.data())
def test_what_is_noted_of_a_file_tells_the_gaps_that_a_look_at_each_reading_tells(
    drawn: tuple[Zone, date, list[Reading]], kind: str, data: st.DataObject
) -> None:
    """Whether its readings hold or not, come in order, share a timestamp, are compressed or not."""
    zone, day, readings = drawn
    until = max([zone.day_end(day), *(reading.time for reading in readings)])
    since = zone.day_start(day)
    if kind in ("intervals", "twice"):
        readings = [reading for reading in readings if reading.interval]
    arriving = readings
    if kind == "twice":
        others = [span(zone, reading.time, 60, 5, coverage=0.9) for reading in readings[::2]]
        arriving = sorted([*readings, *others], key=attrgetter("time"))
    elif kind == "shuffled":
        arriving = data.draw(st.permutations(readings))
    groups = groupby(sorted(arriving, key=attrgetter("time")), key=attrgetter("time"))
    kept = [preferred(map(as_stored, group)) for _, group in groups]
    with scratch() as directory:
        house = House(directory, zone=zone.name, now=until)
        history = house.aggregator.history
        history.journal.append(arriving)
        for written in history.journal.days():
            if data.draw(st.booleans()):
                history.journal.file(written).compress()
        if data.draw(st.booleans()):
            house.restart()
            history = house.aggregator.history
        for exact in (False, True):
            found = history.gaps(since, until, exact=exact, now=until)
            assert found == streamed(kept, since, until, exact=exact)


@examples(100)
@given(days_of_readings())
def test_a_gap_is_where_the_oracle_finds_no_source(
    drawn: tuple[Zone, date, list[Reading]],
) -> None:
    zone, day, readings = drawn
    since, until = zone.day_start(day), zone.day_end(day)
    for exact in (False, True):
        gaps = streamed(readings, since, until, exact=exact)
        for at in range(int(since), int(until), GRID_S):
            middle = at + GRID_S / 2
            found = oracle.source(middle, readings)
            spoken = found is not None and (
                found.interval is not None or (not exact and found.values.get(POWER) is not None)
            )
            assert any(start <= middle < end for start, end in gaps) is not spoken
