"""Whatever Home Assistant answers: nothing invented, nothing lost, and said what is wrong."""

import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.broker import Broker
from support.kettles import watts
from support.one_sensor import POWER, TOKEN
from support.troubled import INTERVAL_S, PATIENCE_S, ZONE, Troubled
from support.wait import wait_until

from services.aggregator.history import History

pytestmark = pytest.mark.long
STATES, HISTORY = "/api/states/*", "/api/history/*"
ELSEWHERE = {"Location": f"https://elsewhere/{TOKEN}"}
CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ECHO = f'{{"Authorization": "Bearer {TOKEN}"}}'
MOST_MIB = 40
Fault = tuple[str, dict[str, Any], str]

# What goes wrong, and what is said of it.
FEW: list[Fault] = [
    ("status", {"status": 302, "headers": ELSEWHERE}, "302"),
    ("truncate", {}, "broke off"),
    ("endless", {}, "more than"),
    ("body", {"body": ECHO}, "another object"),
]
MANY: list[Fault] = [
    ("html", {}, "HTML"),
    ("status", {"status": 418}, "418"),
    ("status", {"status": 502}, "502"),
    *(("status", {"status": status}, str(status)) for status in (204, 206, 400, 408, 500, 599)),
    ("status", {"status": 404}, "404"),
    ("drop", {}, "can't be reached"),
    ("empty", {}, "nothing"),
    ("body", {"body": "NaN"}, "JSON"),
    ("body", {"body": "[" * 900_000}, "JSON"),
    ("bomb", {}, "compressed"),
    ("raw", {"body": "SSH-2.0-OpenSSH_9.2\r\n"}, "no HTTP"),
    ("raw", {"body": CHUNKED, "again": "1" * 4096}, "broke off"),
    ("delay", {"seconds": 60}, "in time"),
    ("drip", {"seconds": 1}, "took more than"),
    ("raw", {"body": "HTTP/1.1 200 OK\r\nX: ", "again": "x", "seconds": 1}, "took more than"),
]


@pytest.fixture
def monitor(tmp_path: Path, broker: Broker) -> Iterator[Troubled]:
    with Troubled(tmp_path, broker) as running:
        running.start()
        yield running


def suffer(monitor: Troubled, path: str, fault: Fault) -> dict[str, Any]:
    """Ask for a reading while each request for a path fails so."""
    kind, options, _ = fault
    monitor.house.faults.add(kind, path, **options)
    answer = monitor.collect()
    monitor.house.faults.clear()
    return answer


def try_all(monitor: Troubled, faults: list[Fault]) -> None:
    for fault in faults:
        answer = suffer(monitor, STATES, fault)
        assert (answer["status"], fault[2] in answer.get("error", "")) == ("error", True), fault
        answer = suffer(monitor, HISTORY, fault)
        reading = answer["data"]["reading"]
        second = int(time.time())
        assert reading["power"] in [watts(second - back) for back in range(60)], fault
        assert "interval" not in reading, fault


def assert_nothing_was_lost(monitor: Troubled) -> None:
    monitor.until_well()
    end = monitor.until_whole()
    found, true = monitor.energy(end)
    assert found == pytest.approx(true, rel=1e-3)
    assert not monitor.shows_the_token
    assert monitor.stack.service("collector").log.count("collector started") == 1


def test_after_broken_answers_nothing_is_lost_and_nothing_invented(monitor: Troubled) -> None:
    """One collector through all of them: it lives on, and says each by name, with a hint."""
    try_all(monitor, FEW)
    assert_nothing_was_lost(monitor)


@pytest.mark.slow
def test_after_every_kind_of_broken_answer_nothing_is_lost(monitor: Troubled) -> None:
    """Those too that take their time."""
    try_all(monitor, [*FEW, *MANY])
    assert_nothing_was_lost(monitor)


