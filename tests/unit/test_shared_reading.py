"""Readings as they come over the wire and as the journal keeps them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.readings import example
from test_aggregator_oracle import days_of_readings

from shared.errors import BadInput, MonitorError, Refused
from shared.messages import (
    MAX_READING_BYTES,
    MAX_REQUEST_BYTES,
    FileUpdated,
    as_stored,
    decode_reading_message,
    decode_request,
    decode_response,
    encode_failure,
    encode_file_updated,
    encode_journal_line,
    encode_reading,
    encode_success,
)
from shared.numbers import rounded, rounded_energy, rounded_portion, rounded_share
from shared.reading import MAX_METRICS, RESERVED, Interval, Reading, Stats, decode_reading
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
AT = "2026-11-22T10:00:00+01:00"
NOON = {"timestamp": AT, "power": 412.5}


def decoded(raw: Any, configured: frozenset[str] = frozenset()) -> Reading:
    return decode_reading_message(json.dumps(raw).encode(), configured, 1500)


def with_interval(**interval: Any) -> dict[str, Any]:
    return {**NOON, "interval": {"seconds": 600, **interval}}


def test_the_designs_example_is_read() -> None:
    reading = decoded(example(AT))
    assert reading.time == 1795338000.0
    assert reading.start == 1795337400.0
    assert reading.values == {"power": 412.5, "voltage": 231.4}
    assert reading.units == {"voltage": "V"}
    assert reading.interval == Interval(
        600,
        1.0,
        0.064683,
        0,
        {"power": Stats(388.1, 120, 2210, 1.0), "voltage": Stats(231, 230, 232, 1.0)},
    )


@pytest.mark.parametrize(
    ("key", "kwh"), [("energy_kwh", 100_000), ("energy_kwh", 0.5), ("export_kwh", 0.01)]
)
def test_energy_beyond_what_the_power_allows_is_refused(key: str, kwh: float) -> None:
    """2210 W for ten minutes are 0.37 kWh, and nothing was exported."""
    power = {"mean": 388.1, "min": 120.0, "max": 2210.0}
    raw = with_interval(coverage=1.0, power=power, **{key: kwh})
    with pytest.raises(BadInput, match=key):
        decoded(raw)


def test_how_long_a_value_holds_is_not_the_senders_to_say() -> None:
    """Other keys of a reading are ignored, whatever is in them."""
    for heartbeat in (9000, "soon", None):
        assert decoded({**NOON, "heartbeat": heartbeat}).heartbeat == 1500


def test_without_an_interval_it_holds_for_the_heartbeat() -> None:
    assert decoded(NOON).heartbeat == 1500
    assert decoded(NOON).interval is None


def test_a_metric_is_named_in_units_or_in_the_configuration() -> None:
    raw = {**NOON, "voltage": 230, "gas": 5, "other": 7, "text": "x", "units": {"voltage": "V"}}
    assert decoded(raw, frozenset({"gas"})).values == {"power": 412.5, "voltage": 230, "gas": 5}


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_metric_has_a_reserved_name(name: str) -> None:
    raw = {name: 5, **NOON, "units": {name: "x"}}
    if name in ("interval", "heartbeat"):
        raw.pop(name)
    assert set(decoded(raw, frozenset({name})).values) == {"power"}


def test_absent_and_null_are_unknown_and_stay_so() -> None:
    reading = decoded({"timestamp": AT, "voltage": None, "units": {"voltage": "V"}})
    assert reading.values == {"voltage": None}
    assert as_stored(reading).values == {"voltage": None}


def test_power_unknown_now_may_be_known_before() -> None:
    """The sensor went away just before the tick."""
    raw = with_interval(power={"mean": 600, "min": 0, "max": 900})
    for now in ({}, {"power": None}):
        reading = decoded({**{k: v for k, v in raw.items() if k != "power"}, **now})
        assert reading.values == {"power": None}
        assert reading.interval
        assert reading.interval.energy_kwh == pytest.approx(0.1)


def test_energy_follows_from_the_mean_when_nobody_says() -> None:
    interval = decoded(
        with_interval(coverage=0.5, power={"mean": -600, "min": -700, "max": 0})
    ).interval
    assert interval
    assert interval.energy_kwh == 0
    assert interval.export_kwh == pytest.approx(0.05)


def test_an_interval_of_unknown_power_claims_its_time_and_has_no_energy() -> None:
    for interval in ({}, {"power": None}, {"power": {"mean": None}}, {"coverage": 0}):
        found = decoded(with_interval(energy_kwh=5, **interval)).interval
        assert found == Interval(600, 0.0, None, None, {})


@pytest.mark.parametrize(
    "raw",
    [
        None,
        5,
        "reading",
        [],
        [NOON],
        {},
        {"power": 5},
        {"timestamp": AT},
        {"timestamp": AT, "voltage": 5},
        {"timestamp": 1795338000, "power": 5},
        {"timestamp": "2026-11-22T10:00:00", "power": 5},
        {"timestamp": "3001-01-01T00:00:00Z", "power": 5},
        {"timestamp": "1969-12-31T23:59:59Z", "power": 5},
        {**NOON, "power": True},
        {**NOON, "power": "412.5"},
        {**NOON, "power": [1]},
        {**NOON, "power": {}},
        {**NOON, "power": 1e16},
        {**NOON, "power": float("nan")},
        {**NOON, "power": float("inf")},
        {**NOON, "power": -float("inf")},
        {**NOON, "units": []},
        {**NOON, "units": {"voltage": 5}},
        {**NOON, "units": {"voltage": "V" * 33}},
        {**NOON, "units": {"voltage": "\n"}},
        {**NOON, "units": {"power": "kW"}},
        {**NOON, "units": {"energy": "Wh"}},
        {**NOON, "units": {f"m{k}": "" for k in range(65)}},
        {**NOON, "\n": 5, "units": {"\n": ""}},
        {**NOON, "": 5, "units": {"": ""}},
        {**NOON, "m" * 65: 5, "units": {"m" * 65: ""}},
        {**NOON, "interval": 5},
        {**NOON, "interval": []},
        {**NOON, "interval": {}},
        with_interval(seconds=0),
        with_interval(seconds=-1),
        with_interval(seconds=26 * 3600 + 1),
        with_interval(seconds="600"),
        with_interval(seconds=True),
        with_interval(coverage=-0.1),
        with_interval(coverage=1.1),
        with_interval(coverage="all"),
        with_interval(power=5),
        with_interval(power={"mean": 5}),
        with_interval(power={"mean": 5, "min": 6, "max": 7}),
        with_interval(power={"mean": 8, "min": 6, "max": 7}),
        with_interval(power={"mean": 5, "min": None, "max": 7}),
        with_interval(power={"mean": 5, "min": 4, "max": 6, "coverage": 2}),
        with_interval(power={"mean": 5, "min": 4, "max": 6}, energy_kwh=-1),
        with_interval(power={"mean": 5, "min": 4, "max": 6}, energy_kwh="1"),
        with_interval(power={"mean": 5, "min": 4, "max": 6}, export_kwh=1e300),
    ],
)
def test_what_does_not_fit_is_refused(raw: Any) -> None:
    with pytest.raises(BadInput) as refused:
        decoded(raw)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"412.5",
        b"{",
        b"\xff\xfe",
        b'{"timestamp": "2026-11-22T10:00:00+01:00", "power": 1e999}',
        b'{"timestamp": "2026-11-22T10:00:00+01:00", "power": NaN}',
        b'{"timestamp": "2026-11-22T10:00:00+01:00", "power": -Infinity}',
        b'{"timestamp": "2026-11-22T10:00:00+01:00", "power": 1, "x": "\\ud800"}',
        b'{"a":' * 60000,
        b"[" * 60000,
        b" " * (MAX_READING_BYTES + 1),
    ],
)
def test_a_hostile_payload_is_refused(payload: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        decode_reading_message(payload, frozenset(), 1500)
    assert len(str(refused.value)) < 400


def test_at_most_64_metrics() -> None:
    names = [f"m{number}" for number in range(MAX_METRICS)]
    raw = {"timestamp": AT, **dict.fromkeys(names, 5)}
    assert len(decoded(raw, frozenset(names)).values) == MAX_METRICS
    with pytest.raises(BadInput, match="64"):
        decoded({**raw, "power": 5}, frozenset(names))


@given(days_of_readings())
def test_the_journal_gives_back_what_it_was_given(drawn: tuple[Any, Any, list[Reading]]) -> None:
    """To the digits it keeps; and what it gave back once it gives back for ever."""
    for reading in drawn[2]:
        once = as_stored(reading)
        assert as_stored(once) == once
        assert encode_journal_line(once) == encode_journal_line(reading)
        assert (once.time, once.start, once.values) == (reading.time, reading.start, reading.values)
        if not reading.interval:
            assert once.heartbeat == reading.heartbeat
            continue
        assert once.interval
        assert once.interval.metrics.keys() == reading.interval.metrics.keys()
        assert once.interval.coverage == pytest.approx(reading.interval.coverage, abs=1e-6)
        for kept, given_kwh in (
            (once.interval.energy_kwh, reading.interval.energy_kwh),
            (once.interval.export_kwh, reading.interval.export_kwh),
        ):
            assert (kept is None) == (given_kwh is None)
            assert kept is None or kept == pytest.approx(given_kwh, abs=5e-7, rel=5e-5)


@given(days_of_readings())
def test_what_is_published_is_what_is_read(drawn: tuple[Any, Any, list[Reading]]) -> None:
    zone, _, readings = drawn
    for reading in readings:
        payload = encode_reading(reading, zone)
        raw = json.loads(payload)
        assert raw["timestamp"] == zone.iso(reading.time)
        read = decode_reading_message(payload, frozenset({"voltage"}), reading.heartbeat)
        assert encode_journal_line(read) == encode_journal_line(reading)


def test_a_day_of_seconds_keeps_its_energy() -> None:
    """At 40 W a second is 11 milliwatt-hours: rounding each to one would lose a hundredth."""
    interval = Interval(1, 1.0, 40 / 3.6e6, 0.0, {"power": Stats(40, 40, 40, 1.0)})
    kept = as_stored(Reading(1795338000.0, {"power": 40}, {}, interval)).interval
    assert kept
    assert kept.energy_kwh == pytest.approx(40 / 3.6e6, rel=1e-4)


@given(st.floats(-1e15, 1e15))
def test_rounding_again_changes_nothing(value: float) -> None:
    for function in (rounded, rounded_energy, rounded_portion):
        once = function(value)
        assert once is not None
        assert function(once) == once


def test_unknown_is_rounded_to_unknown() -> None:
    assert rounded_energy(None) is rounded_portion(None) is rounded_share(None) is None
    assert rounded_share(1.0000001) == 1.0
    assert rounded_energy(1e-9) == 0
    assert rounded(0.0012345678) == 0.001235
    assert rounded(1234.56789) == 1234.568


# Requests and responses


@pytest.mark.parametrize(
    ("payload", "word", "arguments"),
    [
        (b"", "", {}),
        (b"weekly", "weekly", {}),
        (b"  weekly\n", "weekly", {}),
        (b'"weekly"', "weekly", {}),
        (b'{"tier": "weekly"}', "", {"tier": "weekly"}),
        (b'{"tier": "weekly", "transaction": 7}', "", {"tier": "weekly", "transaction": 7}),
    ],
)
def test_a_request_is_empty_a_word_or_an_object(
    payload: bytes, word: str, arguments: dict[str, Any]
) -> None:
    request = decode_request("rollup", payload, response_topic="a/b", correlation=b"c")
    assert (request.word, request.arguments) == (word, arguments)
    assert request.transaction == arguments.get("transaction")
    assert (request.command, request.response_topic, request.correlation) == ("rollup", "a/b", b"c")
    assert request.get("tier") == ("weekly" if word or arguments else None)


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"{", b'{"a"', b"\xff", b"a\0b", b"a" * 65, b" " * (MAX_REQUEST_BYTES + 1), b'"'],
)
def test_anything_else_is_no_request(payload: bytes) -> None:
    with pytest.raises(BadInput):
        decode_request("rollup", payload)


def test_answers_come_back_as_given() -> None:
    assert decode_response(encode_success({"a": 1})) == {"a": 1}
    assert json.loads(encode_success({}, "t"))["transaction"] == "t"
    assert "transaction" not in json.loads(encode_success({}))
    payload = encode_failure(Refused("no", hint="ls"), 5)
    assert json.loads(payload) == {
        "status": "error",
        "data": {"hint": "ls"},
        "error": "no",
        "transaction": 5,
    }
    with pytest.raises(MonitorError, match="no") as failed:
        decode_response(payload)
    assert failed.value.hint == "ls"
    for payload in (b"{}", b"[]", b'{"status": "ok"}', b'{"status": "ok", "data": 5}'):
        with pytest.raises(MonitorError):
            decode_response(payload)


def test_an_announcement_has_all_its_keys() -> None:
    update = FileUpdated("weekly", "weekly.json", "ab", 5, 0, None, "rollup")
    assert json.loads(encode_file_updated(update)) == {
        "tier": "weekly",
        "file": "weekly.json",
        "sha256": "ab",
        "bytes": 5,
        "data_points": 0,
        "last_update": None,
        "reason": "rollup",
    }


def test_decoding_keeps_whole_numbers_whole() -> None:
    line = encode_journal_line(decode_reading({"timestamp": AT, "power": 412}, frozenset(), 1500))
    assert b'"power":412,' in line
