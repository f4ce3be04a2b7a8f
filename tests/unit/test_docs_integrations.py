"""docs/integrations.md: its examples hold, its messages were recorded, its keys are the code's."""

import json
import re

import pytest
from support.devices import FAMILIES, PAGE, example, recorded

from services.collector.metrics import make_sensors
from services.collector.payload import decode_value
from shared.config import parse
from shared.config_sources import _DERIVED_KEYS, _SENSOR_KEYS
from shared.sources import HEARTBEAT_S, LARGEST_PAYLOAD_BYTES


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_device_says_is_what_was_recorded(family: str) -> None:
    assert [said for said in example(family).messages if said not in recorded(family)] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_an_example_gives_what_the_page_promises(family: str) -> None:
    """Each metric of it, from the last message on its topic, in the unit it is stored in."""
    shown = example(family)
    config = parse({"sources": shown.sources}, {"TZ": "UTC"})
    spoken = {said.topic: said.payload.encode() for said in shown.messages}
    values = {}
    for metric, sensor in make_sensors(config.sources, {}):
        number = decode_value(spoken[sensor.topic], sensor.path)
        assert isinstance(number, float | int)
        values[metric.name] = metric.judge(number, sensor.unit).value
        assert set(sensor.availability) <= set(spoken)
    assert values == shown.values


def test_every_block_of_json_is_a_configuration() -> None:
    blocks = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) > len(FAMILIES)
    house = {"url": "http://h", "token": "x", "entities": {"power": "sensor.x"}}
    for block in blocks:
        raw = json.loads(block)
        parse(raw if "sources" in raw else {**raw, "home_assistant": house}, {"TZ": "UTC"})


def test_every_key_is_on_the_page() -> None:
    said = PAGE.read_text()
    for key in (*_SENSOR_KEYS, *_DERIVED_KEYS):
        assert f"| `{key}` |" in said, key
    assert f"{HEARTBEAT_S:.0f} if left out" in said
    assert f"({LARGEST_PAYLOAD_BYTES // 1024} kB)" in said
