"""The budget of docs/accuracy.md: a day's energy is the integral of every change, to 0.1 %."""

from typing import Any

import pytest
from bench.accuracy import MINUTES, replayed
from bench.loads import loads

from shared.reading import HEARTBEAT_INTERVALS

MOST_PERCENT = 0.1
KETTLES, RESET, GAPS, OFF = 2, 5, 6, 7
WHOLE = [index for index, load in enumerate(loads()) if not load.off]
SHORT = {(RESET, 30), (GAPS, 30), (OFF, 10)}


def cells(indices: list[int]) -> list[Any]:
    return [
        pytest.param(index, minutes, marks=() if (index, minutes) in SHORT else pytest.mark.slow)
        for index in indices
        for minutes in MINUTES
    ]


def test_a_day_of_kettles_is_right_to_a_thousandth() -> None:
    """Samples every half an hour are a fifth off."""
    [result] = replayed(KETTLES, 30)
    assert abs(result.error(result.history_kwh)) < MOST_PERCENT
    assert abs(result.error(result.sampled_kwh)) > 10


@pytest.mark.parametrize(("index", "minutes"), cells(WHOLE))
def test_a_day_is_right_to_a_thousandth(index: int, minutes: int) -> None:
    """Also where the meter is reset; where the sensor comes and goes, the time it was there."""
    for result in replayed(index, minutes):
        assert abs(result.error(result.history_kwh)) < MOST_PERCENT


@pytest.mark.parametrize(("index", "minutes"), cells([OFF]))
def test_what_was_before_an_outage_is_believed_for_the_heartbeat_and_no_longer(
    index: int, minutes: int
) -> None:
    load = loads()[index]
    [result] = replayed(index, minutes)
    held = load.held_kwh(HEARTBEAT_INTERVALS * minutes * 60)
    added = result.error(result.true_kwh + held)
    assert result.error(result.history_kwh) == pytest.approx(added, abs=MOST_PERCENT)
