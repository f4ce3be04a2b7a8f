"""What the page asks for, and when: the figures first, what they don't need afterwards."""

from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect
from support.browser import Visitor
from support.documents import all_four
from support.page import cards, choose, eventually, panel_text
from support.web import Web

NOW = "2026-11-22T14:20:00+01:00"


REST = [
    "js/views/period.js",
    "js/views/health.js",
    "js/views/help.js",
    "js/charts/band.js",
    "js/charts/energy.js",
]


def put_all(site: Web) -> None:
    for tier, document in all_four(NOW).items():
        site.put(tier, document)


def asked_for(site: Web, visitor: Visitor, address: str) -> tuple[Page, list[str]]:
    """Return the page, once all has come, and the names of what it asked for, in order."""
    asked: list[str] = []
    come: set[str] = set()
    page = visitor.open("about:blank", home=site.url, now=NOW)
    page.on("request", lambda request: asked.append(name_of(request)))
    page.on("requestfinished", lambda request: come.add(name_of(request)))
    page.goto(f"{site.url}{address}")
    eventually(page, lambda: come >= {*REST, *asked}, "the code of all tabs")
    return page, asked


def name_of(request: Request) -> str:
    return urlsplit(request.url).path.removeprefix("/")


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("", {"daily", "weekly"}),
        ("#nowhere", {"daily", "weekly"}),
        ("#7-days", {"weekly", "monthly"}),
        ("#30-days", {"monthly", "yearly"}),
        ("#365-days", {"yearly", "earlier"}),
        ("#health", {"daily", "weekly", "monthly", "yearly"}),
        ("#help", set()),
    ],
)
def test_a_tab_s_files_are_asked_for_once_and_before_the_page_s_own_code(
    site: Web, visitor: Visitor, address: str, read: set[str]
) -> None:
    put_all(site)
    _, names = asked_for(site, visitor, address)
    counted = Counter(names)
    files = {f"{tier}.json" for tier in read}
    others = {"site.json", "events.json"}
    assert {name for name in counted if name.endswith(".json")} - others == files
    assert {name: counted[name] for name in files} == dict.fromkeys(files, 1)
    code = names.index("js/files-early.js")
    assert all(names.index(name) > code for name in files)


def test_what_the_figures_don_t_need_comes_after_their_files(site: Web, visitor: Visitor) -> None:
    put_all(site)
    _, names = asked_for(site, visitor, "")
    first = max(names.index("daily.json"), names.index("weekly.json"))
    assert all(names.index(name) > first for name in REST)


def test_each_tab_is_there_when_the_connection_has_gone(site: Web, visitor: Visitor) -> None:
    put_all(site)
    visitor.forgive("Failed to load resource")
    page, _ = asked_for(site, visitor, "")
    page.context.set_offline(offline=True)
    choose(page, "7 Days")
    assert "Last 7 days" in cards(page)
    choose(page, "Help")
    expect(page.locator(".help:visible h2").first).to_be_visible()


def test_a_tab_whose_code_can_t_be_had_says_so_and_comes_by_itself(
    site: Web, visitor: Visitor
) -> None:
    put_all(site)
    visitor.forgive("Failed to load resource", "net::ERR_FAILED")
    page = visitor.open("about:blank", home=site.url, now=NOW, ticking=True)
    page.route("**/js/views/period.js", lambda route: route.abort())
    page.goto(f"{site.url}#7-days")
    page.locator(".state.offline:visible").wait_for()
    assert "No connection" in panel_text(page)
    page.unroute("**/js/views/period.js")

    def is_there() -> bool:
        page.clock.run_for(10_000)
        return page.locator(".card:visible").count() > 0

    eventually(page, is_there, "the figures are there")


def test_the_figures_wait_a_moment_for_what_belongs_among_them(site: Web, visitor: Visitor) -> None:
    """So that nothing moves under a finger; but no longer, should that file never come."""
    put_all(site)
    page = visitor.open("about:blank", home=site.url, now=NOW, ticking=True)
    page.clock.pause_at(datetime.fromisoformat(NOW) + timedelta(seconds=1))
    page.route("**/weekly.json", lambda _: None)
    page.goto(site.url, wait_until="commit")

    def is_read() -> bool:
        page.clock.run_for(20)
        return page.locator("#badge").inner_text() == "Up to date"

    eventually(page, is_read, "daily.json is here")
    assert page.locator(".card").count() == 0
    page.clock.run_for(500)
    assert "Today" in cards(page)
