"""The simulated Home Assistant without its sockets: recorder, clock, and what befalls it."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from demo.api import Request, answer
from demo.control import control
from demo.entity import sensor
from demo.faults import FaultBook, Kind
from demo.problem import Problem
from demo.simulator import Simulator

START = 1_790_000_000.0
POWER = "sensor.power"
DAY_S = 86_400


@dataclass(slots=True)
class Bench:
    """A simulator with a clock to turn and one power sensor."""

    now: float = START
    simulator: Simulator = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = Simulator({POWER: sensor("W", "power")}, clock=lambda: self.now)

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON of an answer."""
        target = path + "?" + "&".join(f"{key}={value}" for key, value in query.items())
        return orjson.loads(
            answer(self.simulator, Request("GET", target, "Bearer test-token")).body
        )

    def state(self, entity_id: str = POWER) -> str | None:
        """Return an entity's state now, None where it is 404."""
        state: str | None = self.get(f"/api/states/{entity_id}").get("state")
        return state

    def history(self, start: float, end: float, entity_id: str = POWER) -> list[tuple[float, str]]:
        """Return (seconds after START, state) of the rows of a span."""
        rows = self.simulator.recorder.rows
        entity = self.simulator.entities[entity_id]
        first = self.simulator.recorder.start_row(entity, START + start, self.now)
        listed = [(start, first.state)] if first else []
        found = rows(entity, START + start, START + end, self.now)
        return listed + [(row.updated - START, row.state) for row in found]


@pytest.fixture(name="bench")
def a_bench() -> Bench:
    """Give a simulator whose sensor had 1 at second 0, 2 at 10, 3 at 20 and 4 at 30; it is 60."""
    bench = Bench()
    rows = [(START, 1.0), (START + 10, 2.0), (START + 20, 3.0), (START + 30, 4.0)]
    bench.simulator.insert(POWER, rows)
    bench.now = START + 60
    return bench


def test_history_is_a_step_function_with_what_was_in_force_first(bench: Bench) -> None:
    """The plain case."""
    assert bench.history(5, 25) == [(5, "1.0"), (10, "2.0"), (20, "3.0")]


def test_rows_of_the_future_come_into_force_with_the_clock(bench: Bench) -> None:
    """So a test can write a day's script at once."""
    bench.simulator.set(POWER, 9, at=START + 100)
    assert (bench.state(), bench.history(40, 200)) == ("4.0", [(40, "4.0")])
    bench.now = START + 100
    assert (bench.state(), bench.history(40, 200)) == ("9", [(40, "4.0"), (100, "9")])


def test_the_newest_seconds_may_not_be_committed_yet(bench: Bench) -> None:
    """They are out of history and in the states."""
    bench.simulator.recorder.commit_delay_s = 35.0
    assert bench.history(5, 60) == [(5, "1.0"), (10, "2.0"), (20, "3.0")]
    assert bench.state() == "4.0"


def test_rows_older_than_the_retention_are_gone(bench: Bench) -> None:
    """Ten days unless said otherwise, what was in force included."""
    bench.now = START + 15 + 10 * DAY_S
    assert bench.history(5, 60) == [(20, "3.0"), (30, "4.0")]
    bench.simulator.recorder.retention_days = 11
    assert bench.history(5, 60)[0] == (5, "1.0")


def test_an_unavailable_time_is_told_in_both(bench: Bench) -> None:
    """History has its edges and the states have the word."""
    bench.simulator.unavailable(POWER, START + 15, START + 25)
    bench.simulator.unavailable(POWER, START + 50, START + 70, "unknown")
    wanted = [(5, "1.0"), (10, "2.0"), (15, "unavailable"), (25, "3.0"), (30, "4.0")]
    assert bench.history(5, 45) == wanted
    assert bench.state() == "unknown"
    bench.now = START + 71
    assert bench.state() == "4.0"


def test_an_outage_records_nothing_and_then_tells_the_state_anew(bench: Bench) -> None:
    """The last value stays in force meanwhile; that is not consumption."""
    bench.simulator.outage(START + 15, START + 40, starting_s=5.0)
    assert bench.history(5, 60) == [(5, "1.0"), (10, "2.0"), (45, "4.0")]
    bench.now = START + 20
    assert not bench.simulator.is_reachable()
    bench.now = START + 41
    assert bench.simulator.is_reachable()
    assert bench.state() is None
    assert bench.get("/api/config")["state"] == "STARTING"
    assert bench.get("/api/states") == []
    bench.now = START + 45
    assert bench.state() == "4.0"


def test_a_gap_of_the_recorder_keeps_the_states(bench: Bench) -> None:
    """Rows are missing, and what was in force is the last row before."""
    bench.simulator.recorder_gap(START + 5, START + 25)
    assert bench.history(-5, 60) == [(0, "1.0"), (30, "4.0")]
    assert bench.history(22, 60) == [(22, "1.0"), (30, "4.0")]
    bench.now = START + 21
    assert bench.state() == "3.0"


def test_a_unit_changes_without_the_number(bench: Bench) -> None:
    """It is in the attributes from then on, in the past rows the old one stays."""
    bench.simulator.change_unit(POWER, "kW", at=START + 15)
    bench.simulator.set(POWER, "5", unit="flux")
    bench.now += 1
    query = {"filter_entity_id": POWER, "significant_changes_only": "0"}
    rows = bench.get("/api/history/period", **query)[0]
    assert [row["attributes"]["unit_of_measurement"] for row in rows] == [
        *("W", "W", "kW", "kW", "kW", "flux")
    ]
    assert rows[2]["last_changed"] < rows[2]["last_updated"]


