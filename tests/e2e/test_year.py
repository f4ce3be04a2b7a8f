"""Months in simulated time with faults sprinkled in: the energy is the source's, all in bounds."""

import json
import subprocess
import sys
from datetime import date
from itertools import count
from random import Random
from typing import Any

import pytest
from support.stack import ROOT
from support.year.life import JUMPS_S
from support.year.plan import Fault, Kind
from support.year.run import Setting, lived

from shared.times import parse_timestamp

SEEDS = 4  # every other house has a meter
MOST_PERCENT = 0.1
HOUR_S, DAY_S = 3600, 86_400


def life(seed: int, first: str, last: str, density: float = 1.0) -> dict[str, Any]:
    """Live in a process of its own, which is killed and kept from writing in many ways."""
    words = [str(seed), first, last, str(density)]
    done = subprocess.run(
        [sys.executable, "-m", "support.year", *words],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def jump(text: str, ahead_s: float, lasts_s: float) -> Fault:
    """Return a clock that jumps."""
    chance = next(seed for seed in count() if Random(seed).choice(JUMPS_S) == ahead_s)
    return Fault(Kind.CLOCK, parse_timestamp(text), lasts_s, chance)


def test_days_around_the_end_of_summer_time_are_right_whatever_befalls_them() -> None:
    """Four times as many faults as in a year."""
    told = life(2, "2027-10-24", "2027-11-04", 4)
    assert told["wrong"] == []
    assert told["looks"] >= 1
    assert sum(told["faults"].values()) > 30
    assert abs(told["book_kwh"] / told["expected_kwh"] - 1) * 100 < MOST_PERCENT


def test_a_clock_that_was_hours_ahead_invents_nothing_and_leaves_nothing_out() -> None:
    """What Home Assistant's clock has not come to yet is asked for again when it has."""
    faults = [jump("2027-05-12T12:08:00+02:00", 5 * HOUR_S, 1.4 * HOUR_S)]
    assert lived(Setting(0, date(2027, 5, 11), date(2027, 5, 13)), faults).wrong == []


def test_a_clock_that_was_days_behind_gives_no_old_reading_the_meter_of_today() -> None:
    faults = [jump("2027-05-13T15:00:00+02:00", -2 * DAY_S, 3 * HOUR_S)]
    assert lived(Setting(1, date(2027, 5, 10), date(2027, 5, 14)), faults).wrong == []


def test_a_clock_that_was_hours_behind_is_no_witness_of_the_time_it_showed() -> None:
    """The house was dark then: what it had before the cut did not flow."""
    dark = Fault(Kind.HOUSE_DARK, parse_timestamp("2027-05-12T09:17:52+02:00"), 2.6 * HOUR_S, 1)
    faults = [dark, jump("2027-05-12T13:07:20+02:00", -3 * HOUR_S, 6.5 * HOUR_S)]
    assert lived(Setting(1, date(2027, 5, 11), date(2027, 5, 13)), faults).wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_year_is_right_whatever_befalls_it(seed: int) -> None:
    """Both changes of the clock, a leap day, forty days off, month's and year's end without us."""
    told = life(seed, "2027-03-01", "2028-03-01")
    assert told["wrong"] == []  # with a meter, which knows better than a held value, see Truth
    if seed % 2 == 0:
        assert abs(told["book_kwh"] / told["expected_kwh"] - 1) * 100 < MOST_PERCENT


@pytest.mark.slow
def test_the_same_life_leaves_the_same_bytes() -> None:
    once, again = (life(4, "2027-03-20", "2027-04-10", 4) for _ in range(2))
    assert once == again
