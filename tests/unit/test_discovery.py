"""The device document, against what Home Assistant 2026.2 takes.

Home Assistant drops a key that it does not know without a word, so a wrong one would not be seen
in its log; the tables here are its schemas, of components/mqtt.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.broker_users import rights
from services.aggregator.discovery import Shown, document, topic
from shared.topics import SERVICES, Topics

TOPICS = Topics("power-monitor")
DEVICE = {"identifiers", "name", "manufacturer", "model", "sw_version", "configuration_url"}
COMMON = {
    *("platform", "unique_id", "name", "icon", "entity_category", "availability_topic"),
    *("json_attributes_topic", "json_attributes_template"),
}
STATE = {"state_topic", "value_template", "device_class", "expire_after"}
KEYS = {
    "sensor": COMMON
    | STATE
    | {"state_class", "unit_of_measurement", "suggested_display_precision"}
    | {"last_reset_value_template"},
    "binary_sensor": COMMON | STATE,
    "button": COMMON | {"command_topic", "payload_press"},
    "switch": COMMON | {"state_topic", "command_topic", "payload_on", "payload_off"},
}
NEEDED = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "button": {"command_topic"},
    "switch": {"command_topic"},
}


def shown(
    base: str = "power-monitor", *, live: float | None = None, remote: bool = True
) -> dict[str, Any]:
    """Return the document as it travels."""
    given = Shown(Topics(base), "1.2.3", 600, live, remote)
    travelled: dict[str, Any] = json.loads(json.dumps(document(given)))
    return travelled


def complete(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the entities that are there, without those that are only taken away."""
    return {key: one for key, one in found["components"].items() if set(one) != {"platform"}}


def test_every_key_is_one_that_home_assistant_knows() -> None:
    found = shown()
    assert set(found) == {"device", "origin", "qos", "components"}
    assert set(found["device"]) <= DEVICE
    assert found["device"]["identifiers"]
    assert found["origin"]["name"]
    for key, component in found["components"].items():
        platform = component["platform"]
        assert set(component) <= KEYS[platform], key
        assert NEEDED[platform] | {"unique_id", "name"} <= set(component), key
        assert component.get("entity_category") in {None, "diagnostic", "config"}


def test_an_energy_is_a_total_and_today_s_says_since_when() -> None:
    """`last_reset` is only taken with `total`; `measurement` is not taken for an energy."""
    for key, component in complete(shown()).items():
        if component.get("device_class") == "energy":
            assert component["state_class"] == "total"
            assert component["unit_of_measurement"] == "kWh"
            assert ("last_reset_value_template" in component) == key.endswith("_today")
        else:
            assert "last_reset_value_template" not in component


def test_ids_differ_within_a_device_and_between_two_monitors() -> None:
    ids = [
        component["unique_id"]
        for base in ("power-monitor", "house/meter", "house_meter", "Zähler")
        for component in complete(shown(base)).values()
    ]
    assert len(set(ids)) == len(ids)
    for base in ("power-monitor", "house/meter", "house_meter", "Zähler", "a b"):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", Topics(base).word)  # what it takes in a topic
    assert topic(TOPICS) == "homeassistant/device/power-monitor/config"


def test_each_entity_goes_with_a_service_that_runs() -> None:
    named = {TOPICS.availability(service) for service in SERVICES}
    assert {one["availability_topic"] for one in complete(shown()).values()} == named


def test_without_a_remote_what_the_syncer_tells_is_taken_away() -> None:
    """An earlier configuration may have had one: the platform alone removes the entity."""
    found = shown(remote=False)
    gone = {key for key, one in found["components"].items() if key not in complete(found)}
    assert gone == {"last_push", "syncer_problem", "push"}
    assert "syncer" not in json.dumps(list(complete(found).values()))


def test_power_comes_live_where_there_are_live_values_and_is_not_shown_for_ever() -> None:
    slow, fast = (complete(shown(live=live))["power"] for live in (None, 5))
    assert (slow["state_topic"], fast["state_topic"]) == (TOPICS.reading, TOPICS.live)
    assert 2.5 * 600 < slow["expire_after"] <= 2.5 * 600 + 60
    assert fast["expire_after"] < 60


def test_home_assistant_may_read_and_send_all_that_the_device_names() -> None:
    granted = rights(TOPICS)["homeassistant"]
    read = {
        component[key]
        for component in complete(shown(live=5)).values()
        for key in ("state_topic", "availability_topic", "json_attributes_topic")
        if key in component
    }
    sent = {one["command_topic"] for one in complete(shown()).values() if "command_topic" in one}
    allowed = set(granted.read)
    assert {re.sub(r"/(collector|aggregator|syncer)/", "/+/", name) for name in read} <= allowed
    assert sent < set(granted.publish)


def test_the_page_names_the_entities_that_are_there() -> None:
    """As Home Assistant makes their ids, of device and name."""
    page = Path(__file__).parents[2] / "docs" / "home-assistant.md"
    named = re.findall(r"^\| `(\w+\.\w+)` \|", page.read_text(), re.MULTILINE)
    found = shown()
    there = [
        f"{one['platform']}.{found['device']['name']} {one['name']}".lower().replace(" ", "_")
        for one in complete(found).values()
    ]
    assert sorted(named) == sorted(there)


@pytest.mark.parametrize(("base", "name"), [("power-monitor", ""), ("cellar", " cellar")])
def test_two_monitors_have_two_names(base: str, name: str) -> None:
    assert shown(base)["device"]["name"] == f"Power Monitor{name}"
