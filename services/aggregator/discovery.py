"""What Home Assistant is told of the monitor: one device and its entities, as MQTT discovery.

The words are Home Assistant's: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.
A metric that is null or absent renders as `None`, which Home Assistant shows as unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.reading import HEARTBEAT_INTERVALS, POWER
from shared.topics import SERVICES, Topics, device_topic

NAME = "Power Monitor"
_USUAL_BASE = "power-monitor"
_LATE_S = 30  # what a reading may take to arrive, settling and a busy board included
_HEALTH_HANGS_S = 300  # a service tells its health each minute

Component = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the configuration decides about the entities; times in seconds."""

    topics: Topics
    version: str
    interval_s: float
    live_interval_s: float | None
    has_remote: bool

    @property
    def services(self) -> tuple[str, ...]:
        """The services that run."""
        return tuple(name for name in SERVICES if name != "syncer" or self.has_remote)


def topic(topics: Topics) -> str:
    """Return where the device is announced."""
    return device_topic(topics.word)


def document(shown: Shown) -> Mapping[str, Any]:
    """Return the whole payload of the topic.

    An entity that this configuration has no use for is named with its platform alone: that
    removes it where an earlier one announced it.
    """
    device = shown.topics.word
    given = {**_sensors(shown), **_problems(shown), **_controls(shown)}
    return {
        "device": {
            "identifiers": [device],
            "name": NAME if shown.topics.base == _USUAL_BASE else f"{NAME} {shown.topics.base}",
            "manufacturer": NAME,
            "model": "Monitor of a house's power",
            "sw_version": shown.version,
        },
        "origin": {"name": NAME, "sw_version": shown.version},
        "qos": 1,
        "components": {
            key: (
                _complete(shown.topics, f"{device}_{key}", component)
                if component["of"] in shown.services
                else {"platform": component["platform"]}
            )
            for key, component in given.items()
        },
    }


def _complete(topics: Topics, unique_id: str, component: Component) -> Component:
    """Tie an entity to the one service that it is `of`, which says `online` and `offline`."""
    service = component.pop("of")
    return {
        **component,
        "unique_id": unique_id,
        "availability_topic": topics.availability(service),
    }


def _sensors(shown: Shown) -> dict[str, Component]:
    topics = shown.topics
    spacing_s = shown.live_interval_s or shown.interval_s
    energies = {
        "energy_today": ("Energy today", "today", "energy_kwh"),
        "export_today": ("Export today", "today", "export_kwh"),
        "energy_lifetime": ("Lifetime energy", "lifetime", "energy_kwh"),
        "export_lifetime": ("Lifetime export", "lifetime", "export_kwh"),
    }
    return {
        "power": {
            "platform": "sensor",
            "of": "collector",
            "name": "Power",
            "device_class": "power",
            "state_class": "measurement",
            "unit_of_measurement": "W",
            "suggested_display_precision": 0,
            "state_topic": topics.live if shown.live_interval_s else topics.reading,
            "value_template": f"{{{{ value_json.get('{POWER}') }}}}",
            "expire_after": int(HEARTBEAT_INTERVALS * spacing_s) + _LATE_S,
        },
        **{key: _energy(topics, *words) for key, words in energies.items()},
        "coverage_today": {
            "platform": "sensor",
            "of": "aggregator",
            "name": "Coverage today",
            "icon": "mdi:chart-timeline",
            "state_class": "measurement",
            "unit_of_measurement": "%",
            "suggested_display_precision": 1,
            "entity_category": "diagnostic",
            "state_topic": topics.summary,
            "value_template": "{% set share = value_json.today.coverage %}"
            "{{ none if share is none else (share * 100) | round(2) }}",
        },
        "last_push": {
            "platform": "sensor",
            "of": "syncer",
            "name": "Last good push",
            "device_class": "timestamp",
            "entity_category": "diagnostic",
            "state_topic": topics.health("syncer"),
            "value_template": "{{ value_json.get('last_push') }}",
        },
    }


def _energy(topics: Topics, name: str, part: str, key: str) -> Component:
    """Return a sum that a correction may lower, hence `total`; today's begins anew each day."""
    component: Component = {
        "platform": "sensor",
        "of": "aggregator",
        "name": name,
        "device_class": "energy",
        "state_class": "total",
        "unit_of_measurement": "kWh",
        "suggested_display_precision": 2,
        "state_topic": topics.summary,
        "value_template": f"{{{{ value_json.{part}.{key} }}}}",
    }
    if part == "today":
        component["last_reset_value_template"] = "{{ value_json.last_reset }}"
    return component


def _problems(shown: Shown) -> dict[str, Component]:
    """Return one entity for each service: on while something stands in its way, and what."""
    return {
        f"{service}_problem": {
            "platform": "binary_sensor",
            "of": service,
            "name": f"{service.capitalize()} problem",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "state_topic": shown.topics.health(service),
            "value_template": "{{ 'ON' if value_json.problems else 'OFF' }}",
            "json_attributes_topic": shown.topics.health(service),
            "json_attributes_template": "{{ {'problems': value_json.problems} | tojson }}",
            "expire_after": _HEALTH_HANGS_S,
        }
        for service in SERVICES
    }


def _controls(shown: Shown) -> dict[str, Component]:
    topics = shown.topics
    return {
        "collect": _button("Collect now", "mdi:gauge", "collector", topics, "collect"),
        "rollup": _button("Roll up now", "mdi:table-refresh", "aggregator", topics, "rollup"),
        "push": _button("Push now", "mdi:cloud-upload", "syncer", topics, "push"),
        "maintenance": {
            "platform": "switch",
            "of": "collector",
            "name": "Maintenance",
            "icon": "mdi:wrench",
            "entity_category": "config",
            "state_topic": topics.maintenance,
            "command_topic": topics.maintenance_request,
            "payload_on": "on",
            "payload_off": "off",
        },
    }


def _button(name: str, icon: str, service: str, topics: Topics, command: str) -> Component:
    return {
        "platform": "button",
        "of": service,
        "name": name,
        "icon": icon,
        "command_topic": topics.request(service, command),
        "payload_press": "",
    }
