"""The collector against a simulated Home Assistant over HTTP: what ends up in the readings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.collector import ENERGY, POWER, START, VOLTAGE, Bench, Clock, make_simulator

from demo.server import serving
from demo.simulator import Simulator
from shared.errors import MonitorError

MINUTE_S = 60.0
TICK_S = 600.0
SOON = 2.0


@pytest.fixture(name="clock")
def a_clock() -> Clock:
    """Return a clock that shows a second before the ticks of START."""
    return Clock(START - 1)


@pytest.fixture(name="house")
def a_house(clock: Clock) -> Simulator:
    """Return a Home Assistant in which power has been 100 W for a while."""
    simulator = make_simulator(clock)
    simulator.set(POWER, 100, at=START - 400)
    simulator.set(VOLTAGE, 230, at=START - 400)
    simulator.set(ENERGY, 17.5, at=START - 400)
    return simulator


@pytest.fixture(name="url")
def a_url(house: Simulator) -> Iterator[str]:
    """Serve the house."""
    with serving(house) as url:
        yield url


@pytest.fixture(name="bench")
def a_bench(url: str, tmp_path: Path, clock: Clock) -> Bench:
    """Return a collector of power alone, at ten minutes."""
    return Bench(url, tmp_path, clock)


def test_a_tick_gives_one_reading_some_seconds_later(bench: Bench) -> None:
    """Published once, retained, with the exact interval."""
    bench.run(1 + 5)
    assert bench.outlet.readings == []
    bench.run(2)
    assert bench.outlet.readings == [
        {
            "timestamp": "2026-12-01T00:00:00+00:00",
            "power": 100,
            "interval": {
                "seconds": 600,
                "coverage": 0.666667,
                "energy_kwh": 0.011111,
                "export_kwh": 0,
                "power": {"mean": 100.0, "min": 100, "max": 100},
            },
        }
    ]
    assert bench.outlet.sent[-1].retain
    bench.run(TICK_S)
    assert len(bench.outlet.readings) == 2


def test_a_kettle_between_ticks_is_in_the_books(bench: Bench, house: Simulator) -> None:
    """Two minutes of 2100 W more, seen by no tick, to 0.1 %."""
    house.insert(POWER, [(START + 125.5, 2200), (START + 245.5, 100)])
    bench.run(TICK_S + 10)
    interval = bench.outlet.readings[-1]["interval"]
    expected = (100 * 600 + 2100 * 120) / 3.6e6
    assert interval["energy_kwh"] == pytest.approx(expected, rel=1e-4)
    assert interval["coverage"] == 1
    assert interval["power"]["max"] == 2200
    assert bench.outlet.readings[-1]["power"] == 100


def test_a_change_a_whole_second_before_a_tick_counts_from_then_on(
    bench: Bench, house: Simulator
) -> None:
    """Home Assistant leaves out what changed at the very instant from which history is asked."""
    house.insert(POWER, [(START + TICK_S - 1, 2100), (START + 1.5 * TICK_S, 100)])
    bench.run(2 * TICK_S + 10)
    interval = bench.outlet.readings[-1]["interval"]
    assert interval["energy_kwh"] == pytest.approx(1100 * TICK_S / 3.6e6, rel=1e-5)


def test_a_value_that_does_not_change_for_hours_is_known(bench: Bench) -> None:
    """Between two ticks of ours a row speaks until the next one, far beyond the heartbeat."""
    bench.run(5 * 3600)
    assert [reading["interval"]["coverage"] for reading in bench.outlet.readings[1:]] == [1] * 29


def test_change_right_before_the_tick_is_known_though_the_recorder_is_late(
    bench: Bench, house: Simulator
) -> None:
    """The current state brings its own last change; a late recorder is asked again."""
    house.recorder.commit_delay_s = 12.0
    house.insert(POWER, [(START + 590, 400), (START + 595, 1000), (START + 598, 5000)])
    bench.run(TICK_S + 30)
    reading = bench.outlet.readings[-1]
    assert reading["power"] == 5000
    joules = 100 * 590 + 400 * 5 + 1000 * 3 + 5000 * 2
    assert reading["interval"]["energy_kwh"] == pytest.approx(joules / 3.6e6, rel=1e-4)


def test_export_and_import_in_one_interval_do_not_cancel(bench: Bench, house: Simulator) -> None:
    """Each is integrated on its own."""
    house.insert(POWER, [(START + 1, -600), (START + 301, 1200)])
    bench.run(TICK_S + 10)
    interval = bench.outlet.readings[-1]["interval"]
    assert interval["export_kwh"] == pytest.approx(600 * 300 / 3.6e6, rel=1e-3)
    assert interval["energy_kwh"] == pytest.approx((100 + 1200 * 299) / 3.6e6, rel=1e-3)


def test_unavailable_is_null_and_its_time_unknown(bench: Bench, house: Simulator) -> None:
    """Never 0, and the value before ends."""
    house.insert(POWER, [(START + 300, "unavailable")])
    bench.run(TICK_S + 10)
    reading = bench.outlet.readings[-1]
    assert reading["power"] is None
    assert reading["interval"]["coverage"] == 0.5
    assert reading["interval"]["power"]["min"] == 100


def test_several_metrics_and_a_meter(
    url: str, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """Units are named but power's; the meter has a value and no interval of its own."""
    entities = {"power": POWER, "voltage": VOLTAGE, "energy": ENERGY}
    bench = Bench(url, tmp_path, clock, entities=entities)
    house.insert(ENERGY, [(START + 500, 17.6)])
    bench.run(TICK_S + 10)
    reading = bench.outlet.readings[-1]
    assert reading["units"] == {"voltage": "V", "energy": "kWh"}
    assert (reading["voltage"], reading["energy"]) == (230, 17.6)
    assert set(reading["interval"]) >= {"power", "voltage"}
    assert "energy" not in reading["interval"]


