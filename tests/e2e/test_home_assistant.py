"""The monitor as a real Home Assistant shows it: every entity, its value, its end."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.broker import Broker
from support.home_assistant import CAN_START, POWER, HomeAssistant
from support.stack import Stack
from support.wait import wait_until

from services.aggregator.book import Book
from services.aggregator.discovery import topic
from shared.bucket import Bucket
from shared.times import Zone
from shared.topics import SERVICES

pytestmark = [pytest.mark.slow, CAN_START]

ZONE = "Europe/Berlin"
DEADLINE_S = 90
BASE = "power-monitor"
PREFIX = "power_monitor_"
# Of each entity: the service it becomes unavailable with, and what gives it its place.
ENERGY = {"device_class": "energy", "state_class": "total", "unit_of_measurement": "kWh"}
PROBLEM = {"device_class": "problem"}
EXPECTED: dict[str, tuple[str, dict[str, str]]] = {
    "sensor.power": (
        "collector",
        {"device_class": "power", "state_class": "measurement", "unit_of_measurement": "W"},
    ),
    "sensor.energy_today": ("aggregator", ENERGY),
    "sensor.export_today": ("aggregator", ENERGY),
    "sensor.lifetime_energy": ("aggregator", ENERGY),
    "sensor.lifetime_export": ("aggregator", ENERGY),
    "sensor.coverage_today": (
        "aggregator",
        {"state_class": "measurement", "unit_of_measurement": "%"},
    ),
    "sensor.last_good_push": ("syncer", {"device_class": "timestamp"}),
    "binary_sensor.collector_problem": ("collector", PROBLEM),
    "binary_sensor.aggregator_problem": ("aggregator", PROBLEM),
    "binary_sensor.syncer_problem": ("syncer", PROBLEM),
    "button.collect_now": ("collector", {}),
    "button.roll_up_now": ("aggregator", {}),
    "button.push_now": ("syncer", {}),
    "switch.maintenance": ("collector", {}),
}


def entity(name: str) -> str:
    """Return the entity id that Home Assistant makes of device and name."""
    domain, _, rest = name.partition(".")
    return f"{domain}.{PREFIX}{rest}"


@pytest.fixture(name="house", scope="module")
def a_house() -> Iterator[HomeAssistant]:
    with HomeAssistant(ZONE) as house:
        wait_until(lambda: house.state(POWER) == "400.0", DEADLINE_S, what=POWER)
        yield house


@pytest.fixture(name="stack", scope="module")
def a_stack(tmp_path_factory: pytest.TempPathFactory, house: HomeAssistant) -> Iterator[Stack]:
    """Run the monitor on a broker of its own that Home Assistant uses."""
    directory = tmp_path_factory.mktemp("monitor")
    stick = directory / "stick"
    stick.mkdir()
    broker = Broker(directory / "broker-state", BASE)
    broker.start_with(partial(listening_there, house.host))
    stack = Stack(
        directory,
        broker,
        {"POWER_MONITOR_EARLIEST_CLOCK": "2000-01-01T00:00:00Z"},
        home_assistant={
            "url": house.url,
            "token": house.token,
            "entities": {"power": POWER},
            "discovery": True,
        },
        data={"local_collection_interval_minutes": 0.1, "backfill_days": 1},
        remote={"type": "directory", "path": str(stick)},
        timezone=ZONE,
    )
    with_history(stack.state)
    stack.start(*SERVICES)
    house.use_broker(broker.port, "homeassistant", broker.password("homeassistant"))
    yield stack
    stack.stop()
    broker.stop()


def listening_there(address: str, configuration: str) -> str:
    """Have the broker listen where Home Assistant can reach it, too."""
    port = next(line for line in configuration.splitlines() if line.startswith("listener "))
    return f"{configuration}\nlistener {port.split()[1]} {address}\n"


def with_history(state: Path) -> None:
    """Let two days of years ago be known: 30 kWh that no window shows."""
    zone = Zone(ZONE)
    days = [date(2019, 7, 1), date(2019, 7, 2)]
    book = Book(state / "book", zone)
    book.update(
        {day: Bucket(zone.day_start(day), {"power": None}, 15.0, 2.5, None, None) for day in days},
        {"power": "W"},
    )


def known(house: HomeAssistant, names: Any = EXPECTED) -> bool:
    """Tell whether entities are there and available."""
    states = house.states()
    return all(
        states.get(entity(name), {}).get("state", "unavailable") != "unavailable" for name in names
    )


def shown(house: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return what it shows of the monitor."""
    return {name: state for name, state in house.states().items() if f".{PREFIX}" in name}


@pytest.mark.usefixtures("stack")
def test_every_entity_appears_with_the_attributes_that_give_it_its_place(
    house: HomeAssistant,
) -> None:
    wait_until(lambda: known(house), DEADLINE_S, what=f"the entities: {house.log}")
    states = shown(house)
    assert set(states) == {entity(name) for name in EXPECTED}
    for name, (_, attributes) in EXPECTED.items():
        there = states[entity(name)]["attributes"]
        assert {key: there.get(key) for key in attributes} == attributes, name
    assert house.problems == []


