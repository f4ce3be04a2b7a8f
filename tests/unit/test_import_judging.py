"""What is a meter, and what is a mean: judged by how the points behave."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from support.moving import ZONE, days, move, old_file

from cli.importing.meter_judge import MeterJudge, Verdict
from cli.importing.report import told

STEP_S = 600.0
START = ZONE.day_start(ZONE.day_of(1746057600.0))


def judge(counts: list[float | None], watts: list[float]) -> Verdict:
    """Judge a sensor sampled every ten minutes from a midnight on."""
    judging = MeterJudge()
    for index, (kwh, power) in enumerate(zip(counts, watts, strict=True)):
        time = START + index * STEP_S
        judging.note(time, ZONE.day_of(time), kwh, power)
    return judging.verdict()


def daily(watts: list[float], *, resets_after: int = 0, resets: bool = True) -> list[float | None]:
    """Return what a meter shows that begins anew so many samples after each midnight."""
    shown: list[float | None] = []
    kwh = 0.0
    for index, power in enumerate(watts):
        if resets and index % 144 == resets_after:
            kwh = 0.0
        kwh += power * STEP_S / 3.6e6
        shown.append(round(kwh, 2))
    return shown


POWER = [400.0 + 300.0 * (index % 7) for index in range(3 * 144)]


@pytest.mark.parametrize("resets_after", [0, 3])
def test_a_count_that_begins_anew_at_midnight_is_a_meter(resets_after: int) -> None:
    verdict = judge(daily(POWER, resets_after=resets_after), POWER)
    assert verdict.meter, verdict.why


def test_a_count_that_never_begins_anew_is_a_meter_too() -> None:
    assert judge(daily(POWER, resets=False), POWER).meter


def test_zeros_of_an_unavailable_meter_are_no_resets() -> None:
    counts = daily(POWER)
    counts[50:60] = [0.0] * 10
    assert judge(counts, POWER).meter


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (list(POWER), "it is the power again in 432 of 432"),
        ([5.0 + index % 10 for index in range(432)], "it falls within the day"),
        (daily(POWER)[:20] + [None] * 412, "20 values are too few"),
        ([1000 * (kwh or 0) for kwh in daily(POWER)], "where the power adds up to"),
        ([7.5] * 432, "it counts 0.0 kWh where"),
    ],
    ids=["power", "gauge", "few", "watt-hours", "stuck"],
)
def test_what_does_not_behave_like_a_meter_is_none(counts: list[float | None], why: str) -> None:
    verdict = judge(counts, POWER)
    assert not verdict.meter
    assert why in verdict.why


def test_without_the_sensor_there_is_nothing_to_say() -> None:
    assert judge([None] * 432, POWER) == Verdict(meter=False, why="")


def stamps(first: str, count: int, minutes: int) -> list[str]:
    begin = datetime.fromisoformat(first)
    return [(begin + timedelta(minutes=minutes * index)).isoformat() for index in range(count)]


def test_a_weekly_file_may_begin_with_hours_and_go_on_with_samples(tmp_path: Path) -> None:
    """The old system changed what it kept there; each point is judged by its neighbours."""
    times = stamps("2025-05-01T00:00:00", 24, 60) + stamps("2025-05-02T00:00:00", 145, 10)
    points = [{"timestamp": time, "power": 1000} for time in times]
    outcome = move(tmp_path, old_file(tmp_path / "weekly.json", points))
    assert outcome.surveys[0].alone == 24
    assert days(outcome)["2025-05-01"] == pytest.approx((24, 1), abs=1e-5)
    assert days(outcome)["2025-05-02"] == pytest.approx((24, 1), abs=1e-5)


def test_a_sample_before_a_gap_is_no_mean(tmp_path: Path) -> None:
    times = stamps("2025-05-01T00:00:00", 6, 10) + stamps("2025-05-01T05:00:00", 6, 10)
    points = [{"timestamp": time, "power": 600} for time in times]
    outcome = move(tmp_path, old_file(tmp_path / "monthly.json", points))
    assert outcome.surveys[0].alone == 0
    known_s = 2 * (5 * 600 + 1500)
    assert days(outcome)["2025-05-01"] == pytest.approx((known_s / 6000, known_s / 86400), abs=1e-5)


def test_points_of_data_json_are_samples_however_far_apart(tmp_path: Path) -> None:
    points = [{"timestamp": time, "power": 600} for time in stamps("2025-05-01T00:00:00", 4, 120)]
    file = old_file(tmp_path / "data.json", points)
    assert move(tmp_path, file, dry_run=True).surveys[0].alone == 0
    assert move(tmp_path, file, dry_run=True, means=True).surveys[0].alone == 4
    with_means = days(move(tmp_path, file, means=True))
    assert with_means["2025-05-01"] == pytest.approx((0.6 * 8, 8 / 24), abs=1e-5)


def test_a_day_mean_is_as_long_as_its_local_day(tmp_path: Path) -> None:
    times = stamps("2025-03-29T00:00:00", 3, 1440)
    points = [{"timestamp": time, "power": 1000} for time in times]
    made = days(move(tmp_path, old_file(tmp_path / "yearly.json", points)))
    assert [kwh for kwh, _ in made.values()] == pytest.approx([24, 23, 24])
    assert all(later > earlier for earlier, later in pairwise(made))


def test_a_mean_of_a_week_books_its_seven_days(tmp_path: Path) -> None:
    times = stamps("2025-03-03T00:00:00", 4, 7 * 1440)
    points = [{"timestamp": time, "value": 500, "unit": "W"} for time in times]
    outcome = move(tmp_path, old_file(tmp_path / "yearly.json", points))
    made = days(outcome)
    assert len(made) == 28
    assert made["2025-03-30"] == pytest.approx((11.5, 1), abs=1e-5)  # the clock goes forward
    assert sum(kwh or 0 for kwh, _ in made.values()) == pytest.approx(27 * 12 + 11.5, abs=1e-4)
    assert "  4 means of 7 days" in list(told(outcome, ZONE))


def test_a_month_is_as_long_as_it_is(tmp_path: Path) -> None:
    firsts = [f"2025-{month:02}-01T00:00:00" for month in (1, 2, 3, 4, 5)]
    points = [{"timestamp": time, "power": 100} for time in firsts]
    made = days(move(tmp_path, old_file(tmp_path / "yearly.json", points)))
    assert len(made) == 31 + 28 + 31 + 30 + 30  # the last is as long as they usually are


def test_points_more_than_a_month_apart_are_days_with_gaps_between(tmp_path: Path) -> None:
    times = stamps("2025-01-01T00:00:00", 3, 40 * 1440)
    points = [{"timestamp": time, "power": 100} for time in times]
    made = days(move(tmp_path, old_file(tmp_path / "yearly.json", points)))
    assert list(made) == ["2025-01-01", "2025-02-10", "2025-03-22"]


def test_a_week_that_lacks_stays_unknown(tmp_path: Path) -> None:
    times = stamps("2025-05-05T00:00:00", 5, 7 * 1440)
    points = [{"timestamp": time, "power": 100} for time in times]
    made = days(move(tmp_path, old_file(tmp_path / "yearly.json", points[:2] + points[3:])))
    assert len(made) == 28
    assert "2025-05-19" not in made


def test_days_count_rather_than_the_week_they_are_in(tmp_path: Path) -> None:
    weeks = stamps("2025-05-05T00:00:00", 3, 7 * 1440)
    single = stamps("2025-05-07T00:00:00", 2, 1440)
    files = [
        old_file(tmp_path / "yearly.json", [{"timestamp": time, "power": 100} for time in weeks]),
        old_file(tmp_path / "monthly.json", [{"timestamp": time, "power": 900} for time in single]),
    ]
    made = days(move(tmp_path, *files))
    energies = [made[f"2025-05-{day:02}"][0] for day in (6, 7, 8, 9)]
    assert energies == pytest.approx([2.4, 21.6, 21.6, 2.4], abs=1e-4)
