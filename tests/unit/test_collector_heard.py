"""From messages to readings: every message a change at its arrival, then unknown."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collector.derive import Composite
from services.collector.heard import Heard
from services.collector.history import UNLIMITED, Steps, summarise
from services.collector.payload import Fault, decode_availability, decode_value

LENGTH = 600
HEARTBEAT_S = 90.0
Said = list[tuple[int, float | None]]

values = st.none() | st.integers(-5000, 20000).map(float)
said = st.lists(st.tuples(st.integers(-300, LENGTH + 60), values), max_size=30).map(
    lambda messages: sorted(messages, key=lambda message: message[0])
)
cuts = st.lists(st.integers(1, LENGTH - 1), unique=True, max_size=6).map(sorted)


def heard(messages: Said) -> Steps:
    """Return what a sensor said, as the collector keeps it."""
    memory = Heard(HEARTBEAT_S, 1e9)
    for at, value in messages:
        memory.say(value, float(at))
    return memory.steps(0.0)


def by_the_second(messages: Said) -> list[float | None]:
    """Return the value of each second the slow and obvious way."""
    seconds: list[float | None] = []
    for second in range(LENGTH):
        before = [message for message in messages if message[0] <= second]
        at, value = before[-1] if before else (-math.inf, None)
        seconds.append(value if second < at + HEARTBEAT_S else None)
    return seconds


@given(said)
def test_what_was_heard_is_exact_to_the_second(messages: Said) -> None:
    """Energy, coverage, minimum and maximum, against brute force."""
    known = [value for value in by_the_second(messages) if value is not None]
    found = summarise({"power": heard(messages)}, 0.0, LENGTH, {"power": UNLIMITED})
    assert found.coverage == pytest.approx(len(known) / LENGTH)
    if known:
        stats = found.metrics["power"]
        assert (stats.min, stats.max) == (min(known), max(known))
        assert found.energy_kwh == pytest.approx(sum(max(value, 0) for value in known) / 3.6e6)


@given(said, cuts)
def test_energy_does_not_depend_on_where_the_ticks_lie(messages: Said, ticks: list[int]) -> None:
    """The interval equals the integral of the changes, however it is split."""
    steps, edges = {"power": heard(messages)}, [0, *ticks, LENGTH]
    parts = [summarise(steps, start, end, {"power": UNLIMITED}) for start, end in pairwise(edges)]
    whole = summarise(steps, 0.0, LENGTH, {"power": UNLIMITED})
    assert sum(part.energy_kwh or 0 for part in parts) == pytest.approx(whole.energy_kwh or 0)
    assert sum(part.export_kwh or 0 for part in parts) == pytest.approx(whole.export_kwh or 0)


@given(said, said, st.sampled_from([(1, 1), (1, -1)]))
def test_a_derived_metric_is_known_while_all_its_parts_are(
    one: Said, other: Said, signs: tuple[int, int]
) -> None:
    """Against brute force, second by second: mean, minimum, maximum, energy, coverage."""
    made = Composite("power", ("one", "other"), signs)
    steps = made.combine([(heard(one), UNLIMITED), (heard(other), UNLIMITED)], 0.0, LENGTH)
    found = summarise({"power": steps}, 0.0, LENGTH, {"power": UNLIMITED})
    seconds = zip(by_the_second(one), by_the_second(other), strict=True)
    known = [
        signs[0] * first + signs[1] * second
        for first, second in seconds
        if first is not None and second is not None
    ]
    assert found.coverage == pytest.approx(len(known) / LENGTH)
    if known:
        stats = found.metrics["power"]
        assert (stats.min, stats.max) == (min(known), max(known))
        assert stats.mean == pytest.approx(sum(known) / len(known))
        assert found.energy_kwh == pytest.approx(sum(max(total, 0) for total in known) / 3.6e6)
        assert found.export_kwh == pytest.approx(sum(max(-total, 0) for total in known) / 3.6e6)


constant = st.lists(st.tuples(st.integers(0, LENGTH - 1), st.integers(0, 9000)), min_size=1)


@given(st.lists(constant, min_size=2, max_size=5))
def test_the_energy_of_a_sum_is_the_sum_of_energies(parts: list[list[tuple[int, int]]]) -> None:
    """Where every part is known all of the time and none flows backwards."""
    steps = [Steps([(0.0, 0.0), *((float(at), float(value)) for at, value in p)]) for p in parts]
    names = tuple(f"l{index}" for index in range(len(parts)))
    made = Composite("power", names, (1,) * len(parts))
    total = made.combine([(part, UNLIMITED) for part in steps], 0.0, LENGTH)
    found = summarise({"power": total}, 0.0, LENGTH, {"power": UNLIMITED})
    each = [summarise({"power": part}, 0.0, LENGTH, {"power": UNLIMITED}) for part in steps]
    assert found.coverage == 1.0
    assert found.energy_kwh == pytest.approx(sum(part.energy_kwh or 0 for part in each))
    assert found.metrics["power"].max <= sum(part.metrics["power"].max for part in each) + 1e-9


def test_peaks_at_different_times_are_not_added() -> None:
    """Oven and kettle, one after the other: the house never took 4 kW."""
    oven = Steps([(0.0, 2000.0), (300.0, 0.0)])
    kettle = Steps([(0.0, 0.0), (300.0, 2000.0)])
    made = Composite("power", ("oven", "kettle"), (1, 1))
    total = made.combine([(oven, UNLIMITED), (kettle, UNLIMITED)], 0.0, 600.0)
    stats = summarise({"power": total}, 0.0, 600.0, {"power": UNLIMITED}).metrics["power"]
    assert (stats.min, stats.max) == (2000.0, 2000.0)


def test_an_unknown_part_makes_the_whole_unknown_and_not_smaller() -> None:
    made = Composite("power", ("grid", "solar"), (1, -1), low=0.0)
    assert made.total([500.0, None]) is None
    assert made.total([500.0, 200.0]) == 300.0
    assert made.total([100.0, 200.0]) is None, "below its bounds"


def test_a_sum_is_written_as_short_as_it_is_meant() -> None:
    made = Composite("power", ("l1", "l2"), (1, 1))
    assert repr(made.total([0.1, 0.2])) == "0.3"
    assert repr(made.total([100.0, 20.0])) == "120"


@given(said, st.integers(-300, LENGTH))
def test_asking_for_less_of_the_past_changes_nothing_of_the_rest(
    messages: Said, since: int
) -> None:
    memory = Heard(HEARTBEAT_S, 1e9)
    for at, value in messages:
        memory.say(value, float(at))
    some, whole = memory.steps(1000.0, since + 1000.0), memory.steps(1000.0)
    for instant in range(since + 1000, LENGTH + 1100):
        assert some.value_at(instant, UNLIMITED) == whole.value_at(instant, UNLIMITED)


@given(said)
def test_only_the_newest_memory_is_kept_and_nothing_within_it_changes(messages: Said) -> None:
    """A sensor that says the same for days, or something new each second, takes bounded memory."""
    short = Heard(HEARTBEAT_S, 120.0)
    for at, value in messages:
        short.say(value, float(at))
    if not messages:
        return
    newest = messages[-1][0]
    whole = heard(messages)
    for instant in range(newest - 30, newest + 120):
        assert short.steps(0.0).value_at(instant, UNLIMITED) == whole.value_at(instant, UNLIMITED)


@pytest.mark.parametrize(
    ("payload", "path", "found"),
    [
        (b"412.5", (), 412.5),
        (b" 412.50\n", (), 412.5),
        (b"nan", (), None),
        (b'{"power": null}', ("power",), None),
        (b'{"ENERGY":{"Power":[52,5]}}', ("ENERGY", "Power", "1"), 5.0),
        (b'{"params":{"switch:0":{"apower":12.3}}}', ("params", "switch:0", "apower"), 12.3),
        (b'{"power": "0.5"}', ("power",), 0.5),
        (b'{"power": "-412,5"}', ("power",), Fault.NO_NUMBER),
        (b'{"power": "412 W"}', ("power",), Fault.NO_NUMBER),
        (b'{"power": "inf"}', ("power",), Fault.NO_NUMBER),
        (b'{"power": ""}', ("power",), Fault.NO_NUMBER),
        (b'{"power": "unavailable"}', ("power",), None),
        (b'{"power": "NaN"}', ("power",), None),
        (b'"412"', (), 412.0),
        (b'{"power": true}', ("power",), Fault.NO_NUMBER),
        (b'{"power": NaN}', ("power",), Fault.UNREADABLE),
        (b"<html>login</html>", ("power",), Fault.UNREADABLE),
        (b"<html>login</html>", (), Fault.NO_NUMBER),
        (b"ON", (), Fault.NO_NUMBER),
        (b"", (), Fault.NO_NUMBER),
        (b"", ("power",), Fault.UNREADABLE),
        (b"\xff\xfe", ("power",), Fault.UNREADABLE),
        (b'{"energy": 1}', ("power",), Fault.NO_SUCH_PATH),
        (b'{"power": {"now": 1}}', ("power",), Fault.NO_NUMBER),
        (b'{"power": [1]}', ("power", "7"), Fault.NO_SUCH_PATH),
        (b"[" * 5000, ("power",), Fault.UNREADABLE),
        (b"1" * 20_000, (), Fault.TOO_LARGE),
    ],
)
def test_a_payload_gives_a_number_or_a_reason(
    payload: bytes, path: tuple[str, ...], found: float | Fault | None
) -> None:
    assert decode_value(payload, path) == found


@given(st.binary(max_size=200), st.lists(st.text(max_size=5), max_size=3))
def test_no_payload_whatsoever_raises(payload: bytes, path: list[str]) -> None:
    found = decode_value(payload, path)
    assert found is None or isinstance(found, Fault) or math.isfinite(found)
    decode_availability(payload)


@pytest.mark.parametrize(
    ("payload", "there"),
    [
        (b"Online", True),
        (b"Offline", False),
        (b"true", True),
        (b"false", False),
        (b'{"state":"online"}', True),
        (b'{"state":"offline"}', False),
        (b"", None),
        (b"{}", None),
        (b"whatever", None),
    ],
)
def test_availability_is_read_in_every_familys_words(payload: bytes, *, there: bool | None) -> None:
    assert decode_availability(payload) is there