def test_home_assistant_restarts_in_mid_tick(monitor: Troubled) -> None:
    """Its answers break off, it is away, a proxy says 502, entities are 404, then unavailable.

    What it did not record is unknown beyond the heartbeat, and the first tick after is on time.
    """
    house = monitor.house
    house.faults.add("truncate")
    monitor.until_problem("home_assistant", "broke off")
    down = time.time()
    back = down + 2.5 * INTERVAL_S
    house.outage(down, back, starting_s=INTERVAL_S)
    house.unavailable(POWER, back + INTERVAL_S, back + 1.5 * INTERVAL_S)
    house.unavailable(POWER, back + 1.5 * INTERVAL_S, back + 2 * INTERVAL_S, "unknown")
    house.faults.clear()
    monitor.until_problem("home_assistant", "can't be reached")
    house.faults.add("status", times=2, status=502)
    monitor.until_problem("entity:power")
    wait_until(lambda: time.time() > back + 2 * INTERVAL_S, PATIENCE_S, what="values again")
    monitor.until_well()
    first = (int(back + 2 * INTERVAL_S) // INTERVAL_S + 1) * INTERVAL_S
    wait_until(lambda: first in times(monitor, first), PATIENCE_S, what="the first tick after")
    end = monitor.until_whole((monitor.since, down), (first, math.inf))
    dark_s = back + 2 * INTERVAL_S - down
    found, true = monitor.energy(end)
    dark = sum(watts(second) for second in range(int(down), int(down + dark_s) + 1)) / 3.6e6
    held = max(watts(int(down) - back) for back in range(3)) * 2.5 * INTERVAL_S / 3.6e6
    assert true - dark - 0.001 <= found <= true - dark + held + 0.001
    assert not monitor.shows_the_token


def times(monitor: Troubled, since: int) -> list[float]:
    readings = History(monitor.stack.state, ZONE).around(since - 1, since + INTERVAL_S)
    return [reading.time for reading in readings]


def test_what_is_wrong_is_said_where_people_look(monitor: Troubled) -> None:
    """Renamed, in a unit nobody knows, no number, the token revoked: in health, status, doctor."""
    house = monitor.house
    house.rename(POWER, "sensor.power_of_the_house")
    assert monitor.collect()["data"]["reading"]["power"] is None
    told = monitor.until_problem("entity:power", f"no entity {POWER}")
    assert "power-monitor doctor" in told["hint"]
    assert "home_assistant.entities.power, to one of these perhaps: sensor.power_of_the_house" in (
        monitor.type("doctor", "--json").out
    )
    house.rename("sensor.power_of_the_house", POWER)
    house.change_unit(POWER, "BTU/h")
    assert monitor.collect()["data"]["reading"]["power"] is None
    assert "kW" in monitor.until_problem("unit:power", "BTU/h")["hint"]
    house.change_unit(POWER, "W")
    monitor.collect()
    monitor.until_well()

    house.token = "another"
    assert "token is refused" in monitor.collect()["error"]
    count = house.requests.count()
    assert "/profile/security" in monitor.until_problem("home_assistant", "refused")["hint"]
    typed = monitor.type("status")
    assert "the token is refused" in typed.out
    assert "new token" in typed.out
    assert "FAIL" in (report := monitor.type("doctor").out)
    assert "/profile/security" in report
    asked_by_doctor = house.requests.count() - count
    assert asked_by_doctor == 1
    assert "token is refused" in monitor.collect()["error"]
    assert house.requests.count() == count + asked_by_doctor  # the collector waits
    monitor.configure(token="another")
    monitor.until_well()
    end = monitor.until_whole()
    found, true = monitor.energy(end)
    assert found == pytest.approx(true, rel=0.2)  # what was renamed or BTU/h is unknown for good
    assert not monitor.shows_the_token


@pytest.mark.slow
def test_the_worst_answers_take_little_memory(monitor: Troubled) -> None:
    """One after the other, with nothing between them that would give memory back."""
    status = Path(f"/proc/{monitor.stack.service('collector').pid}/status")
    before = peak_mib(status)
    for body in (
        "[[" + "{}," * 2_600_000 + "{}]]",
        "[" + "1," * 3_900_000 + "1]",
        "[" * 8_000_000,
        json.dumps([rows_of(12_000)]),
        json.dumps([rows_of(100_000)]),
    ):
        suffer(monitor, HISTORY, ("body", {"body": body}, ""))
    for fault in MANY:
        if fault[0] in {"bomb", "raw", "drip"}:
            suffer(monitor, HISTORY, fault)
    assert peak_mib(status) - before < MOST_MIB


def rows_of(count: int) -> list[dict[str, Any]]:
    """Return rows as Home Assistant writes them, of the last minutes."""
    attributes = {"unit_of_measurement": "W", "device_class": "power", "friendly_name": "Power"}
    rows = []
    for number in range(count):
        at = ZONE.iso(time.time() - 600 + number / 1000)
        row = {"entity_id": POWER, "state": str(number), "attributes": attributes}
        rows.append({**row, "last_changed": at, "last_updated": at})
    return rows


def peak_mib(status: Path) -> float:
    """Return the most memory a process ever had."""
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
