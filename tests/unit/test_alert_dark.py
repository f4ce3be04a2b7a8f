"""A house dark with its machine: judged when history had its chance, and never for less."""

from support.alerts import Watched, at, reading

from shared.reading import Reading

KNOWN = [reading(f"{hour}:{ten}0", 300) for hour in (15, 16) for ten in range(6)]


def outage(now: str = "16:42", booted: str = "16:40") -> Watched:
    """A house whose last reading is of 14:20, and whose machine and services came back later."""
    house = Watched("14:20")
    house.take(reading("14:20", 400))
    house.now = at(now)
    house.restart(booted=booted)
    return house


def cuts(house: Watched, until: str) -> list[str]:
    return [one.event for one in house.until(until, step_s=60) if one.name == "power-cut"]


def filled(house: Watched, *readings: Reading) -> None:
    house.take(*readings)
    house.collector(started="16:42", backfill=None)


def test_history_that_comes_hours_later_is_waited_for() -> None:
    """The house had power; Home Assistant was out of reach until 21:00."""
    house = outage()
    house.collector(started="16:42")
    house.until("16:43")
    house.collector(started="16:42", backfill={"done": 0.0})
    assert cuts(house, "21:00") == []
    filled(house, *KNOWN)
    assert cuts(house, "22:00") == []
    assert house.watch.memory.times_off == []


def test_history_that_shows_no_power_tells_of_the_cut_as_soon_as_it_is_there() -> None:
    house = outage()
    house.collector(started="16:42", backfill={"done": 0.0})
    assert cuts(house, "21:00") == []
    filled(house, reading("14:30", 400), reading("16:40", None, 0, 7200))
    assert "end" in cuts(house, "21:01")


def test_home_assistant_that_never_answers_is_waited_for_a_day() -> None:
    house = outage()
    house.collector(started="16:42", backfill={"done": 0.0})
    assert cuts(house, "2026-11-23T16:40") == []
    assert "end" in cuts(house, "2026-11-23T16:43")


def test_a_second_cut_before_the_first_is_settled_costs_neither() -> None:
    """Power back for five minutes and gone again: a grid that is being repaired."""
    house = outage()
    house.take(reading("16:44", 400))
    house.until("16:46")
    house.now = at("17:50")
    house.restart(booted="17:48")
    house.collector(started="17:50", backfill=None)
    assert cuts(house, "18:10") == ["start", "end", "start", "end"]
    spans = [(event.since, event.until) for event in house.watch.memory.events]
    assert spans[-2:] == [(at("14:20"), at("16:40")), (at("16:44"), at("17:48"))]


def test_services_started_long_after_their_machine_say_nothing_of_the_house() -> None:
    """They were off, or are started by hand: nothing remembers what was, and that is no cut."""
    house = outage("20:00", booted="16:40")
    house.collector(started="20:00", backfill=None)
    assert cuts(house, "21:30") == []


def test_a_first_start_with_a_history_from_elsewhere_is_no_power_cut() -> None:
    """A new board with its backup, or a file that was imported."""
    house = Watched("16:42", booted="16:40", journal=[reading("14:20", 400)])
    house.collector(started="16:42", backfill=None)
    house.until("16:45")
    house.restart()
    house.collector(started="16:42", backfill=None)
    assert cuts(house, "18:00") == []
