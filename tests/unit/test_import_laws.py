"""Laws of moving in, whatever the files: order and repetition change nothing, energy is kept."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import scratch
from support.laws import examples
from support.moving import ZONE, book, days, move, old_file

from shared.times import parse_timestamp

START = ZONE.day_start(ZONE.day_of(1743200000.0))  # the day before clocks go forward in 2025
QUICK = examples(15)

STEPS = st.lists(st.sampled_from([600, 600, 600, 1200, 7200]), min_size=20, max_size=200)
WATTS = st.integers(0, 5000)


@st.composite
def samples(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return points of a file sampled every ten minutes, with gaps and unavailable sensors."""
    points, time = [], START + 3600 * draw(st.integers(22, 25))
    for step in draw(STEPS):
        time += step
        watts = draw(WATTS)
        volts = 0 if watts < 100 else 230
        points.append({"timestamp": ZONE.iso(time), "power": watts * bool(volts), "voltage": volts})
    return points


def integral_kwh(points: Sequence[dict[str, Any]], spacing_s: float = 600) -> float:
    """Return what the points add up to: each holds until the next, for the heartbeat at most."""
    times = [parse_timestamp(point["timestamp"]) for point in points]
    held = [min(later - time, 2.5 * spacing_s) for time, later in pairwise(times)]
    watts = (point["power"] for point in points)
    joules: float = sum(w * s for w, s in zip(watts, [*held, 2.5 * spacing_s], strict=True))
    return joules / 3.6e6


def regular(points: Sequence[dict[str, Any]]) -> bool:
    """Say whether ten minutes are the file's usual spacing."""
    times = [parse_timestamp(point["timestamp"]) for point in points]
    steps = sorted(later - time for time, later in pairwise(times))
    return steps[(len(steps) - 1) // 2] == 600


@QUICK
@given(samples().filter(regular))
def test_the_energy_of_the_days_is_the_integral_of_the_points(points: list[dict[str, Any]]) -> None:
    with scratch() as directory:
        move(directory, old_file(directory / "data.json", points))
        total = sum(book(directory).values())
    assert abs(total - integral_kwh(points)) < 1e-5 * (1 + total)


@QUICK
@given(
    st.lists(st.integers(-3000, 5000), min_size=2, max_size=8),
    st.integers(1, 31),
    st.sampled_from([0, 1, 8.5]),
    st.sets(st.sampled_from(["backwards", "with days"])),
)
def test_means_of_any_number_of_days_keep_all_their_energy(
    watts: list[int], spacing: int, hour: float, manner: set[str]
) -> None:
    """From one mean to the next, over both changes of the clock; days go before longer means."""
    first = ZONE.day_of(START)
    starts = [first + timedelta(spacing * index) for index in range(len(watts) + 1)]
    times = [ZONE.day_start(day) for day in starts]
    if hour:  # not the local days, as means of UTC days are not
        times = [times[0] + 3600 * hour + 86400 * spacing * i for i in range(len(starts))]
    points = [
        {"timestamp": ZONE.iso(time), "value": value, "unit": "W"}
        for time, value in zip(times, watts, strict=False)
    ]
    fine = {"timestamp": ZONE.iso(times[0]), "power": 700}
    expected = sum(
        max(value, 0) * (later - time) / 3.6e6
        for value, (time, later) in zip(watts, pairwise(times), strict=True)
    )
    with scratch() as directory:
        in_order = points[::-1] if "backwards" in manner else points
        files = [old_file(directory / "yearly.json", in_order)]
        if "with days" in manner and spacing > 1 and not hour:
            files.append(old_file(directory / "monthly.json", [fine]))
            day_h = (ZONE.day_end(first) - times[0]) / 3600
            expected += (700 - max(watts[0], 0)) * day_h / 1000
        move(directory, *files)
        made = book(directory)
    assert abs(sum(made.values()) - expected) < 1e-3 * (1 + expected)
    if min(watts) > 0:
        days_meant = {first + timedelta(number) for number in range(spacing * len(watts))}
        assert days_meant <= made.keys()


@QUICK
@given(samples(), samples(), st.integers(0, 2))
def test_the_order_of_the_files_changes_nothing(
    first: list[dict[str, Any]], second: list[dict[str, Any]], cut: int
) -> None:
    """Overlapping files, with other values for the same times, and means of the same days."""
    means = [{"timestamp": f"2025-03-{day}T00:00:00", "power": 100} for day in (28, 29, 30, 31)]
    books = []
    for turn in (0, 1):
        with scratch() as directory:
            files = [
                old_file(directory / "data.json", first),
                old_file(directory / "daily.json", second[cut:]),
                old_file(directory / "yearly.json", means),
            ]
            move(directory, *(files[::-1] if turn else files))
            books.append(book(directory))
    assert books[0] == books[1]


@QUICK
@given(samples(), samples(), st.sampled_from(["kept", "gone"]))
def test_twice_is_once_and_a_dry_run_tells_the_truth(
    first: list[dict[str, Any]], second: list[dict[str, Any]], journal: str
) -> None:
    """Also when the journal is gone meanwhile and only the book has the days."""
    with scratch() as directory:
        files = [
            old_file(directory / "weekly.json", first),
            old_file(directory / "daily.json", second),
        ]
        promised = move(directory, *files, dry_run=True)
        assert book(directory) == {}
        done = move(directory, *files)
        assert days(done) == days(promised)
        before = book(directory)
        for path in (directory / "state/journal").iterdir():
            if journal == "gone":
                path.unlink()
        again = move(directory, *files)
        assert days(again) == {}
        assert book(directory) == before
        if journal == "kept":
            assert sum(again.new_readings.values()) == 0


@QUICK
@given(samples())
def test_a_file_in_any_order_of_its_points_says_the_same(points: list[dict[str, Any]]) -> None:
    books = []
    for order in (points, points[::-1]):
        with scratch() as directory:
            move(directory, old_file(directory / "data.json", order))
            books.append(book(directory))
    assert books[0] == books[1]
