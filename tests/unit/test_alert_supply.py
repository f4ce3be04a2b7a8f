"""Whether the house has power, as readings say it: what is unknown is not gone."""

from support.alerts import Watched, at, reading


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
    house.now = at("13:09")
    house.restart()
    house.collector(started="10:00")
    silence(house, "13:10", "13:20")
    assert events(house, "13:21") == [("power-cut", "start")]


def test_a_long_power_cut_is_not_told_as_missing_readings_too() -> None:
    house = Watched("13:00")
    house.take(reading("13:00", 400))
    silence(house, *(f"{hour}:{ten}0" for hour in (13, 14, 15) for ten in range(1, 6)))
    assert [(one.name, one.event) for one in house.told] == [("power-cut", "start")]
