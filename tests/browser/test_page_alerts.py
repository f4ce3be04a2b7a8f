"""The list of alerts: what is on, what is over, in whose words, and whatever the file holds."""

from typing import Any

from playwright.sync_api import Page, expect
from support.axe import axe_violations
from support.browser import Visitor
from support.documents import all_four
from support.page import plain
from support.web import Web

NOW = "2026-11-22T15:20:00+01:00"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">{from}</script>&lt;"


def event(name: str, since: str | None, until: str | None, text: str = "It is so.") -> Any:
    times = [None if at is None else f"2026-11-{at}:00+01:00" for at in (since, until)]
    return {"name": name, "since": times[0], "until": times[1], "text": text}


PAST = event("power-cut", "21T23:10", "22T01:40")
ON = event("power-cut", "22T14:26", None, "The power is out: there is no voltage.")


def opened(site: Web, visitor: Visitor, events: Any, **more: Any) -> Page:
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    document = {"schema": 1, "timezone": "Europe/Berlin", "last_update": NOW, "events": events}
    site.put("events", document)
    return visitor.open(f"{site.url}#health", now=NOW, **more)


def panel(page: Page, title: str = "Alerts") -> Any:
    return page.locator("section.panel:visible").filter(
        has=page.get_by_role("heading", name=title, exact=True)
    )


def test_what_is_on_and_what_is_over_is_listed(site: Web, visitor: Visitor) -> None:
    page = opened(site, visitor, [PAST, ON])
    expect(panel(page).locator(".note.bad")).to_have_count(1)
    said = plain(panel(page).inner_text())
    assert "Power cut since Sun 22 Nov, 14:26" in said
    assert "The power is out: there is no voltage." in said
    assert "2 hrs 30 mins" in said
    assert axe_violations(page) == []


def test_the_list_speaks_german(site: Web, visitor: Visitor) -> None:
    page = opened(site, visitor, [PAST, event("disk-full", "22T10:00", None)], locale="de-DE")
    expect(panel(page, "Alarme").locator(".note.bad")).to_contain_text(
        "Der Speicherplatz ist fast voll"
    )
    assert "Stromausfall" in panel(page, "Alarme").locator("li").inner_text()


def test_no_alert_ever_is_said_to_be_none(site: Web, visitor: Visitor) -> None:
    page = opened(site, visitor, [])
    expect(panel(page)).to_contain_text("None is on.")
    assert panel(page).locator("li").count() == 0


def test_hostile_events_are_text_or_left_out(site: Web, visitor: Visitor) -> None:
    hostile = event(HOSTILE, "22T14:00", None, HOSTILE)
    senseless = [None, 5, {"name": 1}, {**PAST, "until": "never"}, {**ON, "since": "never"}]
    page = opened(site, visitor, [hostile, *senseless])
    expect(panel(page).locator(".note.bad")).to_have_count(2)
    assert panel(page).locator(".note.bad strong").last.inner_text() == HOSTILE
    assert page.title() == "Power Monitor"


def test_an_unreadable_file_says_nothing(site: Web, visitor: Visitor) -> None:
    page = opened(site, visitor, [])
    expect(panel(page)).to_contain_text("None is on.")
    site.put("events", '{"events": [')
    page.reload()
    expect(panel(page)).to_contain_text("Not known yet.")


def test_a_clock_that_was_wrong_gives_no_invented_time(site: Web, visitor: Visitor) -> None:
    page = opened(site, visitor, [event("clock", None, "22T10:00"), event("clock", None, None)])
    expect(panel(page).locator("li")).to_contain_text("until Sun 22 Nov, 10:00")
    assert "1970" not in panel(page).inner_text()


def test_many_past_alerts_wait_behind_a_click(site: Web, visitor: Visitor) -> None:
    many = [event("power-high", f"22T{hour:02}:00", f"22T{hour:02}:20") for hour in range(14)]
    page = opened(site, visitor, many, size=(360, 800))
    expect(panel(page).locator("li:visible")).to_have_count(6)
    assert "13:00" in panel(page).locator("li").first.inner_text()
    panel(page).locator("summary").click()
    expect(panel(page).locator("li:visible")).to_have_count(14)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
