"""docs/files.md, docs/how-energy-is-counted.md and docs/schema/ against the aggregator."""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.asyncapi import DOCS, mistakes
from support.laws import examples

from services.aggregator.aggregator import Aggregator
from shared.bucket import decode_bucket
from shared.config import parse
from shared.documents import BOOK, decode_document
from shared.errors import BadInput
from shared.reading import decode_reading
from shared.times import Zone, parse_date, parse_timestamp

BERLIN = Zone("Europe/Berlin")
HEARTBEAT_S = 1500.0
DAY = parse_date("2026-11-22")
SCHEMAS = {
    "daily": "daily.json",
    "weekly": "buckets.json",
    "monthly": "buckets.json",
    "yearly": "buckets.json",
}


class House:
    """An aggregator on a directory, and a clock that goes where it is told."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.state = directory / "state"
        config = parse(
            {
                "home_assistant": {
                    "url": "http://127.0.0.1:9",
                    "token": "no-token-is-needed",
                    "entities": {"power": "sensor.power"},
                },
                "paths": {"data_dir": str(self.data), "state_dir": str(self.state)},
                "timezone": BERLIN.name,
            },
            {},
        )
        self._aggregator = Aggregator(config, lambda _: None, lambda _: None, lambda _: None)
        self._aggregator.load()

    def at(self, time: str, readings: Sequence[Any] = ()) -> None:
        """Let it be this time, with these readings just come."""
        now = parse_timestamp(time)
        decoded = [decode_reading(raw, frozenset(), HEARTBEAT_S) for raw in readings]
        if decoded:
            self._aggregator.take(decoded, now=now, tick=now)
        self._aggregator.step(now=now, tick=now)

    def shown(self, tier: str) -> Any:
        """Return a file of the data directory."""
        return json.loads((self.data / f"{tier}.json").read_bytes())

    def book(self) -> list[Any]:
        """Return the years of the book."""
        return [json.loads(path.read_bytes()) for path in sorted(self.state.glob("book/*.json"))]

    def journal(self) -> list[Any]:
        """Return all lines of the journal."""
        plain = [path.read_bytes() for path in sorted(self.state.glob("journal/*.jsonl"))]
        packed = [
            gzip.decompress(path.read_bytes()) for path in sorted(self.state.glob("journal/*.gz"))
        ]
        return [json.loads(line) for line in b"".join(plain + packed).splitlines() if line.strip()]


@pytest.fixture(name="house")
def a_house(tmp_path: Path) -> House:
    return House(tmp_path)


def shown_as(page: str, title: str) -> Any:
    """Return the JSON block of a page that follows a comment with this title."""
    found = re.search(rf"<!-- {title} -->\n```json\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert found, f"{page} has no block {title}"
    return json.loads(found[1])


def test_the_examples_are_what_the_aggregator_writes(house: House) -> None:
    """docs/files.md, from the first start over two readings to the next day."""
    reading = shown_as("files.md", "reading")
    unknown = {
        "timestamp": "2026-11-22T00:20:00+01:00",
        "power": None,
        "voltage": 231.1,
        "units": {"voltage": "V"},
    }
    house.at("2026-11-22T00:00:30+01:00")
    assert house.shown("yearly") == shown_as("files.md", "yearly.json")
    house.at("2026-11-22T00:10:06+01:00", [reading])
    house.at("2026-11-22T00:20:06+01:00", [unknown])
    assert house.shown("daily") == shown_as("files.md", "daily.json")
    assert house.journal()[-1] == shown_as("files.md", "journal")
    house.at("2026-11-23T00:02:00+01:00")
    assert house.shown("weekly") == shown_as("files.md", "weekly.json")


def test_the_worked_example_is_computed_by_the_code(house: House) -> None:
    """docs/how-energy-is-counted.md: its readings give its hour and its day."""
    page = "how-energy-is-counted.md"
    house.at("2026-11-21T10:50:06+01:00", shown_as(page, "readings of the worked example"))
    house.at("2026-11-22T00:15:00+01:00")
    assert house.shown("weekly")["data_points"] == [shown_as(page, "hour of the worked example")]
    day = shown_as(page, "day of the worked example")
    assert house.shown("monthly")["data_points"] == [day]
    assert house.shown("yearly")["data_points"] == [day]


def documents(house: House) -> Iterator[tuple[str, Any]]:
    """Yield each document there is, with the name of its schema."""
    for tier, schema in SCHEMAS.items():
        yield schema, house.shown(tier)
    for year in house.book():
        yield "buckets.json", year
    for line in house.journal():
        yield "reading.json", line


METRICS = st.dictionaries(
    st.sampled_from(["power", "voltage", "flow"]),
    st.one_of(st.none(), st.integers(-5000, 9000)),
    min_size=1,
)


@st.composite
def days(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Give readings of the two days before DAY, in any order, some with intervals."""
    start = BERLIN.day_start(parse_date("2026-11-20"))
    raw = []
    for second in draw(st.lists(st.integers(1, 2 * 86400), max_size=12, unique=True)):
        values = draw(METRICS)
        reading: dict[str, Any] = {
            "timestamp": BERLIN.iso(start + second),
            "units": {name: "x" for name in values if name != "power"},
            **values,
        }
        if draw(st.booleans()):
            reading["interval"] = {
                "seconds": draw(st.integers(1, 7200)),
                "coverage": draw(st.sampled_from([0.25, 1])),
                **{
                    name: {"mean": value, "min": value - 1, "max": value + 1}
                    for name, value in values.items()
                    if value is not None
                },
            }
        raw.append(reading)
    return raw


