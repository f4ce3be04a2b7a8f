"""Fixtures for tests in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from support.broker import Broker
from support.browser import Visitor, chromium
from support.house import House
from support.web import Web

from shared.topics import TIERS

NO_EVENTS = '{"schema": 1, "timezone": "Europe/Berlin", "last_update": null, "events": []}'
EMPTY = '{"data_points": [], "last_update": null}'


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one Chromium for all tests of a worker."""
    with chromium() as running:
        yield running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Open pages with `visitor.open(...)`; what the browser complains about fails the test."""
    one = Visitor(browser)
    yield one
    one.close()


@pytest.fixture
def sections() -> dict[str, Any]:
    """Sections of config.json for `site`; a module or a test may have its own."""
    return {}


@pytest.fixture
def site(tmp_path: Path, sections: dict[str, Any]) -> Iterator[Web]:
    """Serve the dashboard by our lighttpd, without a broker: give it documents with `site.put`.

    It begins with files that were never written to.
    """
    running = Web(tmp_path, **sections)
    for tier in TIERS:
        running.put(tier, EMPTY)
    running.put("events", NO_EVENTS)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def house(tmp_path: Path, broker: Broker) -> Callable[..., House]:
    """Make a whole monitor in a `with` statement, then start the services that are needed."""

    def make(now: float | None = None, **config: Any) -> House:
        return House(tmp_path, broker, now, **config)

    return make