def test_a_unit_may_vanish(bench: Bench) -> None:
    """An entity without a unit has no such attribute."""
    bench.simulator.change_unit(POWER, None)
    attributes = bench.get(f"/api/states/{POWER}")["attributes"]
    assert attributes == {"device_class": "power", "state_class": "measurement"}


def test_a_renamed_entity_takes_its_past_along(bench: Bench) -> None:
    """The old id is unknown from then on."""
    bench.simulator.rename(POWER, "sensor.other")
    assert bench.state() is None
    assert bench.get("/api/history/period", filter_entity_id=POWER) == []
    assert bench.history(5, 15, "sensor.other") == [(5, "1.0"), (10, "2.0")]


def test_a_removed_entity_leaves_an_empty_row_and_may_return(bench: Bench) -> None:
    """Its attributes return with it."""
    bench.simulator.remove(POWER, at=START + 40)
    assert bench.state() is None
    assert bench.history(25, 60) == [(25, "3.0"), (30, "4.0"), (40, "")]
    bench.simulator.set(POWER, 7)
    bench.now += 1
    assert bench.state() == "7"
    assert bench.history(35, 100) == [(35, "4.0"), (40, ""), (60, "7")]
    assert bench.get(f"/api/states/{POWER}")["attributes"]["unit_of_measurement"] == "W"


def test_a_meter_that_repeats_itself_is_alive(bench: Bench) -> None:
    """last_reported moves, last_changed stays."""
    bench.simulator.set(POWER, 4.0)
    state = bench.get(f"/api/states/{POWER}")
    assert state["last_changed"] == state["last_updated"] < state["last_reported"]


def test_the_last_minimal_row_can_be_full_as_it_once_was(bench: Bench) -> None:
    """Before 2022, and in the guide still."""
    bench.simulator.minimal_last_full = True
    query = {"filter_entity_id": POWER, "minimal_response": ""}
    first, *between, last = bench.get("/api/history/period", **query)[0]
    assert set(first) == set(last) > {"entity_id", "attributes"}
    assert all(set(row) == {"state", "last_changed"} for row in between)


def test_a_local_time_without_offset_is_in_its_zone() -> None:
    """Home Assistant takes it for its own local time."""
    simulator = Simulator({POWER: sensor("W")}, clock=lambda: START, zone="Asia/Kolkata")
    target = f"/api/history/period/2026-01-01T00:00:00?filter_entity_id={POWER}"
    simulator.set(POWER, 1, at=START - DAY_S)
    simulator.recorder.retention_days = 1000
    simulator.insert(POWER, [(1_767_205_800.0 - 1, 5)])  # 2025-12-31T23:59:59+05:30
    rows = orjson.loads(answer(simulator, Request("GET", target, "Bearer test-token")).body)
    assert rows[0][0]["last_changed"] == "2025-12-31T18:30:00+00:00"


def test_states_of_a_computed_entity_cannot_be_set() -> None:
    """The error says what to do instead."""
    source = sensor("W").source
    entity = sensor("W", source=Fixed())
    with pytest.raises(TypeError, match="computed"):
        entity.report(START, "1")
    assert source.latest(START) is None


class Fixed:
    """A source that is a function of time."""

    def latest(self, before: float) -> None:
        """Know nothing."""

    def between(self, after: float, before: float) -> list[Any]:
        """Know nothing."""
        assert after <= before
        return []

    def reported(self, before: float) -> None:
        """Know nothing."""


def test_faults_are_taken_in_turn_and_only_so_often() -> None:
    """By path, for some requests or until cleared."""
    book = FaultBook()
    book.add("status", "/api/states/*", status=503, times=2)
    book.add("delay", seconds=1.0)
    taken = [book.take("/api/states/sensor.x") for _ in range(3)]
    assert [fault and fault.kind for fault in taken] == [Kind.STATUS, Kind.STATUS, Kind.DELAY]
    book.clear()
    assert book.take("/api/") is None


def test_the_control_path_does_what_it_is_told_in_order() -> None:
    """One operation or a list of them."""
    simulator = Simulator({}, clock=lambda: START)
    operations = [
        {"do": "add", "entity_id": POWER, "unit": "W", "device_class": "power"},
        {"do": "insert", "entity_id": POWER, "rows": [[START - 10, 5], [START - 5, "unknown"]]},
        {"do": "fault", "kind": "html", "path": "/api/"},
        {"do": "outage", "start": START - 3, "end": START - 2},
    ]
    standing = orjson.loads(control(simulator, "POST", orjson.dumps(operations)).body)
    assert standing["entities"] == [POWER]
    assert standing["faults"] == 1
    live = simulator.live(POWER)
    assert live is not None
    assert (live.row.state, live.row.updated) == ("unknown", START - 2)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1]",
        b'{"do": "fly"}',
        b'{"do": "set", "entity_id": "sensor.none", "state": 1}',
        b'{"do": "fault", "kind": "odd"}',
        b'{"do": "fault", "kind": "html", "oops": 1}',
        b'{"do": "outage"}',
    ],
)
def test_the_control_path_says_what_it_did_not_understand(body: bytes) -> None:
    """A mistake in a test is a 400 with a reason, never silence."""
    with pytest.raises(Problem, match=r"see demo/control\.py"):
        control(Simulator({}), "POST", body)
