"""What the page says is what stands in the files."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import Visitor
from support.documents import Document, all_four, daily, days, weekly
from support.page import (
    card_text,
    cards,
    eventually,
    is_drawn,
    panel_text,
    table,
    wait_for_card,
)
from support.web import Web

NOW = "2026-11-22T14:20:00+01:00"
TABS = {"weekly": "7-days", "monthly": "30-days", "yearly": "365-days"}
LONGER = {"weekly": "monthly", "monthly": "yearly"}  # the file that knows of the time before
CHARTS = {
    "weekly": "Energy, hour by hour",
    "monthly": "Energy, day by day",
    "yearly": "Energy, day by day",
}


def put(site: Web, documents: dict[str, Document]) -> None:
    for tier, document in documents.items():
        site.put(tier, document)


def open_tab(site: Web, visitor: Visitor, tab: str, **how: Any) -> Page:
    return visitor.open(f"{site.url}#{tab}", **{"now": NOW, **how})


def total_card(tier: str) -> str:
    """Return the title of the card with a period's energy."""
    return f"Last {TABS[tier].replace('-', ' ')}"


def energy(kwh: float) -> str:
    """Write an energy as the page does in English."""
    digits = 0 if kwh >= 100 else 1 if kwh >= 10 else 2
    return f"{kwh:,.{digits}f} kWh"


def test_today_shows_the_day_s_own_bucket_and_the_last_reading(site: Web, visitor: Visitor) -> None:
    """Energy is the file's `today`, even where the readings' sum is another."""
    document = daily(NOW)
    document["today"] |= {
        "energy_kwh": 7.123,
        "power": {"mean": 301.4, "min": 12.0, "max": 3456.0},
    }
    put(site, {**all_four(NOW), "daily": document})
    page = open_tab(site, visitor, "today")
    assert cards(page) == {
        "Now": "245 W",
        "Today": "7.12 kWh",
        "Average": "301 W",
        "Minimum": "12 W",
        "Maximum": "3,456 W",
    }
    eventually(page, lambda: is_drawn(page, "Power today"), "the curve is drawn")


@pytest.mark.parametrize("tier", TABS)
def test_a_period_s_figures_are_those_of_its_buckets(
    site: Web, visitor: Visitor, tier: str
) -> None:
    documents = all_four(NOW)
    put(site, documents)
    points = documents[tier]["data_points"]
    page = open_tab(site, visitor, TABS[tier])
    found = cards(page)
    assert found[total_card(tier)] == energy(sum(point["energy_kwh"] for point in points))
    assert found["Minimum"] == f"{min(point['power']['min'] for point in points):.0f} W"
    assert found["Maximum"] == f"{max(point['power']['max'] for point in points):.0f} W"
    eventually(page, lambda: is_drawn(page, CHARTS[tier]), "the bars are drawn")


@pytest.mark.parametrize("tier", TABS)
def test_a_period_s_table_has_every_bucket(site: Web, visitor: Visitor, tier: str) -> None:
    documents = all_four(NOW)
    put(site, documents)
    points = documents[tier]["data_points"]
    page = open_tab(site, visitor, TABS[tier])
    rows = table(page, CHARTS[tier])[1:]
    shown = [float(row[1].removesuffix(" kWh")) for row in rows]
    assert shown == pytest.approx([point["energy_kwh"] for point in points[::-1]], abs=0.0051)


def test_today_s_table_has_every_reading(site: Web, visitor: Visitor) -> None:
    document = daily(NOW, every=120)
    put(site, {"daily": document})
    page = open_tab(site, visitor, "today")
    rows = table(page, "Power today")[1:]
    means = [f"{point['interval']['power']['mean']:.0f} W" for point in document["data_points"]]
    assert [row[1] for row in rows] == means[::-1]
    assert len(rows) == 430


def test_the_change_is_against_yesterday_at_the_same_time(site: Web, visitor: Visitor) -> None:
    """Whole hours until 14:00, and a third of the hour then running."""
    document = daily(NOW)
    hours = [point for point in weekly(NOW)["data_points"] if point["timestamp"] > "2026-11-21"]
    until = sum(point["energy_kwh"] for point in hours[:14]) + hours[14]["energy_kwh"] / 3
    document["today"]["energy_kwh"] = 1.5 * until
    put(site, {"daily": document, "weekly": weekly(NOW)})
    page = open_tab(site, visitor, "today")
    wait_for_card(page, "Today", "▲ 50% more than yesterday until 14:20")


