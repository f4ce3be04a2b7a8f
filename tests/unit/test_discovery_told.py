"""What is told of the device, and how often, connection by connection."""

from pathlib import Path
from typing import Any

import pytest
from support.aggregation import House
from support.configuration import with_option

from services.aggregator.entities import Entities
from shared.config import Config, parse
from shared.service import Shell

DEVICE = "homeassistant/device/power-monitor/config"


class Ticket:
    """What the broker has acknowledged."""

    def __init__(self) -> None:
        self.acknowledged = False

    def is_published(self) -> bool:
        """As paho says it."""
        return self.acknowledged


class Way(Shell):
    """A way out that keeps what goes out; connected from the first moment on."""

    def __init__(self, config: Config) -> None:
        super().__init__("aggregator", config)
        self.sent: list[tuple[str, bytes]] = []
        self.tickets: list[Ticket] = []
        self.away = False
        self.complaints: list[str] = []

    @property
    def linked(self) -> bool:
        """Whether the broker is there."""
        return True

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> Any:
        """Keep a message, unless the broker has just gone."""
        if self.away:
            return None
        assert (qos, retain) == (1, True)
        self.sent.append((topic, payload))
        self.tickets.append(Ticket())
        return self.tickets[-1]

    def devices(self) -> list[bytes]:
        """Return what was told of the device since the last look."""
        found = [payload for topic, payload in self.sent if topic == DEVICE]
        self.sent.clear()
        return found


@pytest.fixture(name="house")
def a_house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.at(house.midnight("2026-06-03") + 3600).settle()
    return house


def entities(directory: Path, *, discovery: bool) -> tuple[Entities, Way]:
    """Start as a process does."""
    paths = {"data_dir": str(directory), "state_dir": str(directory / "state")}
    config = parse(with_option("home_assistant.discovery", discovery) | {"paths": paths}, {})
    way = Way(config)
    found = Entities(way, config, way.complaints.append)
    found.load()
    return found, way


def test_each_connection_is_told_once_and_not_before_it_is_known(
    tmp_path: Path, house: House
) -> None:
    """The link may be up before the word of it is here: told twice, it would be removed twice."""
    found, way = entities(tmp_path, discovery=True)
    found.step(house.aggregator)
    assert way.sent == []
    for _ in range(2):
        found.link_changed(up=True)
        for _ in range(3):
            found.step(house.aggregator)
        assert [topic for topic, _ in way.sent] == [DEVICE, "power-monitor/summary"]
        way.sent.clear()
        found.link_changed(up=False)
        found.step(house.aggregator)
        assert way.sent == []


def test_what_could_not_be_sent_is_sent_later(tmp_path: Path, house: House) -> None:
    found, way = entities(tmp_path, discovery=True)
    found.link_changed(up=True)
    way.away = True
    found.step(house.aggregator)
    way.away = False
    found.step(house.aggregator)
    assert [topic for topic, _ in way.sent] == [DEVICE, "power-monitor/summary"]


def test_a_removal_is_remembered_until_the_broker_has_it(tmp_path: Path, house: House) -> None:
    found, way = entities(tmp_path, discovery=True)
    found.link_changed(up=True)
    found.step(house.aggregator)
    assert len(way.devices()) == 1
    for _ in range(2):  # lost with the connection, or with the process
        found, way = entities(tmp_path, discovery=False)
        found.link_changed(up=True)
        found.step(house.aggregator)
        found.step(house.aggregator)
        assert way.devices() == [b""]
    way.tickets[0].acknowledged = True
    found.step(house.aggregator)
    found, way = entities(tmp_path, discovery=False)
    found.link_changed(up=True)
    found.step(house.aggregator)
    assert way.devices() == []


def test_where_nobody_can_tell_any_more_the_device_is_taken_away(
    tmp_path: Path, house: House
) -> None:
    """What was announced is damaged, and the option has gone: it would stay for ever."""
    found, way = entities(tmp_path, discovery=True)
    found.link_changed(up=True)
    found.step(house.aggregator)
    note = tmp_path / "state" / "announced.json"
    note.write_bytes(note.read_bytes()[:-9])
    found, way = entities(tmp_path, discovery=False)
    [complaint] = way.complaints
    assert "announced.json.corrupt-" in complaint
    found.link_changed(up=True)
    found.step(house.aggregator)
    assert way.devices() == [b""]
