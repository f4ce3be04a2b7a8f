"""Signing in and out of the admin page, and what becomes of the password."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from support.axe import axe_violations
from support.broker import Broker
from support.browser import Visitor
from support.desk import (
    LOST,
    PATIENCE_MS,
    answer,
    badge_of,
    open_admin,
    open_desk,
    press,
    sign_in,
)
from support.house import House


@pytest.fixture(name="monitor", scope="module")
def a_monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run an aggregator behind broker and web server, for all tests that leave them alone."""
    directory = tmp_path_factory.mktemp("house")
    broker = Broker(directory / "broker-state", "test-sign-in")
    broker.start()
    try:
        with House(directory, broker) as running:
            running.start("aggregator")
            yield running
    finally:
        broker.stop()


@pytest.fixture
def own_monitor(house: Callable[..., House]) -> Iterator[House]:
    """Run another one, to stop its broker or to change what it serves."""
    with house() as running:  # a moved clock would not outlive a broker's restart
        running.start("aggregator")
        yield running


def test_a_wrong_password_is_told_and_the_right_one_opens(monitor: House, visitor: Visitor) -> None:
    page = open_admin(visitor, monitor)
    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    sign_in(page, monitor.broker.password("viewer"))
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    sign_in(page, monitor.broker.password("admin"))
    expect(page.get_by_role("heading", name="Aggregator")).to_be_visible()


def test_a_broker_that_is_away_is_not_taken_for_a_wrong_password(
    own_monitor: House, visitor: Visitor
) -> None:
    visitor.forgive(LOST)
    page = open_admin(visitor, own_monitor)
    own_monitor.broker.stop()
    sign_in(page, own_monitor.broker.password("admin"))
    expect(page.get_by_role("alert")).to_contain_text("does not answer")


def test_a_password_manager_can_fill_the_form(monitor: House, visitor: Visitor) -> None:
    page = open_admin(visitor, monitor)
    user, password = page.locator("form input").all()
    assert (user.get_attribute("autocomplete"), user.input_value()) == ("username", "admin")
    assert password.get_attribute("autocomplete") == "current-password"
    assert password.get_attribute("type") == "password"


def test_the_password_is_kept_nowhere(monitor: House, visitor: Visitor) -> None:
    """Neither in a storage, a cookie, the address, the history, nor anywhere in the page."""
    page = open_desk(visitor, monitor, "aggregator")
    kept = page.evaluate(
        """async () => [
            JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, name,
            JSON.stringify(history.state), location.href, document.documentElement.outerHTML,
            JSON.stringify((await indexedDB.databases()).map((one) => one.name)),
            JSON.stringify(await caches.keys()),
            ...[...document.querySelectorAll("input, textarea")].map((input) => input.value),
        ]"""
    )
    password = monitor.broker.password("admin")
    assert [text for text in kept if password in text] == []
    assert kept[1] == "{}"


def test_a_wrong_password_does_not_stay_in_its_field(monitor: House, visitor: Visitor) -> None:
    page = open_admin(visitor, monitor)
    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    assert page.get_by_label("Password").input_value() == ""


def test_signing_out_leaves_nothing_and_asks_anew(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("alert")).to_contain_text("signed out")
    assert page.locator(".desk").count() == 0
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_page_signs_in_again_when_the_broker_is_back(
    own_monitor: House, visitor: Visitor
) -> None:
    visitor.forgive(LOST)
    page = open_desk(visitor, own_monitor, "aggregator")
    own_monitor.broker.stop()
    expect(page.locator("#connection")).to_contain_text("again")
    press(page, "rollup", "Roll up")
    expect(answer(page, "rollup")).to_contain_text("broker is away")
    own_monitor.broker.start()
    expect(page.locator("#connection")).to_have_text("connected", timeout=PATIENCE_MS)
    expect(badge_of(page, "aggregator")).to_have_text("online", timeout=2 * PATIENCE_MS)
    press(page, "rollup", "Roll up")
    expect(answer(page, "rollup")).to_contain_text("weekly.json")


def test_a_password_that_was_changed_leads_back_to_the_form(
    own_monitor: House, visitor: Visitor
) -> None:
    visitor.forgive(LOST)
    page = open_desk(visitor, own_monitor, "aggregator")
    own_monitor.broker.stop()
    (own_monitor.broker.own.credentials_dir / "admin").write_text("another-password\n")
    own_monitor.broker.start()
    expect(page.get_by_role("alert")).to_contain_text("Sign in again", timeout=PATIENCE_MS)
    sign_in(page, "another-password")
    expect(page.get_by_role("heading", name="Aggregator")).to_be_visible()


def test_a_page_without_a_broker_says_so(own_monitor: House, visitor: Visitor) -> None:
    own_monitor.web.tell(mqtt=None)
    page = open_admin(visitor, own_monitor)
    expect(page.get_by_role("alert")).to_contain_text("reaches no broker")


def test_everything_can_be_done_with_the_keyboard(monitor: House, visitor: Visitor) -> None:
    """From the skip link through the form to an action and back out."""
    page = open_admin(visitor, monitor)
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(monitor.broker.password("admin"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Aggregator")).to_be_visible()
    walked = []
    for _ in range(60):
        page.keyboard.press("Tab")
        walked.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent")
        )
        if walked[-1] == "Roll up":
            break
    page.keyboard.press("Enter")
    expect(answer(page, "rollup")).to_contain_text("weekly.json")
    assert page.evaluate("document.activeElement.textContent") == "Roll up"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(
    monitor: House, visitor: Visitor, scheme: str, width: int
) -> None:
    page = open_admin(visitor, monitor, scheme=scheme, size=(width, 800))
    assert axe_violations(page) == []
    sign_in(page, monitor.broker.password("admin"))
    press(page, "rollup", "Roll up")
    answer(page, "rollup")
    page.get_by_role("radio", name="Set a value").check()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_german_is_spoken_too(monitor: House, visitor: Visitor) -> None:
    page = open_admin(visitor, monitor, locale="de-DE")
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    page.locator("#language").select_option("en")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_without_a_remote_the_way_to_one_is_told(monitor: House, visitor: Visitor) -> None:
    """There is no syncer then, and starting one would not help."""
    page = open_desk(visitor, monitor)
    press(page, "push", "Push")
    expect(answer(page, "push")).to_contain_text("it runs once a remote is configured")
    expect(answer(page, "push").locator("code")).to_have_text("power-monitor setup")