@pytest.mark.parametrize(
    ("tier", "count", "words"),
    [("weekly", 7, "than the 7 days before"), ("monthly", 30, "than the 30 days before")],
)
def test_the_change_is_against_the_same_number_of_days_before(
    site: Web, visitor: Visitor, tier: str, count: int, words: str
) -> None:
    documents = all_four(NOW)
    total = sum(point["energy_kwh"] for point in documents[tier]["data_points"])
    before = documents[LONGER[tier]]["data_points"][-2 * count : -count]
    assert len(before) == count
    for point in before:
        point["energy_kwh"] = total / count * 2
    put(site, {tier: documents[tier], LONGER[tier]: documents[LONGER[tier]]})
    page = open_tab(site, visitor, TABS[tier])
    wait_for_card(page, total_card(tier), f"▼ 50% less {words}")


@pytest.mark.parametrize(
    ("tier", "first", "gap"),
    [
        ("weekly", "2026-11-19", "Sun 15 Nov, 00:00 to Thu 19 Nov, 00:00"),
        ("monthly", "2026-11-12", "Fri, 23 Oct 2026 to Wed, 11 Nov 2026"),
    ],
)
def test_a_window_that_begins_with_a_gap_is_no_young_house_s(
    site: Web, visitor: Visitor, tier: str, first: str, gap: str
) -> None:
    """The longer file tells the two apart."""

    def cut(bucket: Document) -> Document | None:
        return bucket if bucket["timestamp"] >= first else None

    longer = LONGER[tier]
    short = weekly(NOW, change=cut) if tier == "weekly" else days(tier, NOW, change=cut)
    put(site, {tier: short, longer: days(longer, NOW)})
    page = open_tab(site, visitor, TABS[tier])
    page.get_by_text("too little of this time is known").wait_for()
    assert gap in panel_text(page)
    said = card_text(page, total_card(tier))
    assert ("than" in said, "known since" in said) == (False, False)
    assert f"only {'43' if tier == 'weekly' else '33'}% of the time is known" in said
    put(site, {longer: days(longer, NOW, change=cut)})
    page = open_tab(site, visitor, TABS[tier])
    page.get_by_text("known since").wait_for()
    assert "None: all of this time is known." in panel_text(page)


def test_a_year_before_that_no_file_has_is_said_to_be_unknown(site: Web, visitor: Visitor) -> None:
    put(site, all_four(NOW))
    page = open_tab(site, visitor, "365-days")
    page.get_by_text("nothing is known of the time before").wait_for()
    assert "%" not in card_text(page, "Average")


def test_a_year_is_compared_with_the_year_before(site: Web, visitor: Visitor) -> None:
    documents = all_four(NOW) | {"earlier": days("earlier", NOW)}
    total = sum(point["energy_kwh"] for point in documents["yearly"]["data_points"])
    for point in documents["earlier"]["data_points"]:
        point["energy_kwh"] = total / 365 * 2
    put(site, documents)
    page = open_tab(site, visitor, "365-days")
    wait_for_card(page, "Last 365 days", "▼ 50% less than the year before")


def test_a_gap_is_never_taken_for_thrift(site: Web, visitor: Visitor) -> None:
    """With a third of the day unknown nothing is compared, and the card says why."""
    document = daily(
        NOW, change=lambda point: point if point["timestamp"] > "2026-11-22T05" else None
    )
    put(site, {"daily": document, "weekly": weekly(NOW)})
    page = open_tab(site, visitor, "today")
    said = wait_for_card(page, "Today", "Too little of today is known")
    assert "only 66% of the day so far is known" in said
    assert "less" not in said


