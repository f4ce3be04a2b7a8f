"""Where each kind of device says its power, as docs/integrations.md has it: pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.sources import HEARTBEAT_S


@dataclass(frozen=True, slots=True)
class Family:
    """Devices that speak alike; what the groups of `shape` find in a topic fills `availability`."""

    name: str
    example: str
    path: str = ""
    shape: str = ""
    availability: tuple[str, ...] = ()
    heartbeat_s: float = HEARTBEAT_S

    def source(self, topic: str, path: str, unit: str) -> dict[str, Any]:
        """Return a source as the configuration has it."""
        found = re.fullmatch(self.shape, topic) if self.shape else None
        topics = [text.format(*found.groups()) for text in self.availability] if found else []
        optional: Mapping[str, Any] = {
            "path": path,
            "availability": topics[0] if len(topics) == 1 else topics,
            "heartbeat_seconds": self.heartbeat_s if self.heartbeat_s != HEARTBEAT_S else None,
        }
        given = {key: value for key, value in optional.items() if value}
        return {"topic": topic, "unit": unit, **given}


FAMILIES = (
    Family(
        "Tasmota",
        "tele/sonoff_desk/SENSOR",
        "ENERGY.Power",
        r"tele/(.+)/SENSOR",
        ("tele/{}/LWT",),
    ),
    Family(
        "Shelly Gen2 and newer",
        "shellyplusplugs-3ce90e304de4/status/switch:0",
        "apower",
        r"(.+)/status/[^/]+",
        ("{}/online",),
    ),
    Family(
        "Zigbee2MQTT",
        "zigbee2mqtt/plug_zigbee23",
        "power",
        r"(([^/]+)/.+)",
        ("{0}/availability", "{1}/bridge/state"),
        9000,  # where nothing changes a plug speaks once an hour or less
    ),
    Family(
        "ESPHome",
        "heat-pump/sensor/power/state",
        shape=r"(.+)/sensor/[^/]+/state",
        availability=("{}/status",),
    ),
    Family("another", "cellar/meter/power"),
)
