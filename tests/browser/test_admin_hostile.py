"""Hostile strings in everything the admin page reads: they show as text, and nothing else."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import Visitor
from support.client import Client
from support.desk import NOW, agree, answer, open_desk, press
from support.house import House
from support.page import eventually

from shared.topics import SERVICES, TIERS

EVIL = "<img src=x onerror='globalThis.pwned=1'><script>globalThis.pwned=1</script>{{7*7}}"
SOON = "2026-11-22T11:59:00+01:00"
PROBLEM = {"name": EVIL, "text": EVIL, "hint": EVIL, "since": EVIL}
HEALTH = {
    "version": EVIL,
    "status": EVIL,
    "uptime_seconds": EVIL,
    "last_work": {"what": EVIL, "at": SOON},
    "work": {EVIL: EVIL},
    "counters": {EVIL: EVIL, "__proto__": 3},
    "problems": [PROBLEM, EVIL, None, [EVIL]],
    "last_error": {**PROBLEM, "name": "another"},
    "memory_bytes": EVIL,
    "next_rollups": {EVIL: EVIL},
    "points": {EVIL: EVIL},
    "disk": {"data": {"free_bytes": EVIL, "total_bytes": 5}, "state": EVIL},
    "backfill": {"done": EVIL, "readings": EVIL},
    "remote": EVIL,
    "state": EVIL,
    "last_push": EVIL,
    "next_attempt": EVIL,
    "unsynced": [EVIL, 5, {}],
    "held": {EVIL: [EVIL]},
    "public": EVIL,
}
SENSELESS = ["null", "[]", '"text"', "5", "{", '{"problems": 5, "work": [], "held": "x"}', ""]
DATA: dict[str, Any] = {
    "reading": {"timestamp": EVIL, "power": EVIL},
    "tiers": {EVIL: EVIL},
    "pushed": [EVIL],
    "unchanged": [{}],
    "merged": {EVIL: [EVIL]},
    "held": {EVIL: EVIL},
    "held_because": {EVIL: EVIL},
    "kept_aside": [EVIL],
    "healed": {},
    "maintenance": EVIL,
    "readings": EVIL,
    "gaps": EVIL,
    "from": EVIL,
    "days": [EVIL],
    "lines": [EVIL, 5, None],
    "files": {
        EVIL: {
            "remote_days": EVIL,
            "days": [{"date": EVIL, "change": EVIL, "here_kwh": EVIL, "there_kwh": EVIL}, EVIL],
        },
        "bad": {"unreadable": EVIL},
    },
}
DAILY = {
    "schema": 1,
    "tier": "daily",
    "timezone": EVIL,
    "date": EVIL,
    "last_update": EVIL,
    "units": {EVIL: EVIL, "power": EVIL},
    "today": EVIL,
    "data_points": [{"timestamp": SOON, "power": 5, EVIL: 7, "interval": EVIL}, EVIL, None],
}


@pytest.fixture(name="monitor")
def a_monitor(house: Callable[..., House]) -> Iterator[House]:
    """Run broker and web server only: the services are made up."""
    with house(now=NOW) as running:
        running.web.put("daily", DAILY)
        for tier in TIERS[1:]:
            running.web.put(tier, {**DAILY, "tier": tier})
        with running.broker.client() as evil:
            for name in SERVICES:
                evil.publish(running.topics.availability(name), b"online", retain=True)
                evil.publish(running.topics.health(name), json.dumps(HEALTH), retain=True)
        yield running


def assert_harmless(page: Page) -> None:
    """Nothing ran, and nothing became an element."""
    assert page.evaluate("globalThis.pwned") is None
    assert page.locator("img, script:not([src]), [onerror]").count() == 0


def answer_requests(client: Client, monitor: House, outcome: dict[str, Any]) -> None:
    """Answer each request heard so far, as the page asked."""
    for message in list(client.messages):
        if not message.topic.startswith(f"{monitor.topics.base}/request/"):
            continue
        client.messages.remove(message)
        properties: Any = message.properties
        client.publish(
            properties.ResponseTopic, json.dumps(outcome), correlation=properties.CorrelationData
        )


def wait_and_answer(page: Page, client: Client, monitor: House, outcome: dict[str, Any]) -> None:
    """Answer the next request."""
    eventually(page, lambda: client.messages, "a request")
    answer_requests(client, monitor, outcome)


def test_health_log_and_files_show_as_text(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "syncer")
    with monitor.broker.client() as evil:
        for name in SERVICES:
            evil.publish(monitor.topics.log(name), EVIL)
            evil.publish(f"{monitor.topics.base}/alert/{name}", json.dumps({"text": EVIL}))
        evil.publish(monitor.topics.log("nobody"), EVIL)
        evil.publish(monitor.topics.maintenance, EVIL)
        evil.publish(monitor.topics.file_updated("daily"), EVIL)
        evil.publish(f"{monitor.topics.base}/file-updated/__proto__", EVIL)
    expect(page.locator(".lines li")).to_have_count(len(SERVICES))
    expect(page.locator("article").filter(has_text=EVIL).first).to_be_visible()
    expect(page.locator("#correct-metric")).to_contain_text(EVIL)
    page.locator("#correct-metric").select_option(EVIL)
    page.get_by_role("slider").press("End")
    expect(page.get_by_role("slider")).to_have_attribute(
        "aria-valuetext", f"11:59:00, 7.00\u00a0{EVIL}"
    )
    assert_harmless(page)


def test_senseless_health_leaves_the_page_at_work(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "syncer")
    with monitor.broker.client() as evil:
        for payload in SENSELESS:
            for name in SERVICES:
                evil.publish(monitor.topics.health(name), payload)
                evil.publish(monitor.topics.availability(name), payload)
        evil.publish(monitor.topics.reading, "{")
        evil.publish(monitor.topics.health("collector"), json.dumps({"version": "last"}))
    expect(page.locator("dd", has_text=re.compile("^last$"))).to_be_visible()
    assert_harmless(page)


@pytest.mark.parametrize(
    ("name", "button", "question"),
    [
        ("collect", "Collect now", ""),
        ("rollup", "Roll up", ""),
        ("push", "Push", ""),
        ("push", "Push and let go", "Push and let go"),
        ("maintenance", "Switch on", ""),
        ("backfill", "Fill", ""),
        ("restore", "See what would change", ""),
    ],
)
def test_answers_show_as_text(
    monitor: House, visitor: Visitor, name: str, button: str, question: str
) -> None:
    """A success full of it, an error made of it, and one that is no answer at all."""
    with monitor.broker.client() as evil:
        evil.subscribe(f"{monitor.topics.base}/request/{filter_of(name)}")
        page = open_desk(visitor, monitor, "collector")
        for outcome, said in (
            ({"status": "ok", "data": DATA}, "Done"),
            ({"status": "error", "error": EVIL, "data": {"hint": EVIL}}, EVIL),
            ({"status": EVIL, "data": EVIL, "error": [EVIL]}, "nobody can read it"),
        ):
            press(page, name, button)
            if question:
                agree(page, question)
            wait_and_answer(page, evil, monitor, outcome)
            expect(answer(page, name)).to_contain_text(said)
            assert_harmless(page)


def filter_of(panel: str) -> str:
    """Return the topic of the command behind a panel; maintenance is of no service."""
    return {"restore": "+/fetch", "maintenance": "maintenance"}.get(panel, f"+/{panel}")
