"""The examples of docs/integrations.md, and the recorded messages of each family."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "integrations.md"
RECORDED = ROOT / "tests" / "data" / "devices"
FAMILIES = {
    "Tasmota": "tasmota",
    "Shelly Gen2": "shelly",
    "Zigbee2MQTT": "zigbee2mqtt",
    "ESPHome": "esphome",
}
_GIVEN = re.compile(r"`(\w+)` ([\d.]+) \w+")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a device."""

    topic: str
    payload: str


@dataclass(frozen=True, slots=True)
class Example:
    """A chapter of the page: its configuration, what the device says, what must come of it."""

    sources: dict[str, Any]
    messages: list[Said]
    values: dict[str, float]


def example(family: str) -> Example:
    """Read a family's chapter."""
    chapter = PAGE.read_text().split(f"\n## {family}\n")[1].split("\n## ")[0]
    [config] = _blocks(chapter, "json")
    [messages] = _blocks(chapter, "text")
    promised = chapter.rsplit("```", 1)[1]
    values = {name: float(value) for name, value in _GIVEN.findall(promised)}
    return Example(json.loads(config)["sources"], _said(messages), values)


def bridge() -> str:
    """Return the page's lines for another Mosquitto."""
    [lines] = [block for block in _blocks(PAGE.read_text(), "") if "connection " in block]
    return lines


def recorded(family: str) -> list[Said]:
    """Return what was recorded of a family; the last message says that the device is away."""
    return _said((RECORDED / f"{FAMILIES[family]}.txt").read_text())


def _blocks(text: str, language: str) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for marked, block in blocks if marked == language]


def _said(lines: str) -> list[Said]:
    return [Said(*line.split(" ", 1)) for line in lines.strip().splitlines()]
