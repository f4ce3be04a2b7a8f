"""Times are the house's, whatever the browser's zone; days have the hours they have."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page
from support.browser import Visitor
from support.documents import Document, daily, days, instant, weekly
from support.page import (
    card_text,
    cards,
    choose,
    eventually,
    is_drawn,
    panel_text,
    table,
    wait_for_card,
)
from support.web import Web

from shared.times import Zone

SPRING, AUTUMN = "2026-03-29", "2026-10-25"
EVENING = {SPRING: "2026-03-29T23:50:00+02:00", AUTUMN: "2026-10-25T23:50:00+01:00"}
NEXT_DAY = {SPRING: "2026-03-30T12:00:00+02:00", AUTUMN: "2026-10-26T12:00:00+01:00"}
ELSEWHERE = ("America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kolkata")


def axis(page: Page) -> list[str]:
    """Return the words of the first chart's time axis."""
    eventually(page, lambda: is_drawn(page, page.locator(".chart h2").first.inner_text()), "drawn")
    words: list[str] = first_chart(page, "chart.scales.x.ticks.map(tick => tick.label)")
    return words


def first_chart(page: Page, expression: str) -> Any:
    """Evaluate an expression of the `chart` that stands first on the page."""
    canvas = page.locator("section.chart:visible canvas").first
    return canvas.evaluate(f"canvas => (chart => {expression})(Chart.getChart(canvas))")


@pytest.mark.parametrize("zone", ELSEWHERE)
def test_times_are_the_house_s_whatever_the_browser_s(
    site: Web, visitor: Visitor, zone: str
) -> None:
    now = "2026-11-22T14:20:00+01:00"
    site.put("daily", daily(now))
    site.put("weekly", weekly(now))
    page = visitor.open(site.url, now=now, zone=zone)
    assert "at 14:20" in card_text(page, "Now")
    assert axis(page)[0] == "00:00"
    choose(page, "7 Days")
    rows = table(page, "Energy, hour by hour")
    assert rows[1][0] == "Sat 21 Nov, 23:00 - 00:00 (weekend)"
    assert rows[-1][0] == "Sun 15 Nov, 00:00 - 01:00 (weekend)"


