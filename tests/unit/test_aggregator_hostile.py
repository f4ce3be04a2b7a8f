"""Requests and readings from anybody: refused with a reason or carried out, never a crash."""

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import House, scratch, spans
from support.laws import examples

from shared.errors import BadInput, MonitorError
from shared.messages import decode_reading_message, decode_request

START = 1795129200.0  # midnight of 2026-11-20 in Berlin

numbers = st.sampled_from([0, 1, -1, 0.5, 1e15, -1e15, 1e16, 1e308, 10**30, 2**63, 1e-300])
times = st.sampled_from(
    [
        "2026-11-19T10:00:00+01:00",
        "2026-11-20T00:00:00+01:00",
        "2026-11-20T01:00:00.000001Z",
        "2026-11-21",
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2999-12-31T23:59:59Z",
        "yesterday",
        "",
    ]
)
leaves = st.none() | st.booleans() | numbers | times | st.text(max_size=5)
KEYS = (
    *("timestamp", "from", "to", "date", "drop", "set", "bucket", "since", "until", "exact"),
    *("tier", "document", "base", "reason", "readings", "buckets", "transaction", "power"),
    *("schema", "timezone", "units", "data_points", "last_update", "energy_kwh", "coverage"),
    *("interval", "seconds", "mean", "min", "max", "samples", "corrected", "heartbeat"),
)


def objects_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)


values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | objects_of(inner), max_leaves=12
)
stats = st.fixed_dictionaries({"mean": numbers, "min": numbers, "max": numbers}) | values
points = st.fixed_dictionaries(
    {"timestamp": times},
    optional={
        "power": stats,
        "energy_kwh": leaves,
        "coverage": leaves,
        "corrected": times,
        "samples": leaves,
    },
)
readings = st.fixed_dictionaries(
    {"timestamp": times, "power": numbers | st.none()},
    optional={
        "units": values,
        "voltage": leaves,
        "heartbeat": leaves,
        "interval": st.fixed_dictionaries(
            {"seconds": numbers},
            optional={"coverage": leaves, "power": stats, "energy_kwh": leaves},
        )
        | values,
    },
)
documents = st.fixed_dictionaries(
    {
        "schema": st.just(1),
        "tier": st.sampled_from(["monthly", "yearly"]),
        "timezone": st.just("UTC"),
        "last_update": st.none() | times,
        "data_points": st.lists(points, max_size=3),
    }
)
arguments = st.one_of(
    objects_of(values),
    st.fixed_dictionaries({"readings": st.lists(readings, max_size=4)}),
    st.fixed_dictionaries({"buckets": st.lists(points, max_size=4)}),
    st.fixed_dictionaries(
        {"tier": st.sampled_from(["monthly", "yearly"]), "document": documents},
        optional={"base": documents, "reason": leaves},
    ),
    st.fixed_dictionaries({"since": times}, optional={"until": times, "exact": st.booleans()}),
    st.fixed_dictionaries(
        {"timestamp": times}, optional={"drop": leaves, "set": objects_of(numbers)}
    ),
    st.fixed_dictionaries({"from": times, "to": times, "drop": st.just(value=True)}),
    st.fixed_dictionaries({"date": times, "bucket": points}),
)


@examples(60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["correct", "merge", "import", "gaps", "rollup"]), arguments),
        max_size=6,
    )
)
def test_whatever_is_asked_for_the_documents_stay_readable(
    requests: list[tuple[str, dict[str, Any]]],
) -> None:
    """No request leaves anything behind that the next start can't read."""
    with scratch() as directory:
        house = House(directory, now=START + 30 * 3600)
        house.take(*spans(house.zone, START, START + 29 * 3600, 600, 3600))
        house.settle()
        for command, given_arguments in requests:
            request = decode_request(command, json.dumps(given_arguments).encode(), limit=1 << 20)
            with contextlib.suppress(MonitorError):
                json.dumps(house.commands[command](request))
            house.settle()
        documents = house.documents()
        house.restart()
        assert house.settle().documents() == documents
        assert house.complaints == []


@examples(60)
@given(st.lists(readings, max_size=6))
def test_readings_that_are_accepted_can_be_kept_and_rolled_up(raws: list[dict[str, Any]]) -> None:
    with scratch() as directory:
        house = House(directory, now=START + 30 * 3600).settle()
        for raw in raws:
            with contextlib.suppress(BadInput):
                payload = json.dumps(raw).encode()
                house.take(decode_reading_message(payload, frozenset({"voltage"}), 1500))
            house.settle()
        house.at(START + 60 * 3600).settle()
        documents = house.documents()
        house.restart()
        assert house.settle().documents() == documents
        assert house.complaints == []


@given(st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()))
def test_any_payload_is_a_reading_or_refused(payload: bytes) -> None:
    with contextlib.suppress(BadInput):
        decode_reading_message(payload, frozenset({"voltage"}), 1500)


@given(st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()))
def test_any_payload_is_a_request_or_refused(payload: bytes) -> None:
    with contextlib.suppress(BadInput):
        decode_request("rollup", payload)


def test_a_day_of_the_greatest_numbers_can_be_read_back() -> None:
    """Or one hostile reading would make the whole year's book unreadable."""
    with scratch() as directory:
        house = House(directory, now=START + 30 * 3600)
        house.take(*spans(house.zone, START, START + 86400, 1e15, 3600))
        house.settle()
        documents = house.documents()
        house.restart()
        assert house.settle().documents() == documents
        assert house.complaints == []


def test_gaps_of_half_a_century_are_told_at_once() -> None:
    with scratch() as directory:
        house = House(directory, now=START + 7200)
        house.take(*spans(house.zone, START, START + 3600, 5))
        house.settle()
        [first, second] = house.ask("gaps", since="1970-01-02T00:00:00Z")["gaps"]
        assert first == ["1970-01-02T01:00:00+01:00", "2026-11-20T00:00:00+01:00"]
        assert second == ["2026-11-20T01:00:00+01:00", "2026-11-20T02:00:00+01:00"]
        assert len(house.aggregator.history.journal._files) < 30