def test_a_change_of_unit_from_watts_to_kilowatts(bench: Bench, house: Simulator) -> None:
    """Rows before are watts, rows after are kilowatts; no thousandfold, no thousandth."""
    bench.run(10)
    house.insert(POWER, [(START + 100, 200)])
    house.set(POWER, 1.5, at=START + 300, unit="kW")
    house.insert(POWER, [(START + 450, 2.5)])
    bench.run(2 * TICK_S)
    first, second = bench.outlet.readings[1:3]
    assert first["power"] == second["power"] == 2500
    joules = 100 * 100 + 200 * 200 + 1500 * 150 + 2500 * 150
    assert first["interval"]["energy_kwh"] == pytest.approx(joules / 3.6e6, rel=1e-3)
    assert second["interval"]["energy_kwh"] == pytest.approx(2500 / 6000, rel=1e-3)


def test_a_unit_that_changes_and_changes_back_within_an_interval(
    bench: Bench, house: Simulator
) -> None:
    """As of a sensor that scales by itself: both ends look alike, each row has its own."""
    bench.run(10)
    house.set(POWER, 2.5, at=START + 100, unit="kW")
    house.set(POWER, 800, at=START + 400, unit="W")
    bench.run(TICK_S)
    interval = bench.outlet.readings[-1]["interval"]
    joules = 100 * 100 + 2500 * 300 + 800 * 200
    assert interval["energy_kwh"] == pytest.approx(joules / 3.6e6, rel=1e-3)
    assert interval["power"] == {"mean": pytest.approx(joules / 600), "min": 100, "max": 2500}


def test_a_unit_set_right_under_a_number_that_stays(bench: Bench, house: Simulator) -> None:
    """The state says when its text changed, not its unit: before, it was still the old one."""
    bench.run(10)
    house.set(POWER, 412, at=START + 100)
    house.change_unit(POWER, "mW", at=START + 400)
    bench.run(TICK_S)
    interval = bench.outlet.readings[-1]["interval"]
    joules = 100 * 100 + 412 * 300 + 0.412 * 200
    assert interval["energy_kwh"] == pytest.approx(joules / 3.6e6, rel=1e-3)


def test_an_unknown_unit_is_reported_and_not_stored(bench: Bench, house: Simulator) -> None:
    """BTU/h is no power we know, and no unit at all is none either."""
    for unit in ("BTU/h", None):
        house.change_unit(POWER, unit, at=START - 300)
        bench.run(TICK_S)
        assert bench.outlet.readings[-1]["power"] is None
        assert "kW" in bench.problems["unit:power"]["hint"]
    house.change_unit(POWER, "W")
    bench.run(TICK_S)
    assert "unit:power" not in bench.problems


def test_a_text_that_is_no_number_is_unknown_and_told(bench: Bench, house: Simulator) -> None:
    """A template with thousands separators, say; then one that is right."""
    for text in ("1,234.5", "412 W"):
        house.set(POWER, text)
        bench.run(TICK_S)
        assert bench.outlet.readings[-1]["power"] is None
        assert repr(text) in bench.problems["value:power"]["text"]
        assert "template" in bench.problems["value:power"]["hint"]
    house.set(POWER, " 412 ")
    bench.run(TICK_S)
    assert bench.outlet.readings[-1]["power"] == 412
    assert bench.problems == {}


