"""Time that was missed: filled from Home Assistant's history, never invented."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from support.collector import (
    ENERGY,
    POWER,
    START,
    Bench,
    Clock,
    answer_message,
    listens,
    make_simulator,
    span_of,
)
from support.wait import wait_until

from demo.server import serving
from demo.simulator import Simulator
from shared.errors import MonitorError
from shared.messages import encode_failure, encode_success

TICK_S = 600.0
HOUR_S = 3600.0
HEARTBEAT_S = 2.5 * TICK_S
HISTORY = "/api/history/*"


@pytest.fixture(name="clock")
def a_clock() -> Clock:
    """Return a clock that shows a day after START, a little after a tick."""
    return Clock(START + 24 * HOUR_S + 100)


@pytest.fixture(name="house")
def a_house(clock: Clock) -> Simulator:
    """Return a Home Assistant whose power changed every minute of the day: 0 W to 1439 W."""
    simulator = make_simulator(clock)
    simulator.insert(POWER, [(START + 60.0 * minute, minute) for minute in range(2 * 1440)])
    return simulator


@pytest.fixture(name="url")
def a_url(house: Simulator) -> Iterator[str]:
    """Serve the house."""
    with serving(house) as url:
        yield url


@pytest.fixture(name="bench")
def a_bench(url: str, tmp_path: Path, clock: Clock) -> Bench:
    """Return a collector that has just started, and looks back beyond what there is."""
    return Bench(url, tmp_path, clock, backfill_days=2)


def joules(start: float, end: float) -> float:
    """Return the energy of the house between two whole minutes after START."""
    return sum(minute * 60.0 for minute in range(int(start / 60), int(end / 60)))


def test_a_day_is_filled_at_start_oldest_first(bench: Bench, house: Simulator) -> None:
    """Every tick of the last day, not retained, with exact energy, and few requests."""
    bench.run(60)
    times = [reading["timestamp"] for reading in bench.outlet.readings]
    assert times == sorted(times)
    assert (times[0], times[-1]) == ("2026-12-01T00:10:00+00:00", "2026-12-02T00:00:00+00:00")
    assert len(times) == 144
    assert not any(sent.retain for sent in bench.outlet.sent if sent.topic == "bench/reading")
    assert bench.outlet.energy_kwh() == pytest.approx(joules(0, 86400) / 3.6e6, rel=1e-4)
    assert house.requests.count(HISTORY) <= 3
    assert bench.outlet.readings[0]["power"] == 10


def test_what_is_filled_is_not_asked_again(bench: Bench, house: Simulator) -> None:
    """A second look finds nothing, and after a reconnect neither."""
    bench.run(60)
    count = house.requests.count(HISTORY)
    bench.link(up=False)
    bench.link(up=True)
    bench.run(60)
    assert len(bench.outlet.asked) >= 2
    assert house.requests.count(HISTORY) == count


def test_what_the_broker_lost_is_filled_again(bench: Bench) -> None:
    """A broker killed after its acknowledgement: the reconnect asks, and history answers."""
    bench.run(60)
    bench.outlet.sent = [sent for sent in bench.outlet.sent if "T05:" not in str(sent.payload)]
    assert len(bench.outlet.gaps(START)) == 2
    bench.link(up=False)
    bench.link(up=True)
    bench.run(60)
    assert bench.outlet.energy_kwh() == pytest.approx(joules(0, 86400) / 3.6e6, rel=1e-4)


def test_an_aggregator_that_starts_late_is_asked_again(bench: Bench) -> None:
    """Without an answer nothing is filled; it is asked with growing waits."""
    bench.outlet.answering = False
    bench.run(75)
    assert 3 <= len(bench.outlet.asked) <= 4
    assert bench.outlet.asked[0]["exact"] is True
    bench.outlet.answering = True
    bench.run(120)
    assert len(bench.outlet.readings) == 144


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"status": "ok", "data": {"gaps": 5}}',
        b'{"status": "ok", "data": {"gaps": [[1, 2]]}}',
        b'{"status": "ok", "data": {"gaps": [["2026-12-01", "x"]]}}',
        b'{"status": "ok", "data": {"gaps": [["2026-12-01T00:00:00Z"]]}}',
        encode_failure(MonitorError("not now")),
    ],
)
def test_a_hostile_answer_is_counted_and_asked_again(bench: Bench, payload: bytes) -> None:
    """It neither crashes the collector nor ends the round."""
    bench.outlet.answering = False
    bench.run(1)
    task = bench.worker._backfill._tasks[0]
    bench.worker.receive(
        [answer_message("bench/response/aggregator/gaps", payload, task.correlation)]
    )
    bench.outlet.answering = True
    bench.run(60)
    assert len(bench.outlet.readings) == 144


def test_an_answer_to_somebody_else_is_left_alone(bench: Bench) -> None:
    """Only our own question counts."""
    bench.outlet.answering = False
    bench.run(1)
    answer = encode_success({"gaps": []})
    bench.worker.receive([answer_message("bench/response/aggregator/gaps", answer, b"other")])
    bench.outlet.answering = True
    bench.run(60)
    assert len(bench.outlet.readings) == 144


def test_a_power_cut_of_eight_hours_books_at_most_a_heartbeat(tmp_path: Path) -> None:
    """The last value stays in force in history for hours; that is not consumption."""
    cut, back = START + 2 * HOUR_S, START + 10 * HOUR_S + 300
    clock = Clock(cut - 1000)
    house = make_simulator(clock)
    house.insert(POWER, [(START + 60.0 * minute, 900 + minute % 4) for minute in range(1440)])
    house.outage(cut, back)
    with serving(house) as url:
        bench = Bench(url, tmp_path, clock)
        bench.run(back - clock.wall + 1)  # the two clocks add up steps with their own rounding
        wait_until(lambda: listens(url), 60.0, what="Home Assistant listening again")
        bench.run(HOUR_S)
    known = {
        span_of(reading)[1]: reading["interval"]["seconds"] * reading["interval"]["coverage"]
        for reading in bench.outlet.readings
        if "interval" in reading
    }
    in_cut = sum(seconds for end, seconds in known.items() if cut < end < back)
    assert HEARTBEAT_S - 61 <= in_cut <= HEARTBEAT_S
    assert known[START + 10 * HOUR_S + TICK_S] == pytest.approx(300, abs=1)
    assert known[START + 10 * HOUR_S + 2 * TICK_S] == TICK_S
    assert bench.problems == {}


def test_house_and_board_that_were_dark_together(tmp_path: Path) -> None:
    """The board wakes in 1970, Home Assistant takes minutes; nothing is booked for the dark."""
    cut, back = START + 2 * HOUR_S, START + 5 * HOUR_S
    clock = Clock(cut - 1000)
    house = make_simulator(clock)
    house.insert(POWER, [(START + 60.0 * minute, 900 + minute % 4) for minute in range(1440)])
    house.outage(cut, back, starting_s=240)
    with serving(house) as url:
        bench = Bench(url, tmp_path, clock)
        bench.run(1000)
        bench.worker.close()
        clock.jump(1000 - clock.wall)
        bench.start()
        bench.run(90)
        assert "1970" in bench.problems["clock"]["text"]
        clock.jump(back + 90 - clock.wall)
        wait_until(lambda: listens(url), 60.0, what="Home Assistant listening again")
        bench.run(HOUR_S)
    spans = [span_of(r) for r in bench.outlet.readings if r.get("interval", {}).get("coverage")]
    assert not [end for start, end in spans if cut + HEARTBEAT_S + TICK_S < end <= back]
    dark = [r for r in bench.outlet.readings if cut < span_of(r)[1] <= back]
    booked = sum(reading["interval"]["energy_kwh"] for reading in dark)
    assert booked <= 903 * HEARTBEAT_S / 3.6e6
    first = START + 5 * HOUR_S + TICK_S
    assert [r["interval"]["coverage"] for r in bench.outlet.readings if span_of(r)[1] == first] == [
        pytest.approx((TICK_S - 240) / TICK_S, abs=0.1)
    ]
    assert bench.problems == {}


def test_an_outage_of_home_assistant_for_us_alone_is_filled(
    bench: Bench, house: Simulator, url: str
) -> None:
    """Its recorder went on, so nothing is missing after it is back."""
    bench.run(60)
    house.unplug()
    bench.run(2 * HOUR_S)
    assert "home_assistant" in bench.problems
    house.plug_in()
    wait_until(lambda: listens(url), 60.0, what="Home Assistant listening again")
    bench.run(TICK_S + 60)
    assert bench.problems == {}
    end = 86400 + 2 * HOUR_S + TICK_S
    assert bench.outlet.energy_kwh() == pytest.approx(joules(0, end) / 3.6e6, rel=1e-4)


def test_an_outage_in_the_middle_of_backfill_is_waited_for(bench: Bench, house: Simulator) -> None:
    """The span is asked for again, not given up."""
    house.faults.add("status", HISTORY, status=503, times=3)
    bench.run(10)
    assert bench.outlet.readings == []
    bench.run(300)
    assert len(bench.outlet.readings) == 144


def test_history_too_large_at_once_is_asked_in_parts(
    url: str, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """Down to what fits."""
    bench = Bench(url, tmp_path, clock)
    house.insert(POWER, [(START + 2.0 * second, second % 977) for second in range(43200)])
    bench.run(60)
    assert house.requests.count(HISTORY) >= 3
    assert len(bench.outlet.readings) == 144


def test_history_too_large_even_for_one_stretch_is_left_out_for_a_while(
    bench: Bench, house: Simulator
) -> None:
    """With a problem in health, and without asking for ever; it may be less another time."""
    house.faults.add("endless", HISTORY)
    bench.run(30)
    count = house.requests.count(HISTORY)
    bench.run(30)
    assert bench.outlet.readings == []
    assert 5 < count < 20
    assert house.requests.count(HISTORY) <= count + 2
    assert "backfill" in bench.problems
    house.faults.clear()
    bench.run(600)
    assert bench.outlet.gaps(START)[0][0] > START + 24 * HOUR_S
    assert bench.problems == {}


def test_a_unit_that_changed_in_the_past(bench: Bench, house: Simulator) -> None:
    """Rows from before are in the old unit, whatever the unit is today."""
    noon = START + 12 * HOUR_S
    house.change_unit(POWER, "kW", at=noon)
    house.insert(POWER, [(noon + 60.0 * minute, 0.5) for minute in range(1440)])
    bench.run(60)
    for reading in bench.outlet.readings:
        end = span_of(reading)[1]
        if end <= noon:
            expected = (end - START) / 60 - 5.5
            assert reading["interval"]["power"]["mean"] == pytest.approx(expected, abs=0.01)
        else:
            assert reading["interval"]["power"]["mean"] == pytest.approx(500)


def test_a_unit_that_was_another_in_the_middle_of_the_past(bench: Bench, house: Simulator) -> None:
    """Where a window begins nothing is known, and at its end the unit is today's."""
    house.unavailable(POWER, START - 3600, START + 6 * HOUR_S)
    house.change_unit(POWER, "kW", at=START + 6 * HOUR_S)
    house.insert(POWER, [(START + 6 * HOUR_S + 60.0 * minute, 0.5) for minute in range(360)])
    house.change_unit(POWER, "W", at=START + 12 * HOUR_S)
    house.insert(POWER, [(START + 12 * HOUR_S + 60.0 * minute, 500) for minute in range(720)])
    bench.run(60)
    means = {reading["interval"]["power"]["mean"] for reading in bench.outlet.readings}
    assert means == {500}


