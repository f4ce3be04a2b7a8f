"""Alerts over a clock that jumps: nothing false is told, and nothing true is missed after it."""

from support.alerts import Watched, at, names, reading

DAY_S = 86400.0
CLOCK = [{"name": "clock", "text": "Home Assistant's clock is about 2 days behind ours"}]


def house_that_is_on() -> Watched:
    """A machine that has been on since the morning, with its services."""
    house = Watched("08:00", booted="07:59", journal=[reading("07:50", 400)])
    house.restart(booted="07:59")
    house.collector(started="08:00", backfill=None)
    house.now = at("12:01")
    house.take(reading("12:00", 400))
    house.until("12:05")
    house.told.clear()
    return house


def jump(house: Watched, days: float) -> None:
    """Set the clock; how long machine and services have been on stays what it is."""
    house.now += days * DAY_S
    house.booted += days * DAY_S
    house.served += days * DAY_S


def test_a_clock_that_jumps_ahead_tells_of_no_silence_and_no_outage() -> None:
    house = house_that_is_on()
    jump(house, 2)
    house.collector(started="2026-11-24T08:00", backfill=None, problems=CLOCK)
    assert house.until("2026-11-24T12:20") == []


def test_after_a_clock_that_was_ahead_a_power_cut_is_told_at_once() -> None:
    """Readings of the right time are new again, though some are there of a later one."""
    house = house_that_is_on()
    jump(house, 2)
    house.take(reading("2026-11-24T12:10", 400))
    house.until("2026-11-24T12:15")
    jump(house, -2)
    house.take(reading("12:20", 0, voltage=0))
    assert names(house.until("12:21")) == [("power-cut", "start")]


def test_after_a_clock_that_was_ahead_silence_is_told_in_its_time() -> None:
    house = house_that_is_on()
    jump(house, 2)
    house.take(reading("2026-11-24T12:10", 400))
    house.until("2026-11-24T12:15")
    jump(house, -2)
    house.take(reading("12:20", 400))
    assert house.until("13:10") == []
    assert names(house.until("13:40")) == [("no-reading", "start")]


def test_after_a_clock_that_was_ahead_a_cut_with_the_machine_itself_is_told() -> None:
    house = house_that_is_on()
    jump(house, 2)
    house.collector(started="2026-11-24T08:00", backfill=None, problems=CLOCK)
    house.until("2026-11-24T12:15")
    jump(house, -2)
    house.take(reading("12:20", 400))
    house.until("12:30")
    house.now = at("16:42")
    house.restart(booted="16:40")
    house.collector(started="16:42", backfill=None)
    assert ("power-cut", "end") in names(house.until("17:00"))
