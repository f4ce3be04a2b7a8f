"""What is told of house and monitor: from what is seen to what is said, over restarts."""

from support.alerts import Watched, at, names, reading

from shared.reading import Reading

LITTLE = 20_000_000


def test_a_power_cut_is_told_with_its_begin_its_end_and_its_length() -> None:
    """All sources gone at 14:26; the next reading is sure of it; back at 15:03."""
    house = Watched("14:20")
    house.take(reading("14:20", 400))
    house.until("14:30")
    house.take(reading("14:30", None, coverage=0.6))
    assert house.until("14:40") == []  # Home Assistant may just have started
    house.take(reading("14:40", None, coverage=0))
    (start,) = house.until("15:10")
    assert (start.name, start.event, start.since) == ("power-cut", "start", at("14:26"))
    assert house.shown("power-cut")[0] == "on"
    house.take(reading("15:10", 380, coverage=0.7))
    (end,) = house.until("15:12")
    assert (end.event, end.since, end.until) == ("end", at("14:26"), at("15:03"))
    assert end.text == "The power is back. 37 min, from 2026-11-22 14:26 to 15:03."
    assert house.shown("power-cut") == ("off", end.text)


def test_no_voltage_is_a_power_cut_at_once() -> None:
    house = Watched("14:20")
    house.take(reading("14:20", 0, voltage=0.4))
    assert names(house.until("14:21")) == [("power-cut", "start")]


def test_one_dead_phase_of_three_is_no_power_cut() -> None:
    house = Watched("14:20")
    house.take(reading("14:20", 300, voltage_l1=0, voltage_l2=230, voltage_l3=231))
    assert house.until("14:31") == []


def test_home_assistant_starting_is_no_power_cut() -> None:
    house = Watched("14:20")
    house.take(reading("14:20", None, coverage=0.9))
    house.until("14:30")
    house.take(reading("14:30", 400))
    assert house.until("14:40") == []


def test_a_restart_in_the_middle_repeats_nothing_and_loses_nothing() -> None:
    house = Watched("14:20")
    house.take(reading("14:20", 0, voltage=0))
    house.until("14:21")
    for minute in (22, 23):
        house.restart()
        assert house.until(f"14:{minute}") == []
    house.take(reading("14:30", 400, voltage=230))
    house.restart()
    house.take(reading("14:40", 400, voltage=230))
    (end,) = house.until("14:45")
    assert (end.event, end.since) == ("end", at("14:20"))


def test_a_reminder_comes_each_day() -> None:
    house = Watched("14:20")
    house.take(reading("14:20", 0, voltage=0))
    told = [one for one in house.until("2026-11-25T14:00", step_s=300) if one.name == "power-cut"]
    assert [one.event for one in told] == ["start", "reminder", "reminder"]
    assert told[1].text == "Still so: The power is out: there is no voltage."


# The machine off with the house


def outage(*backfilled: Reading) -> Watched:
    """A house and its machine dark from about 14:21 to 16:40; what history tells comes after."""
    house = Watched("14:20")
    house.take(reading("14:20", 400))
    house.now = at("16:42")
    house.restart(booted="16:40")
    house.look()
    house.collector(started="16:42", backfill={"done": 0.5})
    house.take(*backfilled)
    house.collector(started="16:42", backfill=None)
    return house


def test_a_cut_in_which_the_machine_was_off_too_is_told_at_the_next_start() -> None:
    house = outage()
    assert house.until("16:49") == []  # history may still tell that there was power
    house.restart()
    house.collector(started="16:42", backfill=None)
    (began, told) = house.until("17:00")
    assert (began.name, began.event, began.since) == ("power-cut", "start", at("14:20"))
    assert began.text == "The power went out, and this machine with it."
    assert (told.name, told.event) == ("power-cut", "end")
    assert (told.since, told.until) == (at("14:20"), at("16:40"))
    assert told.text == (
        "The power was out, and this machine with it, for 2 h 20 min, "
        "from 2026-11-22 14:20 to 16:40."
    )
    assert [(e.name, e.until) for e in house.watch.memory.events] == [("power-cut", at("16:40"))]
    house.take(reading("14:40", None, 0))
    house.restart()
    assert house.until("17:35") == []


def test_a_clock_that_went_on_from_before_the_cut_is_understood_once_it_is_set() -> None:
    """Many boards start with the time they last knew; a time server sets it minutes later."""
    house = Watched("14:20")
    house.take(reading("14:20", 400))
    house.now = at("14:11")
    house.restart(booted="14:10")
    house.until("14:13")
    house.now, house.booted, house.served = at("16:43"), at("16:40"), at("16:41")
    house.collector(started="16:41", backfill=None)
    (_, told) = house.until("16:55")
    assert (told.since, told.until) == (at("14:20"), at("16:40"))
    assert house.until("17:30") == []