def test_a_meter_is_filled_as_well(
    url: str, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """Its value at each tick, and none in the interval."""
    house.insert(ENERGY, [(START + 60.0 * minute, 10 + minute / 1000) for minute in range(1440)])
    bench = Bench(url, tmp_path, clock, entities={"power": POWER, "energy": ENERGY})
    bench.run(60)
    reading = bench.outlet.readings[5]
    assert reading["energy"] == pytest.approx(10.06)
    assert reading["units"] == {"energy": "kWh"}
    assert "energy" not in reading["interval"]


def test_a_meter_that_counts_in_another_unit_from_now_on(
    url: str, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """Watt-hours instead of kilowatt-hours: the meter neither leaps nor falls."""
    noon = START + 12 * HOUR_S
    house.insert(ENERGY, [(START + 60.0 * minute, 10 + minute / 1000) for minute in range(720)])
    house.change_unit(ENERGY, "Wh", at=noon)
    house.insert(ENERGY, [(noon + 60.0 * minute, 10_720 + minute) for minute in range(720)])
    bench = Bench(url, tmp_path, clock, entities={"power": POWER, "energy": ENERGY})
    bench.run(60)
    meter = [reading["energy"] for reading in bench.outlet.readings]
    assert meter == sorted(meter)
    assert (meter[0], meter[-1]) == (pytest.approx(10.01), pytest.approx(11.439))


def test_time_without_history_gives_no_reading(bench: Bench, house: Simulator) -> None:
    """And it is tried once, not after each reconnect."""
    house.recorder_gap(START + 6 * HOUR_S, START + 12 * HOUR_S)
    bench.run(60)
    known = [span_of(reading)[1] for reading in bench.outlet.readings]
    quiet = [end for end in known if START + 6.5 * HOUR_S < end <= START + 12 * HOUR_S]
    assert quiet == []
    count = house.requests.count(HISTORY)
    bench.link(up=False)
    bench.link(up=True)
    bench.run(60)
    assert house.requests.count(HISTORY) == count


def test_no_more_than_some_hundred_are_unacknowledged(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    """A broker that takes its time sets the pace."""
    clock.wall = START + 23 * HOUR_S  # so that it all is today, and comes minute by minute
    bench = Bench(url, tmp_path, clock, local_collection_interval_minutes=1)
    bench.outlet.acknowledging = False
    bench.run(5)
    assert len(bench.worker._delivery._parcels) == 500
    bench.outlet.acknowledging = True
    bench.run(60)
    assert len({reading["timestamp"] for reading in bench.outlet.readings}) >= 1370


def test_time_before_today_comes_back_in_longer_stretches(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    """With a reading a minute: the same energy, a tenth of the flash."""
    bench = Bench(url, tmp_path, clock, local_collection_interval_minutes=1)
    bench.run(60)
    yesterday = [r for r in bench.outlet.readings if span_of(r)[1] <= START + 86400]
    assert len(yesterday) <= 145  # what the clock cut off at both ends is one of them
    assert sum(reading["interval"]["energy_kwh"] for reading in yesterday) == pytest.approx(
        joules(0, 86400) / 3.6e6, rel=1e-4
    )


def test_backfill_on_command(bench: Bench) -> None:
    """It answers when done, with what it did; a bare word is since."""
    bench.run(60)
    bench.outlet.sent = [sent for sent in bench.outlet.sent if "T05:" not in str(sent.payload)]
    assert bench.command("backfill", "2026-12-01") is None
    bench.run(20)
    _, answer = bench.outlet.answers[-1]
    assert not isinstance(answer, MonitorError)
    assert answer["readings"] == 6
    bench.command("backfill", since="2026-12-01T00:00:00Z", until="2026-12-01T12:00:00+01:00")
    bench.run(20)
    _, answer = bench.outlet.answers[-1]
    assert not isinstance(answer, MonitorError)
    assert answer["readings"] == 0
    assert answer["to"] == "2026-12-01T11:00:00+00:00"


def test_health_tells_how_far_a_backfill_is(bench: Bench) -> None:
    """The share of the missing time grows to all of it; then there is no round any more."""
    shares: list[float] = []
    health = bench.outlet.health
    for _ in range(600):
        bench.run(0)
        bench.clock.advance(0.1)
        if state := health.facts.get("backfill"):
            shares.append(state["done"])
    assert shares[0] == 0
    assert max(shares) == 1
    assert shares == sorted(shares)
    assert health.facts["backfill"] is None


@pytest.mark.parametrize("word", ["yesterday", "2026-13-01", "2026-12-01T00:00", "2099-01-01"])
def test_backfill_of_nonsense_is_refused(bench: Bench, word: str) -> None:
    """With an example to type."""
    with pytest.raises(MonitorError) as caught:
        bench.command("backfill", word)
    assert "2026-11-20" in caught.value.hint


def test_backfill_on_command_tells_what_failed(bench: Bench, house: Simulator) -> None:
    """Nobody waits for ever."""
    bench.outlet.answering = False
    bench.command("backfill", "2026-12-01")
    bench.run(120)
    _, answer = bench.outlet.answers[-1]
    assert "aggregator" in str(answer)
    bench.outlet.answering = True
    house.unplug()
    bench.command("backfill", "2026-12-01")
    bench.run(10)
    _, answer = bench.outlet.answers[-1]
    assert "can't be reached" in str(answer)


def test_a_clock_that_is_ahead_asks_for_no_future(
    bench: Bench, house: Simulator, clock: Clock
) -> None:
    """Home Assistant's clock is right: what it has still to see is known to nobody yet."""
    behind_s = clock.wall - clock.steady
    house.clock = lambda: clock.steady + behind_s
    bench.run(2 * HOUR_S)
    clock.jump(2 * 24 * HOUR_S)
    bench.run(TICK_S + 60)
    right = clock.wall - 2 * 24 * HOUR_S
    assert all(
        span_of(reading)[1] <= right for reading in bench.outlet.readings if "interval" in reading
    )
    clock.jump(-2 * 24 * HOUR_S)
    bench.run(2 * HOUR_S)
    assert bench.outlet.gaps(clock.wall - 24 * HOUR_S)[0][0] > clock.wall - 2 * TICK_S
    spans = [span_of(reading) for reading in bench.outlet.readings if "interval" in reading]
    for start, end in spans:
        assert end > start
    known = [r for r in bench.outlet.readings if "interval" in r and span_of(r)[1] <= clock.wall]
    for reading in known:
        start, end = span_of(reading)
        told = reading["interval"]["energy_kwh"]
        assert told == pytest.approx(joules(start - START, end - START) / 3.6e6, rel=1e-3)


def test_a_reading_sent_while_the_answer_is_on_its_way_is_not_missing(bench: Bench) -> None:
    """A second, shorter one in it would spread its energy evenly over the rest."""
    bench.outlet.slow = []
    bench.run(TICK_S - 200)
    assert bench.outlet.slow
    bench.run(200)  # over a tick
    bench.outlet.inbox, bench.outlet.slow = bench.outlet.slow[:1], None
    bench.run(120)
    spans = sorted(span_of(reading) for reading in bench.outlet.readings if "interval" in reading)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
