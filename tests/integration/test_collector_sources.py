"""Sensors that speak by MQTT, on the bench: what they said becomes exact readings, or unknown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.collector import POWER, START, Bench, Clock, listens, make_simulator
from support.wait import wait_until

from demo.server import serving
from demo.simulator import Simulator
from shared.errors import MonitorError, Refused

KITCHEN = {"topic": "plug/kitchen", "path": "power", "unit": "kW", "availability": "plug/there"}
PUMP = {"topic": "pump/power", "unit": "W", "heartbeat_seconds": 1500}
BOTH = {"kitchen": KITCHEN, "pump": PUMP, "power": {"sum": ["kitchen", "pump"]}}
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def clock() -> Clock:
    """Return clocks that stand until they are turned."""
    return Clock()


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Bench:
    """Return a collector without Home Assistant, with two sensors and their sum."""
    return Bench(NOWHERE, tmp_path, clock, entities={}, sources=BOTH)


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    """Return a Home Assistant whose clock is the bench's."""
    return make_simulator(clock)


@pytest.fixture
def url(simulator: Simulator) -> Iterator[str]:
    """Serve it."""
    with serving(simulator) as address:
        yield address


def last(bench: Bench) -> dict[str, Any]:
    """Return the newest reading."""
    return bench.outlet.readings[-1]


def test_each_message_is_a_change_and_the_sum_is_exact(bench: Bench) -> None:
    """Kitchen 1 kW for 300 of 600 s, pump 500 W throughout: 0.166667 kWh, no more than 1500 W."""
    bench.say("pump/power", "500")
    bench.say("plug/kitchen", '{"power": 0}')
    bench.run(100)
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(300)
    bench.say("plug/kitchen", '{"power": 0}')
    bench.run(201)
    reading = last(bench)
    assert (reading["power"], reading["kitchen"], reading["pump"]) == (500, 0, 500)
    assert reading["units"] == {"kitchen": "W", "pump": "W"}
    interval = reading["interval"]
    assert (interval["seconds"], interval["coverage"]) == (600, 1.0)
    assert interval["energy_kwh"] == pytest.approx((500 * 600 + 1000 * 300) / 3.6e6, abs=1e-6)
    assert interval["power"] == {"mean": 1000, "min": 500, "max": 1500}
    assert interval["kitchen"] == {"mean": 500, "min": 0, "max": 1000}


def test_a_device_that_is_away_is_unknown_and_the_sum_with_it(bench: Bench) -> None:
    """From the moment its last will says so, until it speaks again; the other part stays known."""
    bench.say("pump/power", "500")
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(150)
    bench.say("plug/there", "Offline", retained=True)
    bench.run(150)
    bench.say("plug/kitchen", '{"power": 2.0}')  # a straggler
    bench.say("plug/there", "Online", retained=True)
    bench.run(150)
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(151)
    interval = last(bench)["interval"]
    assert interval["coverage"] == pytest.approx(0.5)
    assert interval["power"] == {"mean": 1500, "min": 1500, "max": 1500}
    assert interval["pump"]["coverage"] == 1.0


def test_silence_beyond_the_heartbeat_is_unknown_and_never_zero(bench: Bench) -> None:
    """The sensor's own heartbeat, 900 s for one and 1500 s for the other; health says which."""
    bench.say("pump/power", "500")
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(1201)
    assert (last(bench)["power"], last(bench)["kitchen"], last(bench)["pump"]) == (None, None, 500)
    assert last(bench)["interval"]["coverage"] == pytest.approx(0.5)
    assert set(bench.problems) == {"source:kitchen"}
    assert "longer than 900 s" in bench.problems["source:kitchen"]["text"]
    assert "mosquitto_sub -v -t plug/kitchen" in bench.problems["source:kitchen"]["hint"]
    bench.run(600)
    assert last(bench)["pump"] is None
    assert last(bench)["interval"]["energy_kwh"] is None
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.say("pump/power", "500")
    bench.run(600)
    assert last(bench)["power"] == 1500
    assert bench.problems == {}