@examples(40)
@given(days())
def test_what_is_written_satisfies_its_schema(
    tmp_path_factory: pytest.TempPathFactory, readings: list[dict[str, Any]]
) -> None:
    """Every file of the data directory, every year of the book, every line of the journal."""
    house = House(tmp_path_factory.mktemp("house"))
    house.at("2026-11-20T00:00:00+01:00")
    for schema, document in documents(house):
        assert mistakes(f"schema/{schema}", document) == []
    house.at("2026-11-21T23:59:59+01:00", readings)
    house.at("2026-11-22T01:00:00+01:00", readings[:1])
    for schema, document in documents(house):
        assert mistakes(f"schema/{schema}", document) == []


def broken(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return a document with keys changed; one set to ... is left out."""
    return {key: value for key, value in {**document, **change}.items() if value is not ...}


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"tier": "hourly"},
        {"timezone": None},
        {"last_update": 5},
        {"units": {"power": 1}},
        {"data_points": {}},
        {"data_points": [{}]},
        {"data_points": ...},
    ],
)
def test_a_broken_document_is_refused_by_schema_and_decoder(change: dict[str, Any]) -> None:
    document = {**shown_as("files.md", "weekly.json"), "tier": BOOK}
    assert mistakes("schema/buckets.json", document) == []
    decode_document(json.dumps(document).encode(), BOOK)
    wrong = broken(document, change)
    assert mistakes("schema/buckets.json", wrong)
    with pytest.raises(BadInput):
        decode_document(json.dumps(wrong).encode(), BOOK)


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": ...},
        {"timestamp": "2026-11-22"},
        {"power": {"mean": 1}},
        {"power": {"mean": 1, "min": None, "max": 2}},
        {"power": 5},
        {"energy_kwh": -1},
        {"export_kwh": "0"},
        {"samples": 1.5},
        {"samples": -1},
        {"coverage": 1.2},
        {"corrected": "yesterday"},
    ],
)
def test_a_broken_bucket_is_refused_by_schema_and_decoder(change: dict[str, Any]) -> None:
    bucket = shown_as("files.md", "weekly.json")["data_points"][0]
    wrong = broken(bucket, change)
    for schema in ("bucket.json", "bucket.json#/definitions/given"):
        assert mistakes(f"schema/{schema}", wrong)
    with pytest.raises(BadInput):
        decode_bucket(wrong)
