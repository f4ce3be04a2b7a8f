"""The admin page in a browser: signing in, pressing buttons, reading answers."""

import re
from datetime import datetime
from typing import Any

from playwright.sync_api import Locator, Page, expect

from support.browser import NOON, Visitor
from support.house import House

NOW = datetime.fromisoformat(NOON).timestamp()
PATIENCE_MS = 60_000  # for a service to answer; the machine may be busy
IS_THERE = re.compile("online|in trouble")
LOST = "WebSocket connection to"  # what a browser says of each try while the broker is away


def open_admin(visitor: Visitor, monitor: House, **more: Any) -> Page:
    """Open the page, not signed in, with the clock of the services."""
    now = NOW if monitor.clock else None
    page = visitor.open(f"{monitor.web.url}admin.html", now=now, **more)
    page.set_default_timeout(PATIENCE_MS)
    return page


def sign_in(page: Page, password: str) -> None:
    """Type a password and send it with the keyboard."""
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def open_desk(visitor: Visitor, monitor: House, *services: str, **more: Any) -> Page:
    """Open the page, sign in, and wait until it knows that these services are there."""
    page = open_admin(visitor, monitor, **more)
    sign_in(page, monitor.broker.password("admin"))
    for name in services:
        expect(badge_of(page, name)).to_have_text(IS_THERE, timeout=PATIENCE_MS)
    return page


def badge_of(page: Page, service: str) -> Locator:
    """Return what a service's card says of whether it is there."""
    heading = page.get_by_role("heading", name=service.capitalize(), exact=True)
    return page.locator("article", has=heading).locator("header .badge")


def panel(page: Page, name: str) -> Locator:
    """Return one action's panel."""
    return page.locator(f"#{name}")


def press(page: Page, name: str, button: str) -> None:
    """Press a button of an action's panel."""
    panel(page, name).get_by_role("button", name=button, exact=True).click()


def agree(page: Page, button: str) -> None:
    """Say yes in the dialog that asks."""
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


def answer(page: Page, name: str) -> Locator:
    """Wait for the answer of an action, and return its place."""
    note = panel(page, name).locator(".answer .note")
    expect(note).to_be_visible(timeout=PATIENCE_MS)
    return note
