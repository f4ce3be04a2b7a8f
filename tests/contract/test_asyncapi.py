"""docs/asyncapi.yaml against the code: topics, rights, and the payloads that are announced."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.asyncapi import (
    channel_of,
    checker,
    contract,
    encode,
    examples,
    messages_of,
    mistakes,
    payload,
)

from cli.broker_users import Rights, rights
from shared.errors import BadInput, Refused
from shared.health import Health
from shared.messages import (
    FileUpdated,
    decode_reading_message,
    dump,
    encode_file_updated,
    encode_reading,
)
from shared.reading import Interval, Reading, Stats
from shared.times import Zone, parse_timestamp
from shared.topics import SERVICES, TIERS, Topics
from shared.version import VERSION

BERLIN = Zone("Europe/Berlin")
NOON = parse_timestamp("2026-11-22T12:00:00+01:00")


# Topics and rights


def test_the_version_is_ours() -> None:
    assert contract()["info"]["version"] == VERSION


def test_parameters_name_all_services_and_files() -> None:
    parameters = contract()["components"]["parameters"]
    assert tuple(parameters["service"]["enum"]) == SERVICES
    assert tuple(parameters["tier"]["enum"]) == TIERS


def test_a_request_is_answered_on_the_response_topic_of_its_name() -> None:
    for operation in contract()["operations"].values():
        address = channel_of(operation)["address"]
        if "/request/" in address:
            assert operation["action"] == "receive"
            answer = channel_of(operation["reply"])
            assert answer["address"] == address.replace("/request/", "/response/")
            assert messages_of(answer)[1] == "failed"


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether an MQTT filter takes a topic."""
    levels = topic.split("/")
    wanted = topic_filter.split("/")
    if wanted[-1] == "#":
        return levels[: len(wanted) - 1] == wanted[:-1]
    return len(levels) == len(wanted) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )


def concrete(address: str) -> Iterator[tuple[str, str]]:
    """Yield the topics an address stands for, with the service each is of."""
    address = address.replace("{base}", "pm").replace("{tier}", "daily").replace("{name}", "x")
    for service in SERVICES:
        yield service, address.replace("{service}", service)


def holders(table: Mapping[str, Rights], topic: str, right: str) -> set[str]:
    """Return who has a right on a topic."""
    return {
        user
        for user, granted in table.items()
        if any(matches(one, topic) for one in getattr(granted, right))
        and not any(matches(one, topic) for one in granted.denied)
    }


def test_who_may_publish_and_read_is_what_the_broker_enforces() -> None:
    table = rights(Topics("pm"))
    for name, channel in contract()["channels"].items():
        for service, topic in concrete(channel["address"]):
            for said, right in (("x-may-publish", "publish"), ("x-may-read", "read")):
                named = [*channel[said], *channel.get(f"{said}-of-{service}", ())]
                users = {user.replace("{service}", service) for user in named}
                assert holders(table, topic, right) == users, (name, topic, right)


# Payloads: what the document says about itself


def test_every_example_satisfies_its_schema() -> None:
    for name, message in contract()["components"]["messages"].items():
        checker(payload(name)).check_schema(message["payload"])
        for example in examples(name):
            assert mistakes(payload(name), example) == [], (name, example)


def test_every_request_and_response_has_an_example() -> None:
    for operation in contract()["operations"].values():
        for part in (operation, operation.get("reply")):
            for name in messages_of(channel_of(part)) if "reply" in operation and part else ():
                assert examples(name), name


# Payloads: readings and announcements, from our encoders and into our decoders

NAMES = st.sampled_from(["voltage", "current", "energy", "flow Ω"])
NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
SHARES = st.floats(0.001, 1).map(lambda share: round(share, 6))