def test_a_house_whose_history_is_known_had_power() -> None:
    known = [reading(f"{h}:{m}0", 300) for h in (15, 16) for m in range(6)]
    assert outage(*known[:10]).until("16:55") == []


def test_a_house_of_which_little_is_known_had_none() -> None:
    """Home Assistant lets the last value stand for a heartbeat, and was off too after that."""
    gap = [reading("14:30", 400), reading("14:40", 400), reading("16:40", None, 0, 7200)]
    assert names(outage(*gap).until("16:55"))[-1:] == [("power-cut", "end")]


def test_a_last_value_that_stands_is_no_knowledge() -> None:
    """Of 40 minutes 25 are those of a value that Home Assistant let stand."""
    house = Watched("14:20")
    house.take(reading("14:20", 400))
    house.now = at("15:01")
    house.restart(booted="15:00")
    house.take(reading("14:45", 400, seconds=1500))
    house.collector(started="15:01", backfill=None)
    assert names(house.until("15:20"))[-1:] == [("power-cut", "end")]


def test_a_restart_of_the_services_alone_is_no_power_cut() -> None:
    house = Watched("14:20")
    house.take(reading("14:20", 400))
    house.now = at("16:42")
    house.restart()
    assert [one for one in house.until("17:40") if one.name == "power-cut"] == []


def test_a_quick_restart_of_the_machine_is_no_power_cut() -> None:
    house = Watched("14:20")
    house.take(reading("14:20", 400))
    house.now = at("14:26")
    house.restart(booted="14:25")
    house.take(reading("14:30", 400))
    assert house.until("15:00") == []


def test_a_machine_off_in_maintenance_is_not_told() -> None:
    house = outage()
    house.quiet = True
    house.until("16:55")
    house.quiet = False
    assert house.until("17:00") == []


# Limits


def test_power_near_its_limit_gives_no_flood() -> None:
    house = Watched("00:00", power_high_watts=5000)
    for hour in range(12):
        for minute, power in ((0, 5100), (10, 4900), (20, 5050), (30, 4600), (40, 5001)):
            now = f"{hour:02}:{minute:02}"
            house.until(now)
            house.take(reading(now, power))
    assert names(house.told) == [("power-high", "start")]
    house.until("12:00")
    house.take(reading("12:00", 4499))
    assert names(house.until("12:30")) == [("power-high", "end")]
    assert house.told[0].text == "The power is 5100 W, and 5000 W is the limit."


def test_power_that_keeps_coming_and_going_calms_down() -> None:
    house = Watched("00:00", power_high_watts=5000)
    for tick in range(144):
        now = f"{tick // 6:02}:{tick % 6}0"
        house.until(now)
        house.take(reading(now, 6000 if tick % 2 else 1000))
    assert len(house.told) <= 16


def test_the_energy_of_a_day_ends_with_the_day() -> None:
    house = Watched("20:00", energy_day_kwh=25)
    house.used = 24.9
    assert house.until("20:10") == []
    house.used = 25.1
    assert names(house.until("20:11")) == [("energy-day", "start")]
    house.used = 0.0
    house.now = at("2026-11-23T00:00")
    assert [one.event for one in house.until("2026-11-23T00:05") if one.name == "energy-day"] == [
        "end"
    ]


def test_the_energy_of_a_day_that_a_correction_lowers_ends_with_that_reason() -> None:
    house = Watched("14:00", energy_day_kwh=25)
    house.used = 25.1
    house.until("14:10")
    house.used = 3.5
    house.until("14:20")
    (end,) = [one for one in house.told if one.event == "end"]
    assert end.text.startswith("A correction lowered what today took, to 3.50 kWh. 10 min, from ")
    assert end.since is not None
    assert end.until is not None
    assert end.until - end.since == 600


def test_energy_that_is_not_known_any_more_is_not_nothing() -> None:
    house = Watched("14:00", energy_day_kwh=25)
    house.used = 25.1
    house.until("14:10")
    house.used = None
    assert [one for one in house.until("14:20") if one.name == "energy-day"] == []
    (end,) = [one for one in house.until("2026-11-23T00:10") if one.name == "energy-day"]
    assert (end.event, end.until) == ("end", at("2026-11-23T00:00"))
    assert end.text.startswith("A new day has begun.")


