"""docs/alerts.md: its names, examples and configurations are those of the code."""

import json
import re
from typing import Any

import pytest
from support.asyncapi import DOCS, mistakes, payload
from support.configuration import SMALLEST

from services.aggregator.alerts.body import body
from services.aggregator.alerts.events import MOST_EVENTS
from services.aggregator.alerts.memory import MOST_WAITING, Notice
from shared.alerts import PLACEHOLDERS, TITLES
from shared.config import parse
from shared.options import OPTIONS
from shared.times import Zone, parse_timestamp

PAGE = (DOCS / "alerts.md").read_text()
BERLIN = Zone("Europe/Berlin")
START = Notice(
    "power-cut",
    "start",
    "on",
    parse_timestamp("2026-11-22T14:24:00+01:00"),
    None,
    "The power is out: there is no voltage.",
)


def block(title: str) -> Any:
    """Return what follows a title: plain JSON, or a section of a configuration."""
    found = re.search(rf"{title}.*?```json\n(.*?)```", PAGE, re.DOTALL)
    assert found, title
    text = found[1]
    return json.loads(text if text.startswith("{") else f"{{{text}}}")


def test_every_alert_is_described_and_no_other() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE) == list(TITLES)


def test_every_option_and_placeholder_is_named() -> None:
    for option in OPTIONS:
        assert option.section != "alerts" or f"alerts.{option.key}" in PAGE or option.secret
    for name in PLACEHOLDERS:
        assert f"`{{{name}}}`" in PAGE
    assert f"last {MOST_EVENTS} alerts" in PAGE
    assert f"up to {MOST_WAITING} messages" in PAGE


def test_the_examples_are_what_is_sent() -> None:
    assert mistakes(payload("alert"), block("## On MQTT")) == []
    assert mistakes("schema/events.json", block("## The list")) == []
    sent = json.loads(body(START, None, BERLIN))
    assert sent == block("## To your phone")


@pytest.mark.parametrize("service", ["ntfy", "home-assistant", "slack"])
def test_each_configuration_is_accepted_and_gives_what_the_service_takes(service: str) -> None:
    config = parse({**SMALLEST, **block(f"<!-- {service} -->")}, {})
    sent = json.loads(body(START, config.alerts.webhook_body, BERLIN))
    texts = {"ntfy": "message", "home-assistant": "text", "slack": "text"}
    assert START.text in sent[texts[service]]
    assert "{" not in str(list(sent.values()))
    if service == "ntfy":
        assert sent["topic"]
        assert config.alerts.webhook_url == "https://ntfy.sh/"  # JSON is taken only there
