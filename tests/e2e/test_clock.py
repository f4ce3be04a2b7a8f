"""Clocks that are wrong and are set right while everything runs: energy stays where it flowed."""

from pathlib import Path

import pytest
from support.broker import Broker
from support.life import DAY_S, Life
from support.wait import wait_until

from shared.times import parse_timestamp

pytestmark = pytest.mark.slow  # test_midnight.py and test_year.py are the short run
NOON = parse_timestamp("2026-11-29T12:00:30+01:00")
MIDNIGHT = parse_timestamp("2026-12-01T00:00:00+01:00")  # a month ends, too


def test_two_days_ahead_and_back_while_everything_runs(tmp_path: Path, broker: Broker) -> None:
    """Files and remote are as if it had not happened; only the alert of the clock knows."""
    with Life(tmp_path, broker, NOON, known_days=8) as life:
        life.start()
        life.until_whole(NOON - 7.5 * DAY_S, NOON)
        life.until_right("2026-11-22", "2026-11-28")
        life.set(life.now(), 2 * DAY_S)
        life.live(NOON + 3600)
        wait_until(lambda: "2026-11-29" in life.days(), what="a day too early in monthly.json")
        life.set(life.now(), 0)
        life.live(NOON + 2 * 3600)
        life.until_whole(NOON - 7.5 * DAY_S, NOON + 2 * 3600)
        wait_until(lambda: life.days()[-1] == "2026-11-28", what="the files of the right day")
        life.until_right("2026-11-22", "2026-11-28")
        life.set(NOON + 4 * DAY_S)
        life.live(NOON + 4 * DAY_S + 1200)
        life.until_whole(NOON - 7.5 * DAY_S, NOON + 4 * DAY_S)
        life.until_right("2026-11-22", "2026-12-02")
        assert len(life.points("weekly")) == 7 * 24
        life.rebuilt()
        life.until_safe()


@pytest.mark.parametrize(
    ("wrong_s", "corrected_at"),
    [
        (5.0, -3.0),
        (-5.0, 3.0),
        (-45.0, 3.0),
        (45.0, 76.0),  # a rollup was just due
    ],
)
def test_a_correction_at_midnight(
    tmp_path: Path, broker: Broker, wrong_s: float, corrected_at: float
) -> None:
    """23:59:58 becomes 00:00:03, 00:00:02 becomes 23:59:57; also with a rollup done too early."""
    begin = MIDNIGHT - 1800 + 30
    with Life(tmp_path, broker, begin, known_days=1.2) as life:
        life.set(begin, wrong_s)
        life.start()
        life.until_whole(MIDNIGHT - DAY_S, begin)
        life.live(MIDNIGHT + corrected_at)
        shown = "2026-12-01" if corrected_at + wrong_s > 0 else "2026-11-30"
        wait_until(lambda: life.house.stack.document("daily")["date"] == shown, what=shown)
        life.set(MIDNIGHT + corrected_at, 0)
        shown = "2026-12-01" if corrected_at > 0 else "2026-11-30"
        wait_until(lambda: life.house.stack.document("daily")["date"] == shown, what=shown)
        life.set(MIDNIGHT + 120)  # no tick is taken twice
        life.live(MIDNIGHT + 1200)
        life.until_whole(MIDNIGHT - DAY_S, MIDNIGHT + 1200)
        life.until_right("2026-11-30", "2026-11-30", followed_s=wrong_s)
        assert life.house.stack.document("daily")["date"] == "2026-12-01"
        assert life.days()[-1] == "2026-11-30"
        life.rebuilt()
        life.until_safe()