def test_no_reading_for_an_hour_is_told_with_the_reason() -> None:
    house = Watched("14:00")
    house.take(reading("14:00", 400))
    trouble = {"problems": [{"name": "home_assistant", "text": "Home Assistant does not answer"}]}
    house.watch.hear("collector", trouble, house.now, 5.0)
    assert house.until("14:59") == []
    (start,) = house.until("15:01")
    assert start.text == (
        "The last reading is of 2026-11-22 14:00: Home Assistant does not answer."
    )
    house.until("15:10")
    house.take(reading("15:10", 400))
    assert names(house.until("15:12")) == [("no-reading", "end")]


def test_a_machine_that_was_off_has_its_time_to_take_a_reading() -> None:
    house = outage()
    assert "no-reading" not in {one.name for one in house.until("17:41")}
    assert ("no-reading", "start") in names(house.until("17:43"))


def test_services_that_were_stopped_have_their_time_to_take_a_reading() -> None:
    """The machine was on all the while; a person stopped them for three hours."""
    house = Watched("10:00")
    house.take(reading("10:00", 400))
    house.now = at("13:00")
    house.restart()
    assert house.until("13:59") == []
    assert names(house.until("14:01")) == [("no-reading", "start")]


def test_a_restart_does_not_end_the_wait_for_a_reading() -> None:
    house = Watched("10:00")
    house.take(reading("10:00", 400))
    house.until("11:01")
    house.restart()
    assert house.until("13:00") == []
    house.take(reading("13:00", 400))
    (end,) = house.until("13:05")
    assert (end.event, end.since) == ("end", at("10:00"))


# The monitor itself


def test_a_disk_that_fills_is_told_once() -> None:
    house = Watched("14:00")
    for free in (LITTLE, 38_000_000, 33_000_000, LITTLE):
        house.spaces["state"] = (free, 10**10)
        house.until(f"14:{10 + len(house.told):02}")
        house.now += 600
        house.look()
    assert names(house.told[:1]) == [("disk-full", "start")]
    assert [one for one in house.told[1:] if one.name == "disk-full"] == []
    assert house.shown("disk-full")[1] == "Only 20 MB are free where state is."


def test_a_small_disk_may_be_smaller_than_the_limit() -> None:
    house = Watched("14:00")
    house.spaces["data"] = (LITTLE, 30_000_000)
    assert house.until("14:05") == []


def test_a_service_that_starts_again_and_again_is_told() -> None:
    house = Watched("14:00")
    house.starts = {"collector": [], "aggregator": [at("13:50"), at("14:00")]}
    for minute in range(1, 6):
        house.until(f"14:0{minute}")
        house.starts["collector"].append(house.now)
        house.look()
    assert names(house.told) == [("restarts", "start")]
    assert house.told[0].text == "The collector started 5 times within an hour."
    assert names(house.until("15:30")) == [("no-reading", "start"), ("restarts", "end")]


def test_a_clock_that_is_wrong_is_told_without_a_time() -> None:
    house = Watched("14:00")
    house.watch.look_at_clock(400.0, "The clock shows 1970-01-01.", quiet=False)
    (notice,) = house.watch.memory.waiting
    assert (notice.name, notice.since, notice.until) == ("clock", None, None)
    assert house.shown("clock") == ("on", "The clock shows 1970-01-01.")
    house.watch.memory.waiting = []
    (end,) = house.until("14:05")
    assert (end.event, end.since, end.text) == ("end", None, "The clock is right again.")


# Maintenance, and what is not wanted


def test_what_begins_in_maintenance_is_told_after_it_if_it_is_still_so() -> None:
    house = Watched("14:00", power_high_watts=5000)
    house.quiet = True
    house.spaces["data"] = (LITTLE, 10**10)
    house.take(reading("14:00", 6000))
    house.until("14:10")
    house.take(reading("14:10", 100))
    assert house.until("14:20") == []
    house.restart()
    assert house.until("14:30") == []
    house.quiet = False
    told = house.until("14:31")
    assert [(one.name, one.event, one.since) for one in told] == [
        ("disk-full", "start", at("14:00") + 30)
    ]


def test_an_alert_that_is_not_wanted_any_more_leaves_no_event_open() -> None:
    house = Watched("14:00")
    house.spaces["data"] = (LITTLE, 10**10)
    house.until("14:01")
    wanted = house.watch.names
    other = Watched("14:02", ignore=("disk-full",))
    other.watch.begin(house.watch.snapshot())
    assert "disk-full" in wanted
    assert other.watch.memory.events == []
    assert other.until("14:10") == []