def test_a_retained_value_is_not_taken_but_a_retained_availability_is(bench: Bench) -> None:
    """Nobody knows how old the first is; the second is the broker's last word."""
    bench.say("pump/power", "500", retained=True)
    bench.say("plug/there", "offline", retained=True)
    bench.run(601)
    assert last(bench)["pump"] is None
    assert bench.outlet.health.counters["sensor_retained"] == 1
    assert "plug/there says so" in bench.problems["source:kitchen"]["text"]


@pytest.mark.parametrize(
    ("payload", "counted"),
    [
        ('{"power": NaN}', "unreadable"),
        ("<html>login</html>", "unreadable"),
        ('{"power": "1.5 kW"}', "not_a_number"),
        ('{"energy": 3}', "without_path"),
        ("x" * 5_000_000, "too_large"),
    ],
)
def test_a_payload_nobody_can_use_changes_nothing_and_is_counted(
    bench: Bench, payload: str, counted: str
) -> None:
    bench.say("pump/power", "500")
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(300)
    bench.say("plug/kitchen", payload)
    bench.run(301)
    assert last(bench)["interval"]["power"] == {"mean": 1500, "min": 1500, "max": 1500}
    assert bench.outlet.health.counters[f"sensor_{counted}"] == 1
    assert bench.outlet.health.facts["sources"]["kitchen"]["ignored"] == 1
    assert "plug/kitchen" in bench.problems["source:kitchen"]["text"]
    assert "sources.kitchen.path" in bench.problems["source:kitchen"]["hint"]


def test_a_value_out_of_bounds_is_unknown(tmp_path: Path, clock: Clock) -> None:
    bounds = {"pump": [0, 4000], "power": [0, 5000]}
    bench = Bench(NOWHERE, tmp_path, clock, entities={}, sources=BOTH, bounds=bounds)
    bench.say("pump/power", "3900")
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(300)
    bench.say("plug/kitchen", '{"power": 2.0}')
    bench.run(150)
    bench.say("pump/power", "40000")
    bench.run(151)
    interval = last(bench)["interval"]
    assert interval["power"] == {"mean": 4900, "min": 4900, "max": 4900}
    assert interval["coverage"] == 0.5
    assert interval["pump"]["coverage"] == 0.75


def test_energy_is_the_same_whatever_the_interval(tmp_path: Path) -> None:
    """Ticks cut what was heard and lose nothing of it."""
    totals = []
    for minutes in (10, 1, 0.25):
        bench = Bench(
            NOWHERE,
            tmp_path / str(minutes),
            Clock(),
            entities={},
            sources=BOTH,
            local_collection_interval_minutes=minutes,
        )
        for step in range(60):
            bench.say("pump/power", str(100 + 37 * (step % 7)))
            bench.say("plug/kitchen", f'{{"power": {step % 3}}}')
            bench.run(20)
        bench.run(1)
        totals.append(bench.outlet.energy_kwh())
    assert totals[1:] == pytest.approx(totals[:1] * 2, abs=1e-5)


def test_a_clean_stop_stores_what_was_heard_since_the_last_tick(bench: Bench) -> None:
    """Nobody could give it again. The next start claims no time in which nobody listened."""
    bench.say("pump/power", "600")
    bench.say("plug/kitchen", '{"power": 0}')
    bench.run(780)
    bench.worker.close()
    assert last(bench)["timestamp"] == "2026-12-01T00:13:00+00:00"
    assert last(bench)["interval"]["energy_kwh"] == pytest.approx(600 * 180 / 3.6e6)
    bench.clock.advance(120)
    bench.start()
    bench.say("pump/power", "600")
    bench.say("plug/kitchen", '{"power": 0}')
    bench.run(301)
    assert last(bench)["interval"]["seconds"] == 300
    assert last(bench)["interval"]["coverage"] == 1.0
    assert bench.outlet.energy_kwh() == pytest.approx(600 * (1200 - 120) / 3.6e6, abs=1e-6)


