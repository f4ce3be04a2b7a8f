"""Whether the house has power, as readings say it: what is unknown is not gone."""

from support.alerts import Watched, at, names, reading

from shared.reading import Interval, Reading, Stats

Volts = tuple[float, float, float]  # at the end, mean, greatest


def events(house: Watched, until: str) -> list[tuple[str, str]]:
    return [(one.name, one.event) for one in house.until(until)]


# Sources that have not been heard yet


def silence(house: Watched, *ticks: str, **more: float | None) -> None:
    """Let ticks come at which no source is known."""
    for tick in ticks:
        house.until(tick)
        house.take(reading(tick, None, 0, 600, **more))


def test_a_device_not_heard_since_the_collectors_start_is_not_gone() -> None:
    """A plug that speaks once an hour; the collector starts again in between."""
    house = Watched("13:00", patience_s=9000)
    house.take(reading("13:00", 3, voltage=241))
    house.until("13:10")
    house.take(reading("13:10", 3, voltage=241))
    house.now = at("13:15")
    house.collector(started="13:14")
    silence(house, "13:20", "13:30", "13:40", "14:10", voltage=None)
    assert events(house, "14:14") == []
    assert house.told == []
    house.take(reading("14:14", 3, voltage=241))
    assert events(house, "14:30") == []


def test_nothing_is_gone_at_the_very_first_start() -> None:
    house = Watched("13:00")
    house.collector(started="12:59")
    silence(house, "13:10", "13:20", "13:30")
    assert events(house, "13:40") == []


def test_nothing_is_told_falsely_when_house_and_board_are_back_from_a_cut() -> None:
    """Home Assistant answers, and its devices come one after the other."""
    house = Watched("13:00")
    house.take(reading("13:00", 400))
    house.now = at("13:16")
    house.restart(booted="13:15")
    house.collector(started="13:16")
    silence(house, "13:20", "13:30", "13:40")
    house.take(reading("13:50", 400))
    assert events(house, "14:10") == []
    assert house.told == []


def test_one_source_that_went_waits_for_the_chance_of_one_not_heard_yet() -> None:
    house = Watched("13:00", patience_s=3600)
    house.collector(started="12:59")
    house.take(reading("13:00", 400, kitchen=None))
    silence(house, "13:10", "13:20", "13:30", kitchen=None)
    assert events(house, "13:59") == []
    assert events(house, "14:02")[:1] == [("power-cut", "start")]


def test_a_cut_that_began_while_the_collector_started_is_told_in_the_end() -> None:
    house = Watched("13:00")
    house.take(reading("13:00", 400))
    house.now = at("13:04")
    house.collector(started="13:03")
    silence(house, "13:10", "13:20", "13:30", "13:40", "13:50")
    (told,) = house.until("14:05")
    assert (told.name, told.event) == ("no-reading", "start")
    assert told.text == "None of the sources has said anything since 2026-11-22 13:00."
    house.take(reading("14:05", 400))
    assert events(house, "14:10") == [("no-reading", "end")]


def test_a_cut_that_began_while_the_aggregator_was_away_is_told() -> None:
    """What was known before is in the journal, and the collector has been there all the time."""
    house = Watched("13:00")
    house.take(reading("13:00", 400))
    house.now = at("13:39")
    house.restart()
    house.collector(started="10:00")
    silence(house, "13:40", "13:50")
    assert events(house, "13:51") == [("power-cut", "start")]


def test_a_long_power_cut_is_not_told_as_missing_readings_too() -> None:
    house = Watched("13:00")
    house.take(reading("13:00", 400))
    silence(house, *(f"{hour}:{ten}0" for hour in (13, 14, 15) for ten in range(1, 6)))
    assert [(one.name, one.event) for one in house.told] == [("power-cut", "start")]


# What the voltage of the time before a reading says


def test_a_cut_between_two_readings_begins_and_ends_where_the_mean_says() -> None:
    """113 s dark: off 13:16:05, back 13:17:58, with a reading each minute."""
    house = Watched("13:15")
    house.take(mains("13:15", 230, 230, 230))
    house.until("13:16")
    house.take(mains("13:16", 230, 230, 230))
    house.until("13:17")
    house.take(mains("13:17", 0, 5 * 230 / 60, 230))
    (start,) = house.until("13:18")
    assert (start.event, start.since) == ("start", at("13:16") + 5)
    house.take(mains("13:18", 230, 2 * 230 / 60, 230))
    (end,) = house.until("13:20")
    assert (end.since, end.until) == (at("13:16") + 5, at("13:17") + 58)
    assert end.text == "The power is back. 2 min, from 2026-11-22 13:16 to 13:17."


def test_a_cut_within_one_interval_is_told_with_what_can_be_known() -> None:
    house = Watched("13:15")
    house.take(mains("13:15", 230, 230, 230))
    house.until("13:16")
    house.take(mains("13:16", 230, 76.467, 230))
    (start, end) = house.until("13:18")
    assert (start.event, start.since, start.text) == (
        "start",
        at("13:15"),
        "The power was out for at most 41 s.",
    )
    assert (end.event, end.since, end.until) == ("end", at("13:15"), at("13:16"))
    assert end.text == (
        "The power is back. At most 41 s, at some time from 2026-11-22 13:15 to 13:16."
    )
    assert [(one.since, one.until) for one in house.watch.memory.events] == [
        (at("13:15"), at("13:16"))
    ]
    house.restart()
    assert house.until("13:30") == []


