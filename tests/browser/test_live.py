"""Live values on the dashboard: what the broker's user `viewer` hears, and what becomes of it."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import Visitor
from support.desk import LOST, PATIENCE_MS
from support.house import House

from shared.times import iso_utc

EMPTY = {"schema": 1, "timezone": "UTC", "units": {}, "data_points": []}
# A status of the test's own, fed by the module that the page uses.
START = """async () => {
    const [{ loadSite }, { Status }, { startLive }] = await Promise.all(
        ["site", "status", "live/live"].map((name) => import(`./js/${name}.js`)));
    const status = new Status();
    globalThis.told = { state: status.state, updated: [], connections: [], pwned: null };
    status.addEventListener("file-updated", ({ detail }) => told.updated.push(detail));
    status.addEventListener("change", ({ detail }) =>
        detail.includes("connection") && told.connections.push(status.state.connection));
    globalThis.stopLive = startLive(await loadSite(), status);
}"""


@pytest.fixture(name="monitor")
def a_monitor(house: Callable[..., House]) -> Iterator[House]:
    """Run a broker and a web server with four empty files."""
    with house() as running:
        for tier in ("daily", "weekly", "monthly", "yearly"):
            running.web.put(tier, {**EMPTY, "tier": tier})
        yield running


@pytest.fixture(name="page")
def a_page(monitor: House, visitor: Visitor) -> Page:
    """Open the page and wait until the test's own status hears what is published."""
    with monitor.broker.client() as other:
        other.publish(monitor.topics.alert("ready"), '{"state": "off"}', retain=True)
    page = visitor.open(f"{monitor.web.url}#help", now=None)
    page.set_default_timeout(PATIENCE_MS)
    page.evaluate(START)
    wait_for(page, "told.state.alerts.ready")
    wait_for(page, "told.state.connection === 'on'")
    return page


