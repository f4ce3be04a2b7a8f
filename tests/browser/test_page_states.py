"""Each state of a file has its look, and none is a blank chart."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from support.browser import Visitor
from support.documents import all_four, daily, days, weekly
from support.page import cards, choose, eventually, fail_once, panel_text
from support.web import Web

NOW = "2026-11-22T14:20:00+01:00"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">{{7*7}}</script>&lt;"


def badge(page: Page) -> str:
    return page.locator("#badge").inner_text()


def heading(page: Page) -> str:
    return page.locator("[role=tabpanel]:not([hidden]) .state h2").inner_text()


def test_a_missing_file_is_said_to_be_missing(site: Web, visitor: Visitor) -> None:
    site.remove("daily")
    visitor.forgive("404")
    page = visitor.open(site.url, now=NOW)
    assert heading(page) == "daily.json is not there"
    assert badge(page) == "No file"


@pytest.mark.parametrize(("tab", "tier"), [("today", "daily"), ("7-days", "weekly")])
def test_a_file_never_written_to_is_no_error(
    site: Web, visitor: Visitor, tab: str, tier: str
) -> None:
    page = visitor.open(f"{site.url}#{tab}", now=NOW)
    assert heading(page) == "No data yet"
    assert f"{tier}.json" in panel_text(page)


def test_a_new_day_without_a_reading_is_no_error(site: Web, visitor: Visitor) -> None:
    site.put("daily", daily(NOW) | {"data_points": [], "today": None})
    page = visitor.open(site.url, now=NOW)
    assert heading(page) == "Nothing yet today"


def test_half_a_file_is_told_from_a_damaged_one(site: Web, visitor: Visitor) -> None:
    whole = json.dumps(days("monthly", NOW))
    site.put("monthly", whole[: len(whole) // 2])
    site.put("yearly", whole.replace("[", "{", 1))
    site.put("earlier", all_four(NOW)["earlier"])
    page = visitor.open(f"{site.url}#30-days", now=NOW)
    assert heading(page) == "Only a part of monthly.json came"
    choose(page, "365 Days")
    page.get_by_text("yearly.json can't be read").wait_for()


def test_a_file_of_a_later_version_is_not_guessed_at(site: Web, visitor: Visitor) -> None:
    site.put("weekly", weekly(NOW) | {"schema": 2})
    page = visitor.open(f"{site.url}#7-days", now=NOW)
    assert heading(page) == "weekly.json is newer than this page"


def test_the_page_recovers_by_itself(site: Web, visitor: Visitor) -> None:
    site.put("daily", '{"data_points": [')
    page = visitor.open(site.url, now=NOW, ticking=True)
    assert heading(page) == "Only a part of daily.json came"
    site.put("daily", daily(NOW))

    def recovered() -> bool:
        page.clock.run_for(5_000)
        return page.locator(".card").count() > 0

    eventually(page, recovered, "the figures are back")


def test_what_was_there_stays_when_the_connection_goes(site: Web, visitor: Visitor) -> None:
    site.put("daily", daily(NOW))
    visitor.forgive("Failed to load resource")
    page = visitor.open(site.url, now=NOW, ticking=True)
    before = cards(page)
    page.context.set_offline(offline=True)

    def is_told() -> bool:
        page.clock.run_for(30_000)
        return badge(page) == "Offline"

    eventually(page, is_told, "the badge says so")
    assert "No connection since" in panel_text(page)
    assert cards(page)["Today"] == before["Today"]
    page.context.set_offline(offline=False)
    eventually(page, lambda: badge(page) != "Offline", "it is back")


def test_a_page_opened_without_a_connection_says_so(site: Web, visitor: Visitor) -> None:
    visitor.forgive("Failed to load resource")
    page = visitor.open(f"{site.url}#help", now=NOW)
    page.context.set_offline(offline=True)
    choose(page, "7 Days")
    page.locator(".state.offline:visible").wait_for()
    assert heading(page) == "No connection"


@pytest.mark.parametrize(
    ("tier", "now", "said"),
    [
        ("daily", "2026-11-22T14:44:00+01:00", "Up to date"),
        ("daily", "2026-11-22T14:47:00+01:00", "27 minutes old"),
        ("weekly", "2026-11-23T00:10:00+01:00", "Up to date"),
        ("weekly", "2026-11-23T00:18:00+01:00", "24 hours old"),
        ("monthly", "2026-11-23T00:19:00+01:00", "Up to date"),
        ("monthly", "2026-11-23T00:21:00+01:00", "24 hours old"),
        ("yearly", "2026-11-25T12:00:00+01:00", "3 days old"),
    ],
)
def test_a_badge_tells_when_a_file_is_older_than_it_should_be(
    site: Web, visitor: Visitor, tier: str, now: str, said: str
) -> None:
    """Today's by the collection interval, the others by when they are made."""
    documents = all_four(NOW)
    document = documents[tier]
    if tier != "daily":
        document["last_update"] = "2026-11-22T00:15:00+01:00"
    site.put(tier, document)
    site.put("earlier", documents["earlier"])
    tab = {"daily": "today", "weekly": "7-days", "monthly": "30-days", "yearly": "365-days"}[tier]
    page = visitor.open(f"{site.url}#{tab}", now=now)
    cards(page)
    assert badge(page) == said
    assert ("older than it should be" in panel_text(page)) == (said != "Up to date")