@st.composite
def stats(draw: st.DrawFn) -> Stats:
    low, mean, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    return Stats(mean, low, high, draw(SHARES))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    metrics = draw(st.dictionaries(st.one_of(st.just("power"), NAMES), stats()))
    seconds = draw(st.one_of(st.integers(1, 93600), st.floats(0.001, 93600)))
    power = metrics.get("power")
    if power is None:
        return Interval(seconds, 0.0, None, None, metrics)
    energy, export = (
        draw(st.floats(0, max(peak, 0.0) * power.coverage * seconds / 3.6e6 + 0.0))
        for peak in (power.max, -power.min)
    )
    return Interval(seconds, power.coverage, energy, export, metrics)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    values = draw(st.dictionaries(NAMES, st.one_of(st.none(), NUMBERS)))
    values["power"] = draw(st.one_of(st.none(), NUMBERS))
    units = {name: "kWh" if name == "energy" else "V" for name in values if name != "power"}
    interval = draw(st.one_of(st.none(), intervals()))
    return Reading(draw(st.floats(0, 4e9)), values, units, interval)


@given(readings())
def test_readings_are_published_as_described(reading: Reading) -> None:
    encoded = encode_reading(reading, BERLIN)
    for message in ("reading", "live"):
        assert mistakes(payload(message), orjson.loads(encoded)) == []
    decode_reading_message(encoded, frozenset(), 1500.0)


def test_the_example_readings_are_accepted() -> None:
    for example in examples("reading") + examples("live"):
        decode_reading_message(encode(example), frozenset(), 1500.0)


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": None},
        {"timestamp": 1700000000},
        {"timestamp": "2026-11-22T10:00:00"},
        {"timestamp": "yesterday"},
        {"power": "412"},
        {"power": True},
        {"power": 1e300},
        {"units": []},
        {"units": {"voltage": 1}},
        {"units": {"power": "kW"}},
        {"units": {"energy": "Wh"}},
        {"interval": []},
        {"interval": {}},
        {"interval": {"seconds": 0}},
        {"interval": {"seconds": 1e6}},
        {"interval": {"seconds": 600, "coverage": 1.1}},
        {"interval": {"seconds": 600, "power": {"mean": 1}}},
        {"interval": {"seconds": 600, "power": 5}},
        {"interval": {"seconds": 60, "energy_kwh": -1, "power": {"mean": 1, "min": 1, "max": 1}}},
    ],
)
def test_a_malformed_reading_is_refused_by_schema_and_decoder(change: dict[str, Any]) -> None:
    document = {"timestamp": "2026-11-22T10:00:00+01:00", "power": 1, **change}
    assert mistakes(payload("reading"), document)
    with pytest.raises(BadInput):
        decode_reading_message(encode(document), frozenset(), 1500.0)


@given(
    st.builds(
        FileUpdated,
        tier=st.sampled_from(TIERS),
        file=st.sampled_from([f"{tier}.json" for tier in TIERS]),
        sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
        bytes=st.integers(1, 2**40),
        data_points=st.integers(0, 2**40),
        last_update=st.integers(0, 2**31).map(BERLIN.iso),
        reason=st.sampled_from(["reading", "rollup", "rotation", "command", "restore", "import"]),
    )
)
def test_changed_files_are_announced_as_described(update: FileUpdated) -> None:
    assert mistakes(payload("fileUpdated"), orjson.loads(encode_file_updated(update))) == []


def test_health_is_told_as_described() -> None:
    """From the first moment, with work done, and with a problem open."""
    health = Health()
    documents = [health.document(NOON)]
    health.done("reading", NOON)
    health.count("readings", 3)
    health.problem("disk", Refused("full", hint="df -h"), NOON)
    health.facts = {"points": {"daily": 3}, "next_rollups": {"weekly": BERLIN.iso(NOON)}}
    documents.append(health.document(NOON))
    health.tell("disk", {"data": {"free_bytes": 1, "total_bytes": 2}, "state": None})
    span = {"from": BERLIN.iso(NOON - 600), "to": BERLIN.iso(NOON)}
    for backfill in (None, {**span, "readings": 3, "done": 0.5}):
        health.tell("backfill", backfill)
        documents.append(health.document(NOON))
    for document in (*documents, *examples("health")):
        assert mistakes(payload("health"), json.loads(dump(document))) == []
