"""Using the page: tabs, keys, theme, language, sizes, and what it asks of the web server."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.axe import axe_violations
from support.browser import Visitor
from support.documents import all_four, daily
from support.page import cards, choose, eventually, is_drawn, panel_text, plain, wait_for_tab
from support.web import Web

NOW = "2026-11-22T14:20:00+01:00"
TABS = {
    "today": "Today",
    "7-days": "7 Days",
    "30-days": "30 Days",
    "365-days": "365 Days",
    "health": "Health",
    "help": "Help",
}
FOCUSED = "document.activeElement.id || document.activeElement.getAttribute('role')"


@pytest.fixture
def page(site: Web, visitor: Visitor) -> Page:
    """Open Today with all files there."""
    return open_page(site, visitor)


def open_page(site: Web, visitor: Visitor, tab: str = "today", **how: Any) -> Page:
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    return visitor.open(f"{site.url}#{tab}", **{"now": NOW, **how})


@pytest.mark.parametrize(("address", "name"), TABS.items())
def test_each_tab_has_its_own_address(site: Web, visitor: Visitor, address: str, name: str) -> None:
    page = open_page(site, visitor, address)
    wait_for_tab(page, name)
    assert page.locator("[role=tabpanel]:visible").count() == 1


def test_the_back_button_leads_back(page: Page) -> None:
    choose(page, "7 Days")
    choose(page, "Help")
    expect(page).to_have_url(re.compile("#help$"))
    page.go_back()
    wait_for_tab(page, "7 Days")
    page.go_back()
    wait_for_tab(page, "Today")


def test_arrow_keys_walk_among_the_tabs(page: Page) -> None:
    wait_for_tab(page, "Today")
    page.get_by_role("tab", name="Today").focus()
    for key, name in (
        ("ArrowRight", "7 Days"),
        ("End", "Help"),
        ("ArrowRight", "Today"),
        ("ArrowLeft", "Help"),
        ("Home", "Today"),
    ):
        page.keyboard.press(key)
        wait_for_tab(page, name)
        expect(page.locator(":focus")).to_have_text(name)
    assert page.locator("[role=tab][tabindex='0']").count() == 1
    page.keyboard.press("3")
    wait_for_tab(page, "30 Days")


def test_everything_is_reached_by_the_tab_key_alone(page: Page) -> None:
    """Skip link, settings, the chosen tab, each chart, its table, the downloads."""
    eventually(page, lambda: is_drawn(page, "Power today"), "drawn")
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "skip"
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert reached[:2] == ["", "Today"]  # the settings have a picture
    assert [text for text in reached if "CSV" in text or "JSON" in text] == ["↓ CSV", "↓ JSON"]
    assert any(text.startswith("Show as table") for text in reached)


def test_a_chart_tells_each_value_to_the_arrow_keys(page: Page) -> None:
    eventually(page, lambda: is_drawn(page, "Power today"), "drawn")
    slider = page.get_by_role("slider", name="Power today")
    for key, value in (
        ("ArrowLeft", "14:10 - 14:20: 240 W (190 W to 740 W)"),
        ("ArrowLeft", "14:00 - 14:10: 240 W (190 W to 740 W)"),
        ("Home", "00:00 - 00:10: 100 W (50 W to 600 W)"),
        ("PageUp", "01:10 - 01:20: 110 W (60 W to 610 W)"),
        ("Escape", "Last until 14:20: 240 W"),
    ):
        slider.press(key)
        eventually(page, lambda: plain(slider.get_attribute("aria-valuetext")) == value, value)  # noqa: B023
        assert value in panel_text(page)


def test_the_pointer_tells_what_is_under_it(page: Page) -> None:
    eventually(page, lambda: is_drawn(page, "Power today"), "drawn")
    slider = page.get_by_role("slider", name="Power today")

    def told() -> bool:
        """Move there anew each time: the chart sinks when the figures above it get longer."""
        slider.hover(position={"x": 60, "y": 40})
        return bool(re.search(r"00:\d0 - 0\d:\d0: 100 W", panel_text(page)))

    eventually(page, told, "what is under the pointer")


@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_nothing(site: Web, visitor: Visitor, tab: str) -> None:
    """In light and, as far as colours go, in dark."""
    page = open_page(site, visitor, tab)
    wait_for_tab(page, TABS[tab])
    if tab not in {"health", "help"}:
        cards(page)
        page.locator(".chart-foot summary:visible").first.click()
    page.locator("#settings summary").click()
    assert axe_violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.locator("html[data-theme=dark]").wait_for()
    assert axe_violations(page, rules=["color-contrast"]) == []


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_nothing_scrolls_sideways(site: Web, visitor: Visitor, tab: str, language: str) -> None:
    page = open_page(site, visitor, tab, locale=language)
    page.wait_for_selector("[role=tabpanel]:not([hidden]) > *")
    if tab not in {"health", "help"}:
        cards(page)
    page.wait_for_load_state("networkidle")
    for width in (320, 390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 700})
        eventually(page, lambda: sideways(page) <= width, f"it fits {width} pixels")  # noqa: B023


def sideways(page: Page) -> int:
    """Return how wide the page is; charts take up a new width a moment later."""
    width: int = page.evaluate("document.scrollingElement.scrollWidth")
    return width


def theme(page: Page) -> tuple[str, str]:
    seen = "[document.documentElement.dataset.theme, getComputedStyle(document.body).color]"
    name, colour = page.evaluate(seen)
    return name, colour


def test_the_theme_follows_the_system_until_one_is_chosen(site: Web, visitor: Visitor) -> None:
    page = open_page(site, visitor, scheme="dark")
    dark = theme(page)
    assert dark[0] == "dark"
    page.emulate_media(color_scheme="light")
    eventually(page, lambda: theme(page)[0] == "light", "it follows")
    page.locator("#settings summary").click()
    page.get_by_label("Colours").select_option("dark")
    eventually(page, lambda: theme(page) == dark, "what was chosen")
    page.reload()
    assert theme(page) == dark
    page.locator("#settings summary").click()
    page.get_by_label("Colours").select_option("system")
    eventually(page, lambda: theme(page)[0] == "light", "what the system has")


def test_german_is_german_in_words_numbers_and_dates(site: Web, visitor: Visitor) -> None:
    page = open_page(site, visitor, "30-days", locale="de-DE")
    assert cards(page)["Letzte 30 Tage"] == "163 kWh"
    assert page.evaluate("document.documentElement.lang") == "de"
    choose(page, "Heute")
    assert cards(page)["Heute"] == "2,39 kWh"
    expect(page.locator("#badge")).to_have_text("Aktuell")
    expect(page.locator(".small-chart h3").first).to_have_text("Spannung")


def test_a_chosen_language_is_shown_at_once_and_kept(page: Page) -> None:
    assert "Today" in cards(page)
    page.locator("#settings summary").click()
    page.get_by_label("Language").select_option("de")
    eventually(page, lambda: "Heute" in cards(page), "German")
    page.reload()
    assert "Heute" in cards(page)


def test_mean_minimum_and_maximum_come_on_demand(site: Web, visitor: Visitor) -> None:
    page = open_page(site, visitor, "30-days")
    cards(page)
    title = "Power: average, minimum, maximum"
    assert not page.get_by_role("heading", name=title).is_visible()
    page.get_by_role("switch").locator("visible=true").check()
    eventually(page, lambda: is_drawn(page, title), "drawn")
    choose(page, "7 Days")
    eventually(page, lambda: is_drawn(page, title), "drawn here too")
    page.get_by_role("switch").locator("visible=true").uncheck()
    choose(page, "30 Days")
    cards(page)
    expect(page.get_by_role("heading", name=title).locator("visible=true")).to_have_count(0)


def asked_for(page: Page) -> list[tuple[str, int]]:
    """Note each answer the page gets for a tier file."""
    seen: list[tuple[str, int]] = []

    def note(response: Any) -> None:
        name = response.url.rsplit("/", 1)[-1]
        if name in {"daily.json", "weekly.json", "monthly.json", "yearly.json"}:
            seen.append((name, response.status))

    page.on("response", note)
    return seen


@pytest.mark.parametrize(
    ("tab", "files"),
    [
        ("today", ["daily.json", "weekly.json"]),
        ("7-days", ["weekly.json", "monthly.json"]),
        ("30-days", ["monthly.json", "yearly.json"]),
        ("365-days", ["yearly.json"]),
        ("help", []),
    ],
)
def test_a_tab_asks_for_its_file_and_what_that_is_compared_with(
    site: Web, visitor: Visitor, tab: str, files: list[str]
) -> None:
    page = open_page(site, visitor, "help")
    seen = asked_for(page)
    choose(page, TABS[tab])
    eventually(page, lambda: len(seen) >= len(files), "asked")
    page.wait_for_load_state("networkidle")
    assert sorted(name for name, _ in seen) == sorted(files)


def test_a_poll_of_an_unchanged_file_costs_no_body(site: Web, visitor: Visitor) -> None:
    page = open_page(site, visitor, ticking=True)
    cards(page)
    page.wait_for_load_state("networkidle")  # what is compared with has come, too
    seen = asked_for(page)
    page.clock.run_for(61_000)
    eventually(page, lambda: seen, "polled")
    assert seen[0] == ("daily.json", 304)


def test_a_changed_file_is_shown_without_a_reload(site: Web, visitor: Visitor) -> None:
    page = open_page(site, visitor, ticking=True)
    cards(page)
    later = daily(NOW)
    later["today"]["energy_kwh"] = 9.87
    site.put("daily", later)
    page.clock.run_for(61_000)
    eventually(page, lambda: cards(page).get("Today") == "9.87 kWh", "shown")


def test_a_page_nobody_sees_asks_for_nothing(site: Web, visitor: Visitor) -> None:
    page = open_page(site, visitor, ticking=True)
    cards(page)
    page.wait_for_load_state("networkidle")
    hide = """state => {
        Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, "hidden")
    seen = asked_for(page)
    page.clock.run_for(600_000)
    assert seen == []
    page.evaluate(hide, "visible")
    eventually(page, lambda: ("daily.json", 304) in seen, "it looks again at once")


def test_a_busy_day_is_drawn_from_few_points(site: Web, visitor: Visitor) -> None:
    """A reading each ten seconds and twenty metrics."""

    def twenty(point: dict[str, Any]) -> dict[str, Any]:
        statistics = {"mean": 1.5, "min": 1.0, "max": 2.0}
        names = [f"metric_{index}" for index in range(20)]
        point["interval"] |= dict.fromkeys(names, statistics)
        return point | dict.fromkeys(names, 1.5)

    evening = "2026-11-22T23:59:50+01:00"
    document = daily(evening, every=10, change=twenty)
    document["units"] = {f"metric_{index}": "A" for index in range(20)}
    assert len(document["data_points"]) == 8639
    site.put("daily", document)
    page = visitor.open(site.url, now=evening)
    eventually(page, lambda: is_drawn(page, "Power today"), "drawn")
    expect(page.locator(".small-chart")).to_have_count(21)
    drawn = """Object.values(Chart.instances).map(
        chart => Math.max(...chart.data.datasets.map(set => set.data.length)) / chart.width)"""
    assert max(page.evaluate(drawn)) <= 4  # two corners and a hole for each pixel column, at most
    assert page.evaluate("Object.keys(Chart.instances).length") < 21  # not those out of view
