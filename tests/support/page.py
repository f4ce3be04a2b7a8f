"""What a person reads on the page, for tests of it."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

DEADLINE_S = 60.0  # the machine may be busy
_PLAIN = {0xA0: " ", 0x202F: " ", 0x2013: "-"}


def plain(text: str | None) -> str:
    """Return a text as one types it: plain spaces, plain dashes."""
    return (text or "").translate(_PLAIN)


def eventually(page: Page, holds: Callable[[], Any], what: str) -> Any:
    """Ask until it is so, and return what was found; Playwright's events arrive meanwhile."""
    end = time.monotonic() + DEADLINE_S
    while not (found := holds()):
        assert time.monotonic() < end, what
        page.wait_for_timeout(50)
    return found


def fail_once(page: Page, pattern: str) -> list[str]:
    """Answer the first request with 503; return a list that grows by each address asked."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503)
        else:
            route.continue_()

    page.route(pattern, answer)
    return asked


def wait_for_tab(page: Page, name: str) -> None:
    """Wait until a tab is the chosen one and its panel is there: its address comes first."""
    expect(page.locator("[role=tab][aria-selected=true]")).to_have_text(name)
    page.wait_for_selector("[role=tabpanel]:not([hidden]) > :not(.loading)")


def choose(page: Page, name: str) -> None:
    """Click on a tab and wait for it; until then the page shows the one before."""
    page.get_by_role("tab", name=name, exact=True).click()
    wait_for_tab(page, name)


def cards(page: Page) -> dict[str, str]:
    """Return label -> figure of the chosen tab's cards; waits for them, not for the next ones."""
    page.wait_for_selector("[role=tabpanel]:not([hidden]) .card .figure")
    script = """cards => Object.fromEntries(cards.map(card => [
        card.querySelector('dt').textContent,
        [...card.querySelectorAll('.figure > *')].map(part => part.textContent).join(' '),
    ]))"""
    found = page.locator("[role=tabpanel]:not([hidden]) .card").evaluate_all(script)
    return {label: plain(figure) for label, figure in found.items()}


def wait_for_card(page: Page, label: str, words: str) -> str:
    """Return all that a card says, once it says this: what it is compared with comes later."""

    def said() -> str:
        text = card_text(page, label)
        return text if words in text else ""

    text: str = eventually(page, said, f"{label}: {words}")
    return text


def card_text(page: Page, label: str) -> str:
    """Return all that a card says now."""
    card = page.locator("[role=tabpanel]:not([hidden]) .card").filter(
        has=page.locator("dt", has_text=label)
    )
    return plain(card.first.inner_text())


def panel_text(page: Page) -> str:
    """Return the words of the chosen tab."""
    panel = page.locator("[role=tabpanel]:not([hidden])")
    return plain(panel.inner_text())


def table(page: Page, title: str) -> list[list[str]]:
    """Open the table of a chart and return its rows, all of them, the head first."""
    chart = page.locator("section.chart:visible").filter(
        has=page.get_by_role("heading", name=title, exact=True)
    )
    chart.locator("details.table > summary").click()
    chart.locator("table").wait_for()
    while chart.locator("details.table > button").is_visible():
        chart.locator("details.table > button").click()
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    rows: list[list[str]] = chart.locator("tr").evaluate_all(script)
    return [[plain(cell) for cell in row] for row in rows]


def is_drawn(page: Page, title: str) -> bool:
    """Whether a chart's canvas holds anything."""
    chart = page.locator("section.chart:visible").filter(
        has=page.get_by_role("heading", name=title, exact=True)
    )
    # A chart out of view is not drawn; one of a tab that was just left is not waited for.
    chart.evaluate("chart => chart.scrollIntoView({block: 'nearest'})")
    script = """canvas => {
        const {width, height} = canvas;
        const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
        return pixels.some(value => value !== 0);
    }"""
    return bool(chart.locator("canvas").evaluate(script))
