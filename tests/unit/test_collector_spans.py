"""Spans of time, the outbox file, and rows of history as they come."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collector.outbox import Outbox
from services.collector.spans import clip, decode_gaps, first_window, merge, subtract
from services.collector.states import decode_history, decode_state
from services.collector.ticks import Ticks
from shared.errors import BadInput
from shared.times import Zone, iso_utc

Spans = list[tuple[float, float]]
LATEST = 200

spans = st.lists(
    st.tuples(st.integers(0, LATEST), st.integers(1, 30)).map(
        lambda pair: (float(pair[0]), float(pair[0] + pair[1]))
    ),
    max_size=12,
)


def seconds(of: Spans) -> set[int]:
    """Return the whole seconds in spans."""
    return {second for start, end in of for second in range(int(start), int(end))}


@given(spans)
def test_merging_is_a_union(given_spans: Spans) -> None:
    """Sorted and disjoint."""
    merged = merge(given_spans)
    assert seconds(merged) == seconds(given_spans)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(merged))


@given(spans, spans)
def test_subtracting_is_a_difference(given_spans: Spans, taken: Spans) -> None:
    """Of sets of seconds."""
    rest = subtract(merge(given_spans), merge(taken))
    assert seconds(rest) == seconds(given_spans) - seconds(taken)
    assert all(start < end for start, end in rest)


def test_dust_is_left_out() -> None:
    """Less than a second is rounding."""
    assert subtract([(0.0, 10.0)], [(0.4, 9.5)]) == []
    assert clip([(0.0, 10.0)], 9.5, 20.0) == []


def test_a_window_ends_at_a_tick() -> None:
    """And takes in all that fits."""
    ticks = Ticks(Zone("UTC"), 600.0)
    assert first_window([(100.0, 90000.0)], 86400.0, ticks) == [(100.0, 86400.0)]
    assert first_window([(100.0, 300.0), (700.0, 800.0)], 900.0, ticks) == [(100.0, 300.0)]
    assert first_window([(100.0, 2000.0)], 10.0, ticks) == [(100.0, 600.0)]


def test_gaps_are_decoded_in_any_order() -> None:
    """And merged."""
    raw = [[iso_utc(50), iso_utc(70)], [iso_utc(10), iso_utc(50)], [iso_utc(90), iso_utc(90)]]
    assert decode_gaps({"gaps": raw}) == [(10.0, 70.0)]


@pytest.mark.parametrize(
    "gaps",
    [None, {}, [5], [[]], [["a", "b"]], [[1, 2]], [[iso_utc(5), iso_utc(4)]], [[None, iso_utc(1)]]],
)
def test_gaps_that_are_none(gaps: object) -> None:
    """Refused whole."""
    with pytest.raises(BadInput):
        decode_gaps({"gaps": gaps})


def line(second: float, filler: str = "") -> bytes:
    """Return a reading as it is kept."""
    return f'{{"timestamp":"{iso_utc(second)}","power":1{filler}}}'.encode()


def test_the_outbox_gives_back_what_it_took(tmp_path: Path) -> None:
    """In order, in batches, with the times."""
    outbox = Outbox(tmp_path / "deep" / "outbox.jsonl")
    assert outbox.size == 0
    outbox.append([line(1), line(2)])
    outbox.append([line(3)])
    first, offset = outbox.batch(0, 2)
    second, end = outbox.batch(offset, 2)
    assert [time for time, _ in first + second] == [1.0, 2.0, 3.0]
    assert end == outbox.size
    assert first[0][1] == line(1)
    outbox.remove()
    outbox.remove()
    assert outbox.batch(0, 5) == ([], 0)


def test_the_outbox_drops_the_oldest_beyond_its_size(tmp_path: Path) -> None:
    """And tells how many went."""
    outbox = Outbox(tmp_path / "outbox.jsonl", max_bytes=2000)
    dropped = sum(outbox.append([line(second)]) for second in range(100))
    kept, _ = outbox.batch(0, 1000)
    assert outbox.size <= 2000
    assert dropped + len(kept) == 100
    assert [time for time, _ in kept] == [float(second) for second in range(dropped, 100)]


def test_the_outbox_drops_what_is_too_old(tmp_path: Path) -> None:
    """Torn lines go with it."""
    outbox = Outbox(tmp_path / "outbox.jsonl")
    outbox.append([line(second) for second in range(10)] + [b'{"torn'])
    assert outbox.drop_before(0.0) == 0
    assert outbox.drop_before(4.0) == 5
    assert [time for time, _ in outbox.batch(0, 99)[0]] == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    """As after a power cut."""
    path = tmp_path / "outbox.jsonl"
    path.write_bytes(line(1) + b"\n" + b'{"times')
    outbox = Outbox(path)
    outbox.append([line(2)])
    assert [time for time, _ in outbox.batch(0, 9)[0]] == [1.0, 2.0]


def test_rows_are_sorted_and_a_missing_state_is_unknown() -> None:
    """A null state, as of a removed entity, ends the one before."""
    rows = [
        {
            "entity_id": "sensor.x",
            "state": "1",
            "last_changed": iso_utc(30),
            "attributes": {"a": 1},
        },
        {"state": None, "last_changed": iso_utc(20)},
        {"state": "3", "last_changed": iso_utc(5), "last_updated": iso_utc(10)},
    ]
    decoded = decode_history([rows, []])["sensor.x"]
    assert [(row.at, row.text, row.described) for row in decoded] == [
        (10.0, "3", False),
        (20.0, "", False),
        (30.0, "1", True),
    ]


@pytest.mark.parametrize(
    "raw", [None, [], {}, {"state": "5"}, {"state": None, "last_changed": "x"}]
)
def test_what_is_no_state(raw: object) -> None:
    """Refused, not guessed."""
    with pytest.raises(BadInput):
        decode_state(raw)
