"""A page that stays open, as on a wall: time passes, readings stop, files come late."""

import pytest
from playwright.sync_api import Page, expect
from support.browser import Visitor
from support.documents import Document, all_four, daily, weekly
from support.page import cards, choose, eventually, fail_once, panel_text, plain, wait_for_card
from support.web import Web

NOW = "2026-11-22T14:20:00+01:00"
HOUR_MS = 3_600_000


def wait_for_text(page: Page, words: str) -> None:
    """Wait until the chosen panel says so."""
    eventually(page, lambda: words in panel_text(page), words)


def test_an_outage_shows_while_it_goes_on(site: Web, visitor: Visitor) -> None:
    """Without a new file, for there is none; and it is not said to have ended."""
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    page = visitor.open(site.url, now=NOW, ticking=True)
    cards(page)
    assert "None: all of this time is known." in panel_text(page)
    page.clock.fast_forward(3 * HOUR_MS)
    wait_for_text(page, "still going on")
    wait_for_text(page, "daily.json is older than it should be")
    assert "None: all of this time is known." not in panel_text(page)


def test_a_file_that_grows_old_is_said_to_be(site: Web, visitor: Visitor) -> None:
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    page = visitor.open(f"{site.url}#7-days", now=NOW, ticking=True)
    cards(page)
    page.clock.fast_forward(24 * HOUR_MS)
    wait_for_text(page, "weekly.json is older than it should be")


def test_what_a_person_opened_stays_open_while_time_passes(site: Web, visitor: Visitor) -> None:
    def cut(point: Document) -> Document | None:
        return None if point["timestamp"][11:13] in ("01", "03", "05", "07", "09", "11") else point

    site.put("daily", daily(NOW, change=cut))
    site.put("weekly", weekly(NOW))
    page = visitor.open(site.url, now=NOW, ticking=True)
    cards(page)
    page.clock.fast_forward(HOUR_MS)
    page.locator(".outages summary").click()
    page.clock.fast_forward(10_000)
    page.clock.run_for(1000)
    expect(page.locator(".outages details")).to_have_attribute("open", "")


def test_a_file_that_failed_once_is_compared_with_soon(site: Web, visitor: Visitor) -> None:
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    visitor.forgive("503")
    page = visitor.open(f"{site.url}#help", now=NOW, ticking=True)
    fail_once(page, "**/weekly.json")
    page.evaluate("location.hash = 'today'")
    wait_for_text(page, "the file of the time before could not be had")
    assert "three known days" not in panel_text(page)
    page.clock.fast_forward(60_000)
    wait_for_text(page, "than yesterday until 14:20")


def test_at_midnight_nothing_is_said_to_be_unknown(site: Web, visitor: Visitor) -> None:
    """With the reading of 00:00 alone there is nothing to compare yet."""
    now = "2026-11-22T00:01:00+01:00"
    alone = {"timestamp": "2026-11-22T00:00:00+01:00", "power": 400, "interval": None}
    site.put("daily", daily(now) | {"data_points": [alone], "today": None})
    site.put("weekly", weekly(now))
    page = visitor.open(site.url, now=now)
    cards(page)
    page.wait_for_load_state("networkidle")
    assert "nothing is known" not in panel_text(page)
    assert "three known days" not in panel_text(page)


@pytest.mark.parametrize("tab", ["today", "7-days", "30-days", "365-days", "health"])
def test_the_skip_link_leads_to_the_figures_of_this_tab(
    site: Web, visitor: Visitor, tab: str
) -> None:
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    page = visitor.open(f"{site.url}#{tab}", now=NOW)
    page.wait_for_selector("[role=tabpanel]:not([hidden]) > *")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    assert page.evaluate("location.hash") == f"#{tab}"
    expect(page.locator(f"#tab-{tab}")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("width", [360, 1440])
def test_the_words_of_a_small_chart_are_all_there(site: Web, visitor: Visitor, width: int) -> None:
    site.put("weekly", weekly(NOW))
    page = visitor.open(f"{site.url}#7-days", now=NOW, size=(width, 800), locale="en-US")
    readout = page.locator(".small-chart .readout").first
    readout.wait_for()
    clipped = "it => it.scrollWidth > it.clientWidth || it.scrollHeight > it.clientHeight"
    assert "V" in plain(readout.inner_text())
    assert not readout.evaluate(clipped)


def test_the_current_value_is_against_the_mean_of_the_time_before(
    site: Web, visitor: Visitor
) -> None:
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    page = visitor.open(site.url, now=NOW)
    cards(page)
    choose(page, "7 Days")
    wait_for_card(page, "Now", "the average of the 7 days before")


def test_help_loads_neither_charts_nor_the_broker_s_client(site: Web, visitor: Visitor) -> None:
    asked: list[str] = []
    page = visitor.open("about:blank", home=site.url, now=NOW)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}#help")
    page.wait_for_load_state("networkidle")
    assert any("app.js" in address for address in asked)
    assert [address for address in asked if "/vendor/" in address] == []


NARROW = """canvas => {
    const chart = Chart.getChart(canvas);
    const [bars] = chart.data.datasets;
    const fill = dataIndex => bars.backgroundColor({ chart, dataIndex });
    return [typeof fill(0), typeof fill(1)];
}"""


@pytest.mark.parametrize("width", [360, 1440])
def test_a_partly_known_hour_looks_so_however_narrow(
    site: Web, visitor: Visitor, width: int
) -> None:
    """Hatched, or pale where a hatch would not be seen; with no border that hides it."""
    document = weekly(NOW)
    document["data_points"][1]["coverage"] = 0.35
    site.put("weekly", document)
    page = visitor.open(f"{site.url}#7-days", now=NOW, size=(width, 800))
    canvas = page.locator("section.chart:visible canvas").first
    eventually(page, lambda: page.evaluate("Boolean(globalThis.Chart)"), "the library")
    eventually(page, lambda: canvas.evaluate("it => Boolean(Chart.getChart(it))"), "a chart")
    assert canvas.evaluate(NARROW) == ["string", "object"]