def wait_for(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {condition}")


def reading(power: Any, ago_s: float = 0) -> str:
    return json.dumps({"timestamp": iso_utc(time.time() - ago_s), "power": power})


def test_what_is_retained_is_there_at_once(monitor: House, visitor: Visitor) -> None:
    with monitor.broker.client() as other:
        other.publish(monitor.topics.reading, reading(412), retain=True)
        other.publish(monitor.topics.maintenance, "on", retain=True)
        other.publish(monitor.topics.availability("syncer"), "offline", retain=True)
        other.publish(monitor.topics.health("syncer"), '{"version": "1"}', retain=True)
        other.publish(monitor.topics.alert("stale"), '{"state": "on", "text": "x"}', retain=True)
    page = visitor.open(f"{monitor.web.url}#help", now=None)
    page.evaluate(START)
    wait_for(page, "told.state.reading?.power === 412")
    wait_for(page, "told.state.maintenance === 'on'")
    wait_for(page, "told.state.services.syncer?.availability === 'offline'")
    wait_for(page, "told.state.services.syncer?.health?.version === '1'")
    wait_for(page, "told.state.alerts.stale?.text === 'x'")


def test_the_newest_value_counts_and_backfill_does_not(monitor: House, page: Page) -> None:
    with monitor.broker.client() as other:
        other.publish(monitor.topics.live, reading(415))
        wait_for(page, "told.state.reading?.power === 415")
        other.publish(monitor.topics.reading, reading(1, ago_s=3600))
        other.publish(monitor.topics.maintenance, "off")
    wait_for(page, "told.state.maintenance === 'off'")
    assert page.evaluate("told.state.reading.power") == 415


def test_a_clock_that_ran_ahead_does_not_hold_the_value(monitor: House, page: Page) -> None:
    with monitor.broker.client() as other:
        other.publish(monitor.topics.reading, reading(6666, ago_s=-86400))
        other.publish(monitor.topics.live, reading(7777, ago_s=-86400))
        other.publish(monitor.topics.live, reading(700, ago_s=-600))
        wait_for(page, "told.state.reading?.power === 700")
        other.publish(monitor.topics.live, reading(416))
    wait_for(page, "told.state.reading.power === 416")


def test_a_live_value_shows_before_the_day_has_a_reading(monitor: House, visitor: Visitor) -> None:
    """As on a new board, and at midnight."""
    page = visitor.open(monitor.web.url, now=None)
    expect(page.locator("[role=tabpanel]:not([hidden]) .state")).to_be_visible()
    with monitor.broker.client() as other:
        other.publish(monitor.topics.live, reading(415), retain=True)
    expect(page.locator(".card.live .value")).to_have_text("415", timeout=PATIENCE_MS)


def test_a_changed_file_is_told_by_its_name(monitor: House, page: Page) -> None:
    with monitor.broker.client() as other:
        other.publish(monitor.topics.file_updated("weekly"), "{}")
        other.publish(monitor.topics.file_updated("nonsense"), "{}")
        other.publish(monitor.topics.file_updated("daily"), "{}")
    wait_for(page, "told.updated.length > 1")
    assert page.evaluate("told.updated") == ["weekly", "daily"]


def test_the_page_comes_back_with_the_broker_and_asks_for_every_file(
    monitor: House, page: Page, visitor: Visitor
) -> None:
    """What changed in between nobody told us."""
    visitor.forgive(LOST)
    monitor.broker.stop()
    wait_for(page, "told.state.connection === 'lost'")
    monitor.broker.start()
    wait_for(page, "told.state.connection === 'on'")
    assert page.evaluate("told.connections") == ["connecting", "on", "lost", "on"]
    assert page.evaluate("told.updated") == ["daily", "weekly", "monthly", "yearly"]
    with monitor.broker.client() as other:
        # Kept by the broker: the page may not have subscribed again yet.
        other.publish(monitor.topics.live, reading(7), retain=True)
    wait_for(page, "told.state.reading?.power === 7")


def test_a_page_nobody_sees_is_not_connected(monitor: House, page: Page) -> None:
    look(page, hidden=True)
    with monitor.broker.client() as other:
        other.publish(monitor.topics.reading, reading(99), retain=True)
    assert page.evaluate("told.state.reading") is None
    look(page, hidden=False)
    wait_for(page, "told.state.reading?.power === 99")


def look(page: Page, *, hidden: bool) -> None:
    """Let the page believe that it is in the background, or not."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


@pytest.mark.parametrize(
    "payload", ["", "{", "[]", "null", "5", '{"power": 5}', '{"timestamp": 5}']
)
def test_what_is_no_reading_changes_nothing(monitor: House, page: Page, payload: str) -> None:
    with monitor.broker.client() as other:
        other.publish(monitor.topics.live, reading(412))
        wait_for(page, "told.state.reading?.power === 412")
        for topic in (monitor.topics.live, monitor.topics.health("collector")):
            other.publish(topic, payload)
        other.publish(monitor.topics.availability("collector"), payload)
        other.publish(monitor.topics.maintenance, payload)
        other.publish(monitor.topics.file_updated("daily"), payload)
    wait_for(page, "told.updated.length === 1")
    state = page.evaluate("told.state")
    assert state["reading"]["power"] == 412
    assert state["maintenance"] is None
    assert "availability" not in state["services"].get("collector", {})


def test_the_page_itself_shows_the_live_value(monitor: House, visitor: Visitor) -> None:
    """From the broker to the figure that a household looks at."""
    first = json.loads(reading(5))
    monitor.web.put(
        "daily", {**EMPTY, "tier": "daily", "date": first["timestamp"][:10], "data_points": [first]}
    )
    page = visitor.open(monitor.web.url, now=None)
    with monitor.broker.client() as other:
        other.publish(monitor.topics.live, reading(4321), retain=True)
        expect(page.locator("main")).to_contain_text("4,321", timeout=PATIENCE_MS)
        other.publish(monitor.topics.live, reading(1234))
        expect(page.locator("main")).to_contain_text("1,234", timeout=PATIENCE_MS)


def test_a_page_that_is_left_alone_loads_no_client(site: Any, visitor: Visitor) -> None:
    """Without a broker the page polls, and the MQTT client is not even fetched."""
    page = visitor.open(site.url)
    expect(page.locator("main")).to_be_visible()
    names = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [name for name in names if "mqtt" in name or "/live/" in name] == []
