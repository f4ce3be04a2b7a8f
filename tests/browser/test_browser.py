"""What the tests in a browser stand on: the clock, the zone, and a browser that tells on us."""

import time
from collections.abc import Callable

import pytest
from support.axe import axe_violations
from support.browser import Visitor
from support.house import House
from support.page import eventually
from support.web import Web

from shared.times import iso_utc

SUMMER = "2026-03-29T03:30:00+02:00"


def test_a_page_sees_the_clock_zone_language_and_size_of_the_test(
    site: Web, visitor: Visitor
) -> None:
    page = visitor.open(site.url, now=SUMMER, zone="Asia/Tokyo", locale="de-DE", size=(320, 640))
    seen = "[new Date().toISOString(), new Date().getHours(), navigator.language, innerWidth]"
    assert page.evaluate(seen) == ["2026-03-29T01:30:00.000Z", 10, "de-DE", 320]


def test_a_ticking_clock_goes_on_from_there(site: Web, visitor: Visitor) -> None:
    page = visitor.open(site.url, now=SUMMER, ticking=True)
    page.clock.fast_forward("01:00:00")
    assert page.evaluate("new Date().toISOString()") > "2026-03-29T02:30:00"


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('on fire')", "on fire"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
        ("fetch('absent.json')", "404"),
        ("fetch('https://example.invalid/x').catch(() => 0)", "Content Security Policy"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("location = 'http://example.invalid/'", "request to another host"),
    ],
)
def test_what_the_browser_complains_about_fails_the_test(
    site: Web, visitor: Visitor, script: str, complaint: str
) -> None:
    visitor.open(site.url).evaluate(f"() => {{ {script} }}")
    visitor.wait_for_complaint(complaint)
    with pytest.raises(AssertionError, match=complaint):
        visitor.close()


def test_other_hosts_answer_what_the_test_says(site: Web, visitor: Visitor) -> None:
    address = "https://elsewhere.invalid/monthly.json"
    page = visitor.open(site.url, elsewhere={address: '{"data_points": []}'})
    page.goto(address)
    assert page.evaluate("document.body.textContent") == '{"data_points": []}'


def test_axe_finds_what_is_wrong(site: Web, visitor: Visitor) -> None:
    page = visitor.open(site.url)
    page.evaluate("document.body.append(document.createElement('img'))")
    assert any(line.startswith("image-alt (critical)") for line in axe_violations(page))


def test_the_page_shows_a_reading_of_the_whole_monitor(
    house: Callable[..., House], visitor: Visitor
) -> None:
    """From a broker's user through the aggregator and lighttpd into the browser."""
    with house() as monitor:
        monitor.start("aggregator")
        monitor.stack.wait_for_points("yearly", 0)
        page = visitor.open(monitor.web.url, now=None)
        assert page.evaluate("fetch('site.json').then(it => it.json())") == monitor.web.site
        with monitor.broker.client("publisher") as publisher:
            publisher.publish(
                monitor.topics.reading, f'{{"timestamp": "{iso_utc(time.time())}", "power": 412.5}}'
            )
        monitor.stack.wait_for_points("daily", 1)
        seen = "fetch('daily.json').then(it => it.json())"
        eventually(
            page, lambda: page.evaluate(seen) == monitor.stack.document("daily"), "the reading"
        )
        visitor.close()  # before the monitor: a page asks again and again