@pytest.mark.parametrize(("date", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_day_of_a_clock_change_is_as_long_as_it_is(
    site: Web, visitor: Visitor, date: str, hours: int
) -> None:
    now = EVENING[date]
    site.put("daily", daily(now))
    page = visitor.open(site.url, now=now, zone="UTC")
    words = eventually(page, lambda: len(axis(page)) > 6 and axis(page), "the axis in full")
    assert words.count("02:00") == (2 if hours == 25 else 0)
    span_h = "(chart.scales.x.max - chart.scales.x.min) / 3.6e6"
    assert first_chart(page, span_h) == hours
    assert "None: all of this time is known." in panel_text(page)


@pytest.mark.parametrize(("date", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_week_with_a_clock_change_has_all_its_hours(
    site: Web, visitor: Visitor, date: str, hours: int
) -> None:
    now = NEXT_DAY[date]
    site.put("weekly", weekly(now))
    page = visitor.open(f"{site.url}#7-days", now=now, zone="America/Los_Angeles")
    rows = table(page, "Energy, hour by hour")[1:]
    assert len(rows) == 144 + hours
    assert len([row for row in rows if f"{int(date[-2:])} " in row[0]]) == hours
    assert "None: all of this time is known." in panel_text(page)


def test_the_repeated_hour_says_which_it_is(site: Web, visitor: Visitor) -> None:
    """In tables and in the list of gaps; no other hour says more than its time."""

    def cut(point: Document) -> Document | None:
        second = point["timestamp"].startswith("2026-10-25T02") and "+01:00" in point["timestamp"]
        return None if second else point

    site.put("weekly", weekly(NEXT_DAY[AUTUMN]))
    page = visitor.open(f"{site.url}#7-days", now=NEXT_DAY[AUTUMN], zone="UTC")
    hours = [row[0] for row in table(page, "Energy, hour by hour") if row[0].startswith("Sun 25")]
    assert [hour.removesuffix(" (weekend)") for hour in hours[-4:]] == [
        *("Sun 25 Oct, 02:00 CET - 03:00", "Sun 25 Oct, 02:00 CEST - 02:00 CET"),
        *("Sun 25 Oct, 01:00 - 02:00 CEST", "Sun 25 Oct, 00:00 - 01:00"),
    ]
    site.put("daily", daily(EVENING[AUTUMN]))
    page = visitor.open(site.url, now=EVENING[AUTUMN], zone="UTC")
    times = [row[0] for row in table(page, "Power today")[1:]]
    assert len(set(times)) == len(times) == 149
    assert [time for time in times if time.startswith("02:00")] == [
        *("02:00 CET - 02:10 CET", "02:00 CEST - 02:10 CEST"),
    ]
    site.put("daily", daily(EVENING[AUTUMN], change=cut))
    page = visitor.open(site.url, now=EVENING[AUTUMN], zone="UTC")
    cards(page)
    assert "Sun 25 Oct, 02:50 CEST to 02:50 CET" in panel_text(page)


def test_a_month_with_a_clock_change_has_no_gap_and_no_day_twice(
    site: Web, visitor: Visitor
) -> None:
    now = NEXT_DAY[AUTUMN]
    site.put("monthly", days("monthly", now))
    page = visitor.open(f"{site.url}#30-days", now=now, zone="Asia/Tokyo")
    rows = table(page, "Energy, day by day")[1:]
    assert rows[0][0].startswith("Sun, 25 Oct 2026")
    assert len({row[0] for row in rows}) == len(rows) == 30


def test_yesterday_at_this_hour_is_by_the_clock_on_the_wall(site: Web, visitor: Visitor) -> None:
    """On the day after the change, yesterday until 12:00 had 13 hours."""
    now = NEXT_DAY[AUTUMN]
    hours = [point for point in weekly(now)["data_points"] if point["timestamp"][:10] == AUTUMN]
    before = sum(point["energy_kwh"] for point in hours[:13])
    document = daily(now)
    document["today"]["energy_kwh"] = before * 1.25
    site.put("daily", document)
    site.put("weekly", weekly(now))
    page = visitor.open(site.url, now=now, zone="UTC")
    assert "▲ 25% more" in wait_for_card(page, "Today", "than yesterday until 12:00")


def test_a_gap_is_a_hole_in_the_curve(site: Web, visitor: Visitor) -> None:
    def cut(point: Document) -> Document | None:
        return None if "T03" < point["timestamp"][10:13] <= "T05" else point

    now = "2026-11-22T14:20:00+01:00"
    site.put("daily", daily(now, change=cut))
    page = visitor.open(site.url, now=now)
    eventually(page, lambda: is_drawn(page, "Power today"), "drawn")
    holes = first_chart(
        page,
        """chart.data.datasets.map(
            ({data}) => data.filter(({y}) => Number.isNaN(y)).map(({x}) => x / 1000))""",
    )
    # The reading of 06:00 speaks of ten minutes before it.
    assert holes == [[instant("2026-11-22T05:50:00+01:00")]] * 3


# The page's own Zone against Python's

ZONES = [
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Havana"),
    *("America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("Africa/Cairo", "America/St_Johns", "Pacific/Kiritimati", "Etc/UTC"),
]


@pytest.mark.parametrize("name", ZONES)
def test_days_and_hours_begin_where_the_aggregator_has_them(
    site: Web, visitor: Visitor, name: str
) -> None:
    """Two years, day by day; each day's hours too where it is no usual one."""
    zone = Zone(name)
    first = datetime(2018, 1, 1, 12, tzinfo=ZoneInfo(name)).astimezone(UTC).timestamp()
    dates = [zone.day_of(first + index * 86_400) for index in range(730)]
    expected = [
        [edge * 1000 for edge in edges] if (edges[-1] - edges[0]) != 86_400 else [edges[0] * 1000]
        for edges in map(zone.hour_edges, dates)
    ]
    page = visitor.open(f"{site.url}#help")
    found = page.evaluate(
        """async ([name, dates]) => {
            const { Zone } = await import('./js/zone.js');
            const zone = new Zone(name);
            return dates.map(date => {
                const [start, end] = [zone.startOfDate(date), zone.nextDay(zone.startOfDate(date))];
                return end - start === 86400000 ? [start] : [...zone.hours(start, end), end];
            });
        }""",
        [name, [date.isoformat() for date in dates]],
    )
    assert found == expected