def test_a_lost_broker_is_unknown_beyond_the_heartbeat(bench: Bench) -> None:
    """What was in force holds for its heartbeat, then nothing is known until a message comes."""
    bench.say("pump/power", "500")
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(60)
    bench.link(up=False)
    bench.run(1740)
    bench.link(up=True)
    bench.say("plug/there", "online", retained=True)
    bench.say("pump/power", "500", retained=True)
    bench.run(61)
    known = {
        reading["timestamp"][11:16]: reading["interval"]["coverage"]
        for reading in bench.outlet.readings
    }
    assert known["00:10"] == 1.0
    assert known["00:20"] == pytest.approx(0.5)
    assert known["00:30"] == 0.0


def test_a_clock_that_jumps_moves_what_was_heard_with_it(bench: Bench) -> None:
    """A board starts in the past and is put right: the time since then is real all the same."""
    bench.say("pump/power", "500")
    bench.say("plug/kitchen", '{"power": 1.0}')
    bench.run(700)
    bench.clock.jump(86400)
    bench.run(560)
    interval = last(bench)["interval"]
    assert last(bench)["timestamp"].startswith("2026-12-02T00:20")
    assert interval["coverage"] == pytest.approx(0.5)
    assert interval["power"] == {"mean": 1500, "min": 1500, "max": 1500}
    assert interval["energy_kwh"] == pytest.approx(1500 * 300 / 3.6e6)


def test_no_time_is_told_twice_or_never_whatever_the_clock_does(
    tmp_path: Path, clock: Clock
) -> None:
    """Ticks missed by a board that was busy, and steps of the clock forward and back."""
    bench = Bench(
        NOWHERE,
        tmp_path,
        clock,
        entities={},
        sources={"power": {**PUMP, "heartbeat_seconds": 86400}},
        local_collection_interval_minutes=1,
    )
    bench.say("pump/power", "1000")
    for step in (95.0, 0.0, 200.0):
        bench.run(120)
        clock.advance(step)  # nobody steps meanwhile
    bench.run(120)
    for jump in (30.0, 400.0, -20.0):
        clock.jump(jump)
        bench.run(300)
    told = sum(reading["interval"]["energy_kwh"] or 0 for reading in bench.outlet.readings)
    lived = clock.steady - 1000.0
    assert told == pytest.approx(1000 * lived / 3.6e6, abs=1000 * 60 / 3.6e6 + 1e-6)


def test_a_reading_can_be_asked_for_and_live_values_come(tmp_path: Path, clock: Clock) -> None:
    bench = Bench(NOWHERE, tmp_path, clock, entities={}, sources=BOTH, live_interval_seconds=5)
    bench.say("pump/power", "500")
    bench.say("plug/kitchen", '{"power": 0.25}')
    bench.run(33)
    live = [sent.document for sent in bench.outlet.sent if sent.topic.endswith("/live")]
    assert live[-1]["power"] == 750
    bench.command("collect")
    bench.run(3)
    assert last(bench)["power"] == 750
    answer = bench.outlet.answers[-1][1]
    assert not isinstance(answer, MonitorError)
    assert answer["reading"]["kitchen"] == 250


def test_a_backfill_of_what_nobody_remembers_is_refused(bench: Bench) -> None:
    with pytest.raises(Refused, match="nothing to fill gaps from"):
        bench.command("backfill")
    assert bench.outlet.asked == []


# Together with Home Assistant

REST = {"kitchen": KITCHEN, "rest": {"difference": ["power", "kitchen"]}}
HOUSE_AND_PUMP = {"pump": PUMP, "power": {"sum": ["main", "pump"]}}