def test_many_cuts_within_their_intervals_are_no_flood() -> None:
    house = Watched("13:00")
    for minute in range(1, 60):
        house.until(f"13:{minute:02}")
        house.take(mains(f"13:{minute:02}", 230, 200, 230))
    told = house.told + house.until("14:30")
    assert len([one for one in told if one.name == "power-cut"]) <= 6
    (event,) = [one for one in house.watch.memory.events if one.until is not None][-1:]
    assert "times, at some time from" in event.text


def test_a_cut_soon_after_brief_ones_is_told_while_it_lasts() -> None:
    house = Watched("13:01")
    for minute, mean in (("13:01", 230), ("13:02", 76), ("13:03", 230), ("13:04", 76)):
        house.until(minute)
        house.take(mains(minute, 230, mean, 230))
    house.until("13:05")  # the second time it is waited longer before a brief one is called over
    house.take(mains("13:05", 0, 20, 230))
    assert [one.event for one in house.until("13:06")] == ["end", "start"]
    (event,) = [one for one in house.watch.memory.events if one.until is None]
    assert event.text == "The power is out: there is no voltage."


def test_a_brief_cut_in_maintenance_is_not_told() -> None:
    house = Watched("13:15")
    house.quiet = True
    house.take(mains("13:15", 230, 76, 230))
    house.until("13:20")
    house.quiet = False
    assert events(house, "13:30") == []


def test_one_phase_of_two_that_was_dead_for_a_while_is_no_power_cut() -> None:
    house = Watched("13:15")
    house.take(mains("13:15", 230, 230 / 2, 230, voltage_l2=(230, 230, 230)))
    assert events(house, "13:20") == []


def test_a_voltage_heard_while_home_assistant_is_away_tells_of_the_cut_while_it_lasts() -> None:
    """And that readings are missing is told all the same: they say nothing of power."""
    house = Watched("13:00")
    house.take(reading("13:00", 400, voltage=230))
    away = {"problems": [{"name": "home_assistant", "text": "Home Assistant does not answer"}]}
    house.collector(started="12:00", **away)
    house.until("13:10")
    house.take(alone("13:10", 0))
    assert events(house, "13:11") == [("power-cut", "start")]
    for tick in ("13:20", "13:30", "13:40", "13:50"):
        house.until(tick)
        house.take(alone(tick, 0))
    house.until("14:00")
    house.take(alone("14:00", 230))
    told = sorted(house.until("14:02"), key=lambda one: one.name)
    assert [(one.name, one.event) for one in told] == [
        ("no-reading", "start"),
        ("power-cut", "end"),
    ]
    assert (
        told[0].text == "The last reading is of 2026-11-22 13:00: Home Assistant does not answer."
    )
    assert told[1].text == "The power is back. 1 h, from 2026-11-22 13:00 to 14:00."


def alone(now: str, volts: float) -> Reading:
    """Return what the collector says of a voltage while it can't ask Home Assistant."""
    return Reading(at(now), {"voltage": volts}, heartbeat=1500)


def mains(now: str, value: float, mean: float, high: float, **more: Volts) -> Reading:
    """Return a reading of a minute: the voltage at its end, and how it was before."""
    low = 0.0 if mean < value or value == 0 else value
    volts = {"voltage": (value, mean, high), **more}
    values = {name: one[0] for name, one in volts.items()}
    stats = {
        name: Stats(one[1], low if name == "voltage" else one[1], one[2], 1.0)
        for name, one in volts.items()
    }
    power = {"power": Stats(0, 0, 0, 1.0)}
    interval = Interval(60, 1.0, 0.0, 0.0, {**power, **stats})
    return Reading(at(now), {"power": 0.0, **values}, {}, interval)


def test_an_entity_that_was_renamed_is_no_power_cut() -> None:
    """Home Assistant knows it no more: it is told as what it is, and ends with the right name."""
    house = Watched("13:00")
    for minute in ("13:00", "13:10"):
        house.until(minute)
        house.take(reading(minute, 400))
    problem = {"name": "entity:power", "text": "Home Assistant has no entity sensor.house"}
    for minute in ("13:20", "13:30", "13:40", "13:50", "14:00", "14:10", "14:20"):
        house.until(minute)
        house.take(reading(minute, None, 0.0))
        house.collector(started="10:00", problems=[problem])
    house.until("14:30")
    assert names(house.told) == [("no-reading", "start")]
    assert "no entity sensor.house" in house.told[0].text
    house.take(reading("14:30", 400))
    house.collector(started="10:00", problems=[])
    assert names(house.until("14:35")) == [("no-reading", "end")]


def test_a_renamed_entity_beside_one_that_went_silent_is_a_power_cut() -> None:
    house = Watched("13:00")
    problem = {"name": "entity:power", "text": "Home Assistant has no entity sensor.house"}
    house.take(reading("13:00", 400, voltage=230))
    house.collector(started="10:00", problems=[problem])
    for minute in ("13:10", "13:20"):
        house.until(minute)
        house.take(reading(minute, None, 0.0, voltage=None))
    house.until("13:25")
    assert names(house.told) == [("power-cut", "start")]
