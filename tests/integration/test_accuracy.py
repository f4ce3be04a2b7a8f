"""The budget of docs/accuracy.md: a day's energy is the integral of every change, to 0.1 %."""

import pytest
from bench.accuracy import MINUTES, replayed
from bench.loads import loads

MOST_PERCENT = 0.1
WHOLE = [index for index, load in enumerate(loads()) if not load.why]
KETTLES = 2


def worst(index: int, minutes: int) -> float:
    return max(abs(one.error(one.history_kwh)) for one in replayed(index, minutes))


def test_a_day_of_kettles_is_right_to_a_thousandth() -> None:
    """Samples every half an hour are a fifth off."""
    [result] = replayed(KETTLES, 30)
    assert abs(result.error(result.history_kwh)) < MOST_PERCENT
    assert abs(result.error(result.sampled_kwh)) > 10


@pytest.mark.slow
@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("index", WHOLE)
def test_a_day_is_right_to_a_thousandth(index: int, minutes: int) -> None:
    assert worst(index, minutes) < MOST_PERCENT