def test_parts_from_home_assistant_and_from_mqtt_are_put_together(
    tmp_path: Path, clock: Clock, simulator: Simulator, url: str
) -> None:
    simulator.set(POWER, 1000)
    bench = Bench(url, tmp_path, clock, sources=REST)
    bench.say("plug/kitchen", '{"power": 0.2}')
    bench.run(300)
    simulator.set(POWER, 2000)
    bench.run(100)
    bench.say("plug/kitchen", '{"power": 1.2}')
    bench.run(210)
    interval = last(bench)["interval"]
    assert interval["power"] == {"mean": 1500, "min": 1000, "max": 2000}
    assert interval["rest"]["min"] == pytest.approx(800, abs=0.1)
    assert interval["rest"]["max"] == pytest.approx(1800, abs=0.1)
    assert last(bench)["rest"] == 800


def test_what_was_heard_waits_for_home_assistant_where_power_needs_it(
    tmp_path: Path, clock: Clock, simulator: Simulator, url: str
) -> None:
    """Its history of the outage and what was heard meanwhile make exact readings of the past."""
    simulator.set(POWER, 1000)
    bench = Bench(url, tmp_path, clock, entities={"main": POWER}, sources=HOUSE_AND_PUMP)
    bench.say("pump/power", "500")
    bench.run(610)
    with_both = len(bench.outlet.readings)
    simulator.unplug()
    bench.run(1200)
    assert len(bench.outlet.readings) == with_both
    bench.say("pump/power", "700")
    simulator.plug_in()
    wait_until(lambda: listens(url), what="Home Assistant listening again")
    bench.run(1300)
    assert bench.outlet.gaps(START) == [] or bench.outlet.gaps(START)[0][0] >= START + 3000
    by_time = {reading["timestamp"][11:16]: reading for reading in bench.outlet.readings}
    assert by_time["00:20"]["interval"]["power"] == {"mean": 1500, "min": 1500, "max": 1500}


def test_readings_go_on_without_home_assistant_where_power_does_not_need_it(
    tmp_path: Path, clock: Clock, simulator: Simulator, url: str
) -> None:
    bench = Bench(
        url,
        tmp_path,
        clock,
        entities={"voltage": "sensor.voltage"},
        sources={"power": PUMP},
    )
    simulator.set("sensor.voltage", 230)
    bench.say("pump/power", "500")
    bench.run(620)
    assert last(bench)["voltage"] == 230
    simulator.unplug()
    bench.run(640)
    assert (last(bench)["power"], last(bench)["voltage"]) == (500, None)
    assert last(bench)["timestamp"] == "2026-12-01T00:20:00+00:00"
    assert last(bench)["interval"]["coverage"] == 1.0


def test_a_voltage_is_told_without_home_assistant_even_where_power_needs_it(
    tmp_path: Path, clock: Clock, simulator: Simulator, url: str
) -> None:
    """It says that the house is dark; and the time is filled once Home Assistant is back."""
    supply = {"topic": "ups/voltage", "unit": "V", "heartbeat_seconds": 3600}
    bench = Bench(url, tmp_path, clock, sources={"voltage": supply, "pump": PUMP})
    simulator.set(POWER, 1000)
    bench.say("ups/voltage", "230")
    bench.run(610)
    simulator.unplug()
    bench.say("ups/voltage", "0")
    bench.run(640)
    told = last(bench)
    assert (told["timestamp"], told["voltage"]) == ("2026-12-01T00:20:00+00:00", 0)
    assert told["units"] == {"voltage": "V"}
    assert not {"power", "pump", "interval"} & told.keys()
    bench.say("ups/voltage", "230")
    simulator.plug_in()
    wait_until(lambda: listens(url), what="Home Assistant listening again")
    bench.run(1300)
    filled = [one for one in bench.outlet.readings if one["timestamp"] == told["timestamp"]]
    assert filled[-1]["power"] == 1000