@pytest.mark.parametrize(
    ("factor", "said"), [(0.5, "Less than usual"), (1.0, "As usual"), (2.0, "More than usual")]
)
def test_today_is_held_against_the_last_days(
    site: Web, visitor: Visitor, factor: float, said: str
) -> None:
    document = daily(NOW)
    document["today"]["energy_kwh"] *= factor
    put(site, {"daily": document, "weekly": weekly(NOW)})
    page = open_tab(site, visitor, "today")
    page.get_by_text(said).wait_for()


def test_export_has_its_card_where_there_is_any(site: Web, visitor: Visitor) -> None:
    def sunny(bucket: Document) -> Document:
        return bucket | {"export_kwh": 0.5}

    put(site, {**all_four(NOW), "monthly": days("monthly", NOW, change=sunny)})
    page = open_tab(site, visitor, "30-days")
    assert cards(page)["Exported"] == "15.0 kWh"
    page = open_tab(site, visitor, "365-days")
    assert "Exported" not in cards(page)


def test_other_metrics_get_their_own_charts_with_the_file_s_units(
    site: Web, visitor: Visitor
) -> None:
    def more(bucket: Document) -> Document:
        return bucket | {"pool_heat": {"mean": 21.5, "min": 20.0, "max": 22.0}}

    document = weekly(NOW, change=more)
    document["units"] = {**document["units"], "pool_heat": "°C"}
    put(site, {"weekly": document})
    page = open_tab(site, visitor, "7-days")
    visitor.forgive("404")
    eventually(page, lambda: is_drawn(page, "Pool heat"), "the chart is drawn")
    assert table(page, "Pool heat")[1][1:] == ["21.5 °C", "20.0 °C", "22.0 °C"]
    expect(page.get_by_role("heading", name="Voltage", exact=True)).to_be_visible()


def test_power_cuts_are_listed_with_start_and_length(site: Web, visitor: Visitor) -> None:
    def cut(point: Document) -> Document | None:
        clock = point["timestamp"][11:16]
        if clock == "08:30":
            point["interval"]["coverage"] = 0.4
        return None if "03:00" < clock <= "05:20" else point

    put(site, {"daily": daily(NOW, change=cut), "weekly": weekly(NOW)})
    page = open_tab(site, visitor, "today")
    listed = page.locator(".outages:visible li")
    rows = eventually(page, listed.all_inner_texts, "the list of power cuts")
    assert [row.split("\n") for row in rows] == [
        ["Sun 22 Nov, 08:20 to 08:30", "6 mins of it"],
        ["Sun 22 Nov, 03:00 to 05:20", "2 hrs 20 mins"],
    ]
    assert "or a person took it out" in panel_text(page)  # a correction that drops a span


def test_a_partly_known_hour_says_how_much_is_known(site: Web, visitor: Visitor) -> None:
    def partial(bucket: Document) -> Document:
        return bucket | {"coverage": 0.25} if "21T23" in bucket["timestamp"] else bucket

    put(site, {**all_four(NOW), "weekly": weekly(NOW, change=partial)})
    page = open_tab(site, visitor, "7-days")
    page.locator(".key-partial").wait_for()
    slider = page.get_by_role("slider", name="Energy, hour by hour")
    slider.press("ArrowLeft")
    assert "only 25% of it known" in str(slider.get_attribute("aria-valuetext"))


def test_the_downloads_hold_what_is_shown(site: Web, visitor: Visitor) -> None:
    documents = all_four(NOW)
    put(site, documents)
    page = open_tab(site, visitor, "30-days", accept_downloads=True)
    cards(page)
    assert json.loads(_download(page, "JSON")) == documents["monthly"]
    rows = list(csv.DictReader(io.StringIO(_download(page, "CSV"))))
    points = documents["monthly"]["data_points"]
    assert [row["timestamp"] for row in rows] == [point["timestamp"] for point in points]
    assert [float(row["energy kWh"]) for row in rows] == [point["energy_kwh"] for point in points]
    assert [float(row["power max W"]) for row in rows] == [
        point["power"]["max"] for point in points
    ]


def _download(page: Page, kind: str) -> str:
    with page.expect_download() as begun:
        page.get_by_role("button", name=f"Download {kind}").locator("visible=true").click()
    assert begun.value.suggested_filename == f"power-monitor-monthly-2026-11-21.{kind.lower()}"
    return Path(begun.value.path()).read_bytes().decode()
