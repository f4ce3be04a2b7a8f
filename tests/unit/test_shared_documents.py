"""Buckets and documents: what is written is read back, what does not fit is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bucket import Bucket, Summary, canonical, decode_bucket, encode_bucket
from shared.documents import Document, decode_document, encode_document
from shared.errors import BadInput
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
START = 1795129200.0
POINT = {
    "timestamp": "2026-11-20T00:00:00+01:00",
    "power": {"mean": 5, "min": 4, "max": 6},
    "energy_kwh": 1,
    "export_kwh": 0,
    "samples": 5,
    "coverage": 1.0,
}

values = st.floats(-1e9, 1e9)
summaries = st.none() | st.tuples(values, values, values).map(
    lambda three: Summary(sorted(three)[1], min(three), max(three))
)
energies = st.none() | st.floats(0, 1e12)
buckets = st.builds(
    Bucket,
    st.integers(0, 10000).map(lambda hour: START + 3600.0 * hour),
    st.dictionaries(st.sampled_from(["power", "voltage", "gas"]), summaries),
    energies,
    energies,
    st.none() | st.integers(0, 10**6),
    st.none() | st.floats(0, 1),
    st.none() | st.integers(0, 10**9).map(float),
)


@given(buckets)
def test_a_canonical_bucket_is_read_back_as_it_is(bucket: Bucket) -> None:
    kept = canonical(bucket)
    assert canonical(kept) == kept
    assert decode_bucket(json.loads(json.dumps(encode_bucket(kept, ZONE)))) == kept
    assert encode_bucket(bucket, ZONE) | {"power": None} == encode_bucket(kept, ZONE) | {
        "power": None
    }


@given(buckets)
def test_unknown_stays_unknown(bucket: Bucket) -> None:
    point = encode_bucket(bucket, ZONE)
    assert (point["energy_kwh"] is None) == (bucket.energy_kwh is None)
    assert (point["coverage"] is None) == (bucket.coverage is None)
    assert ("corrected" in point) == (bucket.corrected is not None)
    for name, summary in bucket.metrics.items():
        assert (point[name] == {"mean": None, "min": None, "max": None}) == (summary is None)


@given(st.lists(buckets, max_size=5, unique_by=lambda bucket: bucket.time))
def test_a_document_is_read_back_as_it_is(drawn: list[Bucket]) -> None:
    kept = sorted((canonical(bucket) for bucket in drawn), key=lambda bucket: bucket.time)
    document = Document("weekly", ZONE.name, "2026-11-22T10:00:00+01:00", {"power": "W"}, kept)
    payload = encode_document(document, ZONE)
    assert decode_document(payload, "weekly") == document
    assert encode_document(decode_document(payload, "weekly"), ZONE) == payload


def test_a_bucket_without_power_says_that_power_is_unknown() -> None:
    point = encode_bucket(decode_bucket({"timestamp": POINT["timestamp"], "energy_kwh": 5}), ZONE)
    assert point["power"] == {"mean": None, "min": None, "max": None}
    assert point["coverage"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": None},
        {"timestamp": "2026-11-20"},
        {"power": 5},
        {"power": []},
        {"power": {"mean": 5}},
        {"power": {"mean": 5, "min": 6, "max": 7}},
        {"power": {"mean": True, "min": 0, "max": 2}},
        {"power": {"mean": "5", "min": 4, "max": 6}},
        {"energy_kwh": -1},
        {"energy_kwh": "1"},
        {"export_kwh": True},
        {"samples": -1},
        {"samples": 1.5},
        {"samples": True},
        {"coverage": 1.1},
        {"coverage": -0.1},
        {"corrected": 5},
        {"other": 5},
        {f"m{k}": POINT["power"] for k in range(64)},
    ],
)
def test_a_bucket_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    decode_bucket(POINT)
    with pytest.raises(BadInput):
        decode_bucket({**POINT, **change})


@pytest.mark.parametrize("raw", [None, 5, [], "x"])
def test_a_bucket_is_an_object(raw: Any) -> None:
    with pytest.raises(BadInput):
        decode_bucket(raw)


DOCUMENT = {
    "schema": 1,
    "tier": "weekly",
    "timezone": "Europe/Berlin",
    "last_update": None,
    "units": {"power": "W"},
    "data_points": [POINT],
}


@pytest.mark.parametrize(
    "change",
    [
        {"schema": None},
        {"schema": 2},
        {"tier": "monthly"},
        {"timezone": 5},
        {"last_update": 5},
        {"units": []},
        {"units": {"power": 5}},
        {"data_points": None},
        {"data_points": {}},
        {"data_points": [POINT, POINT]},
        {"data_points": [5]},
        {"data_points": [{}]},
        {"data_points": [POINT] * 20001},
    ],
)
def test_a_document_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    decode_document(json.dumps(DOCUMENT).encode(), "weekly")
    with pytest.raises(BadInput):
        decode_document(json.dumps({**DOCUMENT, **change}).encode(), "weekly")


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"5", b"null", b"\0\0", b"\xff"])
def test_what_is_no_document_is_never_an_empty_one(payload: bytes) -> None:
    with pytest.raises(BadInput):
        decode_document(payload, "weekly")
