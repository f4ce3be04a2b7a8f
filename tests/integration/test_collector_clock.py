"""Home Assistant's clock is not ours: by seconds, hours, days, by jumps, or it does not say."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.collector import POWER, START, Bench, Clock, make_simulator

from demo.server import serving
from demo.simulator import Simulator

TICK_S = 600.0
HOUR_S = 3600.0
HEARTBEAT_S = 2.5 * TICK_S


@dataclass(slots=True)
class Theirs:
    """Home Assistant's clock, some seconds ahead of ours."""

    ours: Clock
    ahead_s: float = 0.0

    def now(self) -> float:
        return self.ours.now() + self.ahead_s


@pytest.fixture(name="clock")
def a_clock() -> Clock:
    return Clock(START - 1)


@pytest.fixture(name="theirs")
def their_clock(clock: Clock) -> Theirs:
    return Theirs(clock)


@pytest.fixture(name="house")
def a_house(clock: Clock, theirs: Theirs) -> Simulator:
    """A Home Assistant that stamps all it knows by its own clock."""
    house = make_simulator(clock)
    house.clock = theirs.now
    return house


@pytest.fixture(name="bench")
def a_bench(house: Simulator, tmp_path: Path, clock: Clock) -> Iterator[Bench]:
    with serving(house) as url:
        yield Bench(url, tmp_path, clock)


def watts(second: float) -> float:
    """Return what the house takes at an instant of true time after START."""
    return 300 + 200 * math.sin(second / 300) + (2000 if second % 540 < 60 else 0)


def live(
    house: Simulator, ahead_s: float, start: float = -2 * HOUR_S, end: float = 5 * HOUR_S
) -> None:
    """Let the house go on in true time, told with the stamps of a clock that is ahead."""
    seconds = range(int(start), int(end), 5)
    house.insert(POWER, [(START + s + ahead_s, round(watts(s), 2)) for s in seconds])


def true_kwh(start: float, end: float) -> float:
    return sum(watts(s) * 5 for s in range(int(start), int(end), 5)) / 3.6e6


def known_kwh(bench: Bench, after: float) -> float:
    """Return the energy of all intervals that begin after START and some seconds."""
    best = {r["timestamp"]: r["interval"] for r in bench.outlet.readings if "interval" in r}
    return sum(float(best[at]["energy_kwh"]) for at in best if at > iso(after))


def iso(after_s: float) -> str:
    minutes = int(after_s // 60)
    return f"2026-12-01T{minutes // 60:02d}:{minutes % 60:02d}:00+00:00"


@pytest.mark.parametrize("ahead_s", [3, -3, 20, -20, 100, -100, 1400, -1400])
def test_a_clock_that_is_off_by_less_than_a_heartbeat_costs_nothing(
    bench: Bench, house: Simulator, theirs: Theirs, ahead_s: float
) -> None:
    """Readings are by our clock, whole, with the energy of what happened then."""
    theirs.ahead_s = ahead_s
    live(house, ahead_s)
    bench.run(2 * HOUR_S + 60)
    whole = [r["interval"]["coverage"] for r in bench.outlet.readings if r["timestamp"] > iso(0)]
    assert whole == [1] * 12
    assert known_kwh(bench, 0) == pytest.approx(true_kwh(0, 2 * HOUR_S), rel=5e-3)
    spot = bench.outlet.readings[-1]["power"]
    assert spot == pytest.approx(watts(2 * HOUR_S), abs=15)
    assert ("clock" in bench.problems) == (abs(ahead_s) > 30)
    assert set(bench.problems) <= {"clock"}


@pytest.mark.parametrize(
    ("ahead_s", "says"),
    [(-3 * HOUR_S, "3 h behind"), (-72 * HOUR_S, "3 days behind"), (30 * HOUR_S, "30 h ahead")],
)
def test_a_clock_that_is_off_by_more_is_told_and_nothing_is_invented(
    bench: Bench, house: Simulator, theirs: Theirs, ahead_s: float, says: str
) -> None:
    """The spot values are right; history is of another time, and what it has not is not made."""
    theirs.ahead_s = ahead_s
    live(house, ahead_s)
    bench.run(HOUR_S + 60)
    assert says in bench.problems["clock"]["text"]
    assert "NTP" in bench.problems["clock"]["hint"]
    if ahead_s < 0:
        assert "behind" in bench.problems["history"]["text"]
        assert "recorder" not in bench.problems["history"]["hint"]
    times = [reading["timestamp"] for reading in bench.outlet.readings]
    assert max(times) == iso(HOUR_S)
    powers = {r["timestamp"]: r["power"] for r in bench.outlet.readings if "interval" not in r}
    for at, power in powers.items():
        if ahead_s < 0 and at >= iso(0):
            minutes = int(at[11:13]) * 60 + int(at[14:16])
            assert power == pytest.approx(watts(minutes * 60), abs=15)


@pytest.mark.parametrize("jump_s", [90.0, -90.0, 4 * HOUR_S, -4 * HOUR_S])
def test_a_clock_that_jumps_and_is_set_right_again(
    bench: Bench, house: Simulator, theirs: Theirs, jump_s: float
) -> None:
    """What can be known is booked once; the problem goes with its cause."""
    live(house, 0, end=HOUR_S)
    live(house, jump_s, start=HOUR_S, end=2 * HOUR_S)
    live(house, 0, start=2 * HOUR_S)
    bench.run(HOUR_S + 1)
    theirs.ahead_s = jump_s
    bench.run(HOUR_S)
    assert "clock" in bench.problems
    theirs.ahead_s = 0.0
    bench.run(HOUR_S + 60)
    assert bench.problems == {}
    booked, true = known_kwh(bench, 0), true_kwh(0, 3 * HOUR_S)
    most = true_kwh(HOUR_S, 2 * HOUR_S) if abs(jump_s) > HEARTBEAT_S else 0.0
    assert true - most - 0.15 <= booked <= true + 0.15 + (most if jump_s < 0 else 0.0)


@pytest.mark.parametrize("date", ["", "soon", "Sun, 99 Nov 2026 10:00:00 GMT", "\x00" * 50])
def test_an_answer_that_does_not_tell_the_time(
    bench: Bench, house: Simulator, theirs: Theirs, date: str
) -> None:
    """Nothing is taken for a difference, and a small one costs nothing."""
    theirs.ahead_s = -3.0
    live(house, -3.0)
    house.faults.add("headers", headers={"Date": date})
    bench.run(HOUR_S + 60)
    assert bench.problems == {}
    assert known_kwh(bench, 0) == pytest.approx(true_kwh(0, HOUR_S), rel=5e-3)
