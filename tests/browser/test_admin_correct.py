"""Correcting readings on the admin page: picked in the chart, by a span of time, or a whole day."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from support.browser import Visitor
from support.desk import NOW, agree, answer, open_desk, panel, press
from support.house import House
from support.wait import wait_until

from shared.times import Zone

BERLIN = Zone("Europe/Berlin")
COUNT = 13
STEP_S = 600
SPIKE = 6  # which of the readings is wrong


@pytest.fixture(name="monitor")
def a_monitor(house: Callable[..., House]) -> Iterator[House]:
    """Run an aggregator that has two hours of today, with one wrong reading among them."""
    with house(now=NOW) as running:
        running.start("aggregator")
        with running.broker.client("publisher") as publisher:
            for at in range(COUNT):
                publisher.publish(running.topics.reading, reading(time_of(at), power_of(at)))
        running.stack.wait_for_points("daily", COUNT)
        yield running


def time_of(at: int) -> float:
    """Return when a reading was taken; the last ten minutes ago."""
    return NOW - (COUNT - at) * STEP_S


def power_of(at: int) -> float:
    return 99999 if at == SPIKE else 100 + at


def reading(time: float, power: float) -> str:
    stats = {"mean": power, "min": power, "max": power}
    interval = {"seconds": STEP_S, "coverage": 1, "power": stats}
    return json.dumps({"timestamp": BERLIN.iso(time), "power": power, "interval": interval})


def powers(monitor: House) -> list[float]:
    return [point["power"] for point in monitor.stack.document("daily")["data_points"]]


def wait_for_powers(monitor: House, without: list[int]) -> None:
    """Wait until daily.json has all readings but these, which are not known any more."""
    left = [power_of(at) for at in range(COUNT) if at not in without]
    wait_until(lambda: powers(monitor) == left, what=f"all but {without} in daily.json")


def slider(page: Page) -> Locator:
    """Return the chart, once it shows the readings."""
    chart = page.get_by_role("slider")
    expect(chart).to_have_attribute("aria-valuemax", str(COUNT - 1))
    return chart


def place(chart: Locator, at: int) -> dict[str, float]:
    """Return where in the chart a reading is."""
    box = chart.bounding_box()
    assert box
    return {"x": box["width"] * at / (COUNT - 1), "y": box["height"] / 2}


def test_a_reading_picked_with_the_mouse_is_dropped(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    chart = slider(page)
    chart.click(position=place(chart, SPIKE))  # type: ignore[arg-type]
    expect(chart).to_have_attribute("aria-valuetext", "10:50:00, 99,999\u00a0W")
    press(page, "correct", "Correct")
    expect(page.get_by_role("dialog")).to_contain_text("Make it unknown: 10:50:00")
    agree(page, "Correct")
    expect(answer(page, "correct")).to_contain_text("1 reading corrected")
    wait_for_powers(monitor, without=[SPIKE])
    expect(page.locator(".picker .scale")).to_have_text("112\u00a0W")


def test_nothing_is_corrected_without_a_yes(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    press(page, "correct", "Correct")
    expect(page.locator("#correct [role=alert]")).to_contain_text("Pick a reading")
    slider(page).press("Home")
    with monitor.broker.client() as witness:
        witness.subscribe(monitor.topics.request("aggregator", "correct"))
        press(page, "correct", "Correct")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        witness.subscribe("nothing/more")
        assert witness.messages == []


def test_a_reading_picked_with_the_keyboard_gets_a_value(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    chart = slider(page)
    chart.focus()
    page.keyboard.press("Home")
    for _ in range(SPIKE):
        page.keyboard.press("ArrowRight")
    expect(chart).to_have_attribute("aria-valuenow", str(SPIKE))
    page.get_by_role("radio", name="Set a value").check()
    page.get_by_label("Value in W").fill("250.5")
    press(page, "correct", "Correct")
    expect(page.get_by_role("dialog")).to_contain_text("Set power to 250.5\u00a0W: 10:50:00")
    agree(page, "Correct")
    expect(answer(page, "correct")).to_contain_text("1 reading corrected")
    wait_until(lambda: powers(monitor)[SPIKE] == 250.5, what="the new value")


def test_several_readings_are_dragged_over(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    chart = slider(page)
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    xs = [box["x"] + place(chart, at)["x"] for at in (SPIKE - 1, SPIKE + 1)]
    page.mouse.move(xs[0], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(xs[1], box["y"] + 30, steps=5)
    page.mouse.up()
    said = "3 readings from 10:40:00 to 11:00:00"
    expect(chart).to_have_attribute("aria-valuetext", said)
    press(page, "correct", "Correct")
    agree(page, "Correct")
    expect(answer(page, "correct")).to_contain_text("3 readings corrected")
    wait_for_powers(monitor, without=[SPIKE - 1, SPIKE, SPIKE + 1])


def test_a_finger_picks_too(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator", has_touch=True, size=(390, 844))
    chart = slider(page)
    chart.tap(position=place(chart, SPIKE))  # type: ignore[arg-type]
    expect(chart).to_have_attribute("aria-valuenow", str(SPIKE))


def test_a_span_of_time_is_in_the_houses_time(monitor: House, visitor: Visitor) -> None:
    """Whatever the browser's zone; the end is left out."""
    page = open_desk(visitor, monitor, "aggregator", zone="America/New_York")
    page.get_by_role("radio", name="A span of time").check()
    page.get_by_label("From").fill("2026-11-22T10:50")
    page.get_by_label("To (left out)").fill("2026-11-22T11:00")
    press(page, "correct", "Correct")
    agree(page, "Correct")
    expect(answer(page, "correct")).to_contain_text("1 reading corrected")
    wait_for_powers(monitor, without=[SPIKE])


def test_an_older_day_gets_its_energy(monitor: House, visitor: Visitor) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    page.get_by_role("radio", name="A whole older day").check()
    page.get_by_role("radio", name="Set a value").check()
    page.get_by_label("Day", exact=True).fill("2026-06-01")
    page.get_by_label("Energy of the day").fill("9.5")
    press(page, "correct", "Correct")
    agree(page, "Correct")
    expect(answer(page, "correct")).to_contain_text("2026-06-01")
    document = monitor.stack.wait_for_points("yearly", 1)
    assert document["data_points"][0]["timestamp"] == "2026-06-01T00:00:00+02:00"
    assert document["data_points"][0]["energy_kwh"] == 9.5


def test_a_day_that_is_not_over_is_refused_with_what_to_do(
    monitor: House, visitor: Visitor
) -> None:
    page = open_desk(visitor, monitor, "aggregator")
    page.get_by_role("radio", name="A whole older day").check()
    page.get_by_label("Day", exact=True).fill("2026-11-22")
    press(page, "correct", "Correct")
    agree(page, "Correct")
    expect(answer(page, "correct")).to_contain_text("is not over yet")
    expect(panel(page, "correct").locator(".hint")).to_contain_text("correct its readings")