def test_each_value_is_that_of_the_documents(house: HomeAssistant, stack: Stack) -> None:
    house.set_power(-1200)
    wait_until(lambda: number(house, "sensor.power") == -1200, DEADLINE_S, what="the power")
    wait_until(lambda: number(house, "sensor.export_today"), DEADLINE_S, what="some export")
    house.set_power(600)
    for name, value in (
        ("sensor.energy_today", lambda today: today["energy_kwh"]),
        ("sensor.export_today", lambda today: today["export_kwh"]),
        ("sensor.lifetime_energy", lambda today: 30.0 + today["energy_kwh"]),
        ("sensor.lifetime_export", lambda today: 5.0 + today["export_kwh"]),
        ("sensor.coverage_today", lambda today: 100 * today["coverage"]),
    ):
        wait_until(partial(agrees, house, stack, name, value), DEADLINE_S, what=name)
    begun = datetime.fromisoformat(
        shown(house)[entity("sensor.energy_today")]["attributes"]["last_reset"]
    )
    assert begun == datetime.fromisoformat(stack.document("daily")["today"]["timestamp"])
    assert "last_reset" not in shown(house)[entity("sensor.lifetime_energy")]["attributes"]
    for service in SERVICES:
        assert house.state(entity(f"binary_sensor.{service}_problem")) == "off"
    assert house.problems == []
    for name, state in sorted(shown(house).items()):  # seen with `pytest -s`
        sys.stdout.write(f"{name} = {state['state']} {json.dumps(state['attributes'])}\n")


def number(house: HomeAssistant, name: str) -> float:
    try:
        return float(house.state(entity(name)) or 0)
    except ValueError:
        return 0.0


def agrees(house: HomeAssistant, stack: Stack, name: str, value: Any) -> bool:
    """Tell whether Home Assistant shows what the file says; the file goes on meanwhile."""
    expected: float = value(stack.document("daily")["today"])
    return abs(number(house, name) - expected) < 0.006


def test_buttons_and_the_switch_do_what_they_say(house: HomeAssistant, stack: Stack) -> None:
    base = stack.topics.base
    with stack.broker.client() as client:
        client.subscribe(f"{base}/response/#")
        client.subscribe(stack.topics.maintenance)
        for name, topic in (
            ("button.collect_now", stack.topics.response("collector", "collect")),
            ("button.roll_up_now", stack.topics.response("aggregator", "rollup")),
            ("button.push_now", stack.topics.response("syncer", "push")),
        ):
            house.call("button", "press", entity(name))
            assert json.loads(client.wait_for(topic, DEADLINE_S).payload)["status"] == "ok", name
        for word in ("on", "off"):
            house.call("switch", f"turn_{word}", entity("switch.maintenance"))
            wait_until(
                lambda: client.wait_for(stack.topics.maintenance).payload == word.encode(),  # noqa: B023
                DEADLINE_S,
                what=f"maintenance {word}",
            )
            wait_until(
                lambda: house.state(entity("switch.maintenance")) == word,  # noqa: B023
                DEADLINE_S,
                what=f"the switch {word}",
            )
    pushed = house.state(entity("sensor.last_good_push")) or ""
    assert abs(datetime.fromisoformat(pushed).timestamp() - time.time()) < DEADLINE_S * 2
    assert house.problems == []


def test_one_that_has_just_started_is_told_again(house: HomeAssistant, stack: Stack) -> None:
    """Its MQTT integration says `online` whenever it connects."""
    where = topic(stack.topics)
    with stack.broker.client() as client:
        client.subscribe(where)
        house.reload("mqtt")
        wait_until(
            lambda: [one for one in client.of(where) if not one.retained],
            DEADLINE_S,
            what="the device, anew",
        )
    wait_until(lambda: known(house), DEADLINE_S, what="all entities")
    assert house.problems == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_tells_is_unavailable_once_it_dies(
    house: HomeAssistant, stack: Stack, service: str
) -> None:
    """Killed without a chance to say goodbye: its last will does. All others stay."""
    wait_until(lambda: known(house), DEADLINE_S, what="all entities")
    stack.service(service).stop(signal.SIGKILL)
    gone = {entity(name) for name, (owner, _) in EXPECTED.items() if owner == service}
    wait_until(lambda: unavailable(house) == gone, DEADLINE_S, what=f"{gone} unavailable")
    stack.start(service)
    wait_until(lambda: known(house), DEADLINE_S, what="all entities again")
    assert house.problems == []


def unavailable(house: HomeAssistant) -> set[str]:
    return {name for name, state in shown(house).items() if state["state"] == "unavailable"}


def test_an_unreachable_house_is_a_problem_it_shows(house: HomeAssistant, stack: Stack) -> None:
    """Text and hint are attributes of the entity."""
    change(stack, "collector", entities={"power": "sensor.nowhere"})
    name = entity("binary_sensor.collector_problem")
    wait_until(lambda: house.state(name) == "on", DEADLINE_S, what="a problem")
    [problem] = house.states()[name]["attributes"]["problems"]
    assert "sensor.nowhere" in problem["text"]
    assert problem["hint"]
    change(stack, "collector", entities={"power": POWER})
    wait_until(lambda: house.state(name) == "off", DEADLINE_S, what="no problem")


def test_the_device_goes_with_the_option_and_leaves_nothing(
    house: HomeAssistant, stack: Stack
) -> None:
    """Last of all."""
    change(stack, "aggregator", discovery=False)
    wait_until(lambda: shown(house) == {}, DEADLINE_S, what="no entity of ours")
    with stack.broker.client() as client:
        client.subscribe("homeassistant/#")
        client.subscribe("nothing/more")
        assert client.messages == []
    assert house.problems == []


def change(stack: Stack, service: str, **options: Any) -> None:
    """Change Home Assistant's section of the configuration and restart a service."""
    stack.service(service).stop()
    stack.config["home_assistant"] |= options
    path = stack.data.with_name("config.json")
    path.write_text(json.dumps(stack.config))
    stack.start(service)