def test_a_value_out_of_bounds_is_unknown_and_counted(
    url: str, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """In the interval as well as at the tick."""
    bench = Bench(url, tmp_path, clock, bounds={"power": [-10, 20_000]})
    house.insert(POWER, [(START + 300, 1e9)])
    bench.run(TICK_S + 10)
    reading = bench.outlet.readings[-1]
    assert reading["power"] is None
    assert reading["interval"]["power"] == {"mean": 100.0, "min": 100, "max": 100}
    assert bench.outlet.health.counters["implausible_power"] == 1


def test_a_missing_entity_is_null_and_named(url: str, tmp_path: Path, clock: Clock) -> None:
    """Home Assistant answers, so the other metrics go on."""
    entities = {"power": POWER, "voltage": "sensor.gone"}
    bench = Bench(url, tmp_path, clock, entities=entities)
    bench.run(10)
    assert bench.outlet.readings[-1]["power"] == 100
    assert bench.outlet.readings[-1]["voltage"] is None
    assert "sensor.gone" in bench.problems["entity:voltage"]["text"]


def test_at_one_second_history_is_asked_every_ten(
    url: str, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """Each reading has its own interval all the same."""
    bench = Bench(url, tmp_path, clock, local_collection_interval_minutes=1 / 60)
    bench.run(10)
    house.requests.clear()
    house.insert(POWER, [(START + 20.25 + index, 100 + index) for index in range(20)])
    bench.run(60)
    assert 5 <= house.requests.count("/api/history/*") <= 7
    readings = {reading["timestamp"]: reading for reading in bench.outlet.readings}
    assert len(readings) >= 58
    interval = readings["2026-12-01T00:00:25+00:00"]["interval"]
    assert interval["seconds"] == 1
    assert interval["power"] == {"mean": 103.75, "min": 103, "max": 104}


def test_live_values_are_quick_and_without_interval(url: str, tmp_path: Path, clock: Clock) -> None:
    """QoS 0 and not stored by anybody."""
    bench = Bench(url, tmp_path, clock, live_interval_seconds=5)
    bench.run(61)
    live = [sent for sent in bench.outlet.sent if sent.topic == bench.outlet.topics.live]
    assert 12 <= len(live) <= 13
    assert all(sent.qos == 0 and "interval" not in sent.document for sent in live)


def test_collect_answers_with_a_reading_of_now(bench: Bench, house: Simulator) -> None:
    """Its interval begins at the last tick, and the next tick's begins at it."""
    bench.run(100)
    house.set(POWER, 300)
    bench.run(50.4)
    assert bench.command("collect") is None
    bench.run(SOON)
    _, answer = bench.outlet.answers[-1]
    assert not isinstance(answer, MonitorError)
    assert answer["reading"]["timestamp"] == "2026-12-01T00:02:29+00:00"
    assert answer["reading"]["interval"]["seconds"] == 149
    bench.run(TICK_S)
    assert bench.outlet.readings[-1]["interval"]["seconds"] == 451
    assert bench.outlet.readings[-1]["interval"]["coverage"] == 1


def test_two_collects_in_one_second_have_times_of_their_own(bench: Bench) -> None:
    """No timestamp is given twice, and history is spared."""
    bench.run(60)
    bench.command("collect")
    bench.command("collect")
    bench.run(30)
    times = [reading["timestamp"] for reading in bench.outlet.readings]
    assert len(bench.outlet.answers) == 2
    assert len(set(times)) == len(times) == 3


def test_nothing_happens_before_the_clock_is_believable(
    url: str, tmp_path: Path, house: Simulator
) -> None:
    """A board that woke up in 1970 asks for nothing, says why, and begins when time is right."""
    clock = Clock(1000.0)
    bench = Bench(url, tmp_path, clock)
    bench.run(1300)
    assert house.requests.count() == 0
    assert "NTP" in bench.problems["clock"]["hint"]
    with pytest.raises(MonitorError):
        bench.command("collect")
    clock.jump(START - 5 - clock.wall)
    bench.run(20)
    assert [reading["timestamp"][:10] for reading in bench.outlet.readings] == ["2026-12-01"]
    assert "clock" not in bench.problems


@pytest.mark.parametrize("jump_s", [7200.0, -7200.0, 90.0, -90.0])
def test_a_clock_that_jumps_brings_no_flood(bench: Bench, jump_s: float) -> None:
    """At most one reading an interval, none twice, and time missed goes to backfill."""
    bench.run(3 * TICK_S + 60)
    before = len(bench.outlet.readings)
    bench.outlet.answering = False
    bench.clock.jump(jump_s)
    bench.run(3 * TICK_S)
    new = bench.outlet.readings[before:]
    times = [reading["timestamp"] for reading in new]
    assert 2 <= len(new) <= 4
    assert len(set(times)) == len(times)
    assert all(reading.get("interval", {"seconds": 0})["seconds"] <= 600 for reading in new)


def test_maintenance_is_remembered_and_told(bench: Bench) -> None:
    """Readings are kept meanwhile."""
    assert bench.command("maintenance", "on") == {"maintenance": "on"}
    bench.restart()
    told = [sent for sent in bench.outlet.sent if sent.topic == bench.outlet.topics.maintenance]
    assert [sent.payload for sent in told] == [b"off", b"on", b"on"]
    assert all(sent.retain for sent in told)
    assert bench.command("maintenance", "toggle") == {"maintenance": "off"}
    with pytest.raises(MonitorError, match="on, off or toggle"):
        bench.command("maintenance", "maybe")
    bench.run(20)
    assert bench.outlet.readings