@pytest.mark.parametrize("timestamp", ["1970-01-01T00:00:00+01:00", "9999-12-31T00:00:00+01:00"])
@pytest.mark.parametrize(("tab", "tier"), [("7-days", "weekly"), ("30-days", "monthly")])
def test_a_bucket_of_a_wrong_clock_stretches_no_chart(
    site: Web, visitor: Visitor, tab: str, tier: str, timestamp: str
) -> None:
    document = weekly(NOW) if tier == "weekly" else days(tier, NOW)
    document["data_points"].append({**document["data_points"][0], "timestamp": timestamp})
    site.put(tier, document)
    page = visitor.open(f"{site.url}#{tab}", now=NOW)
    page.get_by_text(f"1 point of {tier}.json can't be read and is left out.").wait_for()
    assert page.locator("[role=tabpanel]:not([hidden]) canvas").count() > 0


def test_site_json_that_failed_once_is_asked_for_again(site: Web, visitor: Visitor) -> None:
    site.put("daily", daily(NOW))
    visitor.forgive("503")
    page = visitor.open(site.url, now=NOW)
    asked = fail_once(page, "**/site.json")
    page.reload()
    cards(page)  # it has begun without site.json, and waits to ask again
    with page.expect_navigation():
        page.clock.run_for(31_000)
    assert len(asked) >= 2


def test_points_nobody_can_read_are_left_out_and_counted(site: Web, visitor: Visitor) -> None:
    document = weekly(NOW)
    document["data_points"][3] = {"timestamp": "yesterday", "energy_kwh": "much"}
    document["data_points"][4] = None
    site.put("weekly", document)
    page = visitor.open(f"{site.url}#7-days", now=NOW)
    page.get_by_text("2 points of weekly.json can't be read and are left out.").wait_for()


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Web]:
    """Run a web server that lets copies on GitHub be read, with none of the four files."""
    running = Web(tmp_path, github={"token": "t", "repo": "owner/name"})
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize("tab", ["30-days", "365-days"])
def test_a_missing_long_history_comes_from_its_copy_and_says_so(
    public: Web, visitor: Visitor, tab: str
) -> None:
    copies = public.site["fallback"].items()
    elsewhere = {address: json.dumps(days(one, NOW)) for one, address in copies}
    visitor.forgive("404")
    page = visitor.open(f"{public.url}#{tab}", now=NOW, elsewhere=elsewhere)
    page.get_by_text("This is the copy kept on GitHub").wait_for()
    assert badge(page) == "Copy"
    assert cards(page)["Maximum"] != "-"


def test_without_its_copy_a_missing_file_is_missing(public: Web, visitor: Visitor) -> None:
    elsewhere = dict.fromkeys(public.site["fallback"].values())
    visitor.forgive("404", "ERR_CONNECTION_FAILED")
    page = visitor.open(f"{public.url}#30-days", now=NOW, elsewhere=elsewhere)
    assert heading(page) == "monthly.json is not there"


def test_the_static_site_works_without_live_values(site: Web, visitor: Visitor) -> None:
    """As published: no broker is asked, an hour-old day is fine."""
    site.tell(mqtt=None, published=True)
    for tier, document in all_four(NOW).items():
        site.put(tier, document)
    page = visitor.open(site.url, now="2026-11-22T15:30:00+01:00")
    assert cards(page)["Now"] == "245 W"
    assert badge(page) == "Up to date"
    choose(page, "Health")
    page.get_by_text("This is the published copy").wait_for()


def test_without_site_json_the_page_works(site: Web, visitor: Visitor) -> None:
    site.put("daily", daily(NOW))
    page = visitor.open(f"{site.url}#help", now=NOW)
    page.route("**/site.json", lambda route: route.fulfill(status=404))
    visitor.forgive("404")
    page.goto(f"{site.url}#today")
    page.reload()
    assert cards(page)["Now"] == "245 W"


@pytest.mark.parametrize("tab", ["today", "7-days", "30-days", "365-days", "health"])
def test_a_hostile_text_in_every_field_shows_as_text(site: Web, visitor: Visitor, tab: str) -> None:
    for tier, document in all_four(NOW).items():
        document["units"] = {"power": HOSTILE, HOSTILE: HOSTILE, "__proto__": HOSTILE}
        for point in document["data_points"]:
            point[HOSTILE] = {"mean": 1, "min": 0, "max": 2}
            point |= {"corrected": HOSTILE, "samples": HOSTILE, "units": HOSTILE}
            if tier == "daily":
                point[HOSTILE] = 1
                point["interval"][HOSTILE] = {"mean": 1, "min": 0, "max": 2}
        for key in ("timezone", "date", "last_update"):
            document[key] = HOSTILE
        site.put(tier, document)
    site.tell(version=HOSTILE, timezone=HOSTILE, base_topic=HOSTILE)
    page = visitor.open(f"{site.url}#{tab}", now=NOW)
    page.wait_for_selector("[role=tabpanel]:not([hidden]) > *")
    if tab == "health":
        eventually(page, lambda: HOSTILE in panel_text(page), "the version is shown as it is")
    else:
        cards(page)
        title = page.locator("h3", has_text="onerror").first
        title.wait_for()
        assert HOSTILE.lower() in title.inner_text().lower()
    assert page.title() == "Power Monitor"
    assert page.locator("main img, main script").count() == 0
