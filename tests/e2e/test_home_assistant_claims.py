"""What the simulated Home Assistant is made to do to entities, done by a person to a real one."""

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from support.home_assistant import CAN_START, POWER, HomeAssistant
from support.wait import wait_until

from services.collector.home_assistant import HomeAssistant as Client
from services.collector.home_assistant import NotFound, Unauthorized
from services.collector.states import Row

pytestmark = [pytest.mark.slow, CAN_START]

DEADLINE_S = 90
RENAMED = "sensor.power_of_the_house"
# Renaming and the like are to be had by websocket only, which its own Python can speak.
_TALK = """
import asyncio, json, sys, aiohttp
url, token, messages = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
async def talk():
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        assert (await socket.receive_json())["type"] == "auth_ok"
        for number, message in enumerate(messages, 1):
            await socket.send_json({"id": number, **message})
            print(json.dumps(await socket.receive_json()))
asyncio.run(talk())
"""


@pytest.fixture(name="house", scope="module")
def a_house() -> Iterator[HomeAssistant]:
    with HomeAssistant("Europe/Berlin") as house:
        wait_until(lambda: house.state(POWER) == "400.0", DEADLINE_S, what=POWER)
        yield house


@pytest.fixture(name="client")
def a_client(house: HomeAssistant) -> Iterator[Client]:
    with Client(house.url, house.token, time.time) as client:
        yield client


def ask(house: HomeAssistant, message: dict[str, Any]) -> Any:
    """Ask one thing by websocket; AssertionError when it is refused."""
    python = ["chroot", str(house.root), "/opt/home-assistant/bin/python", "-c", _TALK]
    url = house.url.replace("http", "ws") + "/api/websocket"
    words = [*python, url, house.token, json.dumps([message])]
    done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S, check=True)
    answer = json.loads(done.stdout)
    assert answer["success"], answer
    return answer["result"]


def rows(client: Client, entity: str) -> list[Row]:
    now = time.time()
    return list(client.history([entity], now - 600, now + 1).get(entity, ()))


def change(house: HomeAssistant, entity: str, **what: Any) -> None:
    """Change an entity on its page."""
    ask(house, {"type": "config/entity_registry/update", "entity_id": entity, **what})


def test_it_tells_its_time(client: Client) -> None:
    client.state(POWER)
    assert client.clock.skew_s is not None
    assert abs(client.clock.skew_s) < 2


def test_a_renamed_entity_takes_its_past_with_it(house: HomeAssistant, client: Client) -> None:
    """The old name has neither state nor history."""
    change(house, POWER, new_entity_id=RENAMED)
    wait_until(lambda: house.state(RENAMED) == "400.0", DEADLINE_S, what="the new name")
    with pytest.raises(NotFound):
        client.state(POWER)
    wait_until(lambda: "400.0" in [row.text for row in rows(client, RENAMED)], DEADLINE_S)
    left = [row.text for row in rows(client, POWER)]
    assert "400.0" not in left[-1:]
    change(house, RENAMED, new_entity_id=POWER)
    wait_until(lambda: house.state(POWER) == "400.0", DEADLINE_S, what="the old name")


def test_a_unit_changed_on_its_page_makes_a_row_with_that_unit(
    house: HomeAssistant, client: Client
) -> None:
    """W to kW and back: number and unit change together, and only full rows tell the unit."""
    for unit in ("kW", "W"):
        change(house, POWER, options_domain="sensor", options={"unit_of_measurement": unit})
        wait_until(lambda: client.state(POWER).unit == unit, DEADLINE_S, what=unit)  # noqa: B023
    power = ("400.0", "W")
    wait_until(lambda: [(r.text, r.unit) for r in rows(client, POWER)][-1:] == [power], DEADLINE_S)
    told = [(row.text, row.unit) for row in rows(client, POWER)]
    assert ("0.4", "kW") in told
    path = f"history/period?filter_entity_id={POWER}&minimal_response&significant_changes_only=0"
    [minimal] = client.get(path)
    assert [row for row in minimal[1:] if "attributes" in row] == []


def test_a_disabled_entity_is_gone(house: HomeAssistant, client: Client) -> None:
    """Its past stays, and ends with a row that says nothing."""
    change(house, POWER, disabled_by="user")

    def gone() -> bool:
        try:
            client.state(POWER)
        except NotFound:
            return True
        return False

    wait_until(gone, DEADLINE_S, what="no such entity")
    wait_until(lambda: rows(client, POWER)[-1].text in {"", "unavailable"}, DEADLINE_S)
    change(house, POWER, disabled_by=None)
    house.post("services/template/reload", {})
    wait_until(lambda: house.state(POWER) == "400.0", DEADLINE_S, what="enabled again")


def test_a_revoked_token_is_refused(house: HomeAssistant) -> None:
    """401 for states and history, and no ban for one that asks so seldom."""
    asked = {"type": "auth/long_lived_access_token", "client_name": "monitor", "lifespan": 2}
    token = ask(house, asked)
    with Client(house.url, token, time.time) as client:
        assert client.state(POWER).text == "400.0"
        [ours] = [
            one["id"]
            for one in ask(house, {"type": "auth/refresh_tokens"})
            if one.get("client_name") == "monitor"
        ]
        ask(house, {"type": "auth/delete_refresh_token", "refresh_token_id": ours})
        for _ in range(3):
            with pytest.raises(Unauthorized, match="401"):
                client.state(POWER)
            with pytest.raises(Unauthorized, match="401"):
                client.history([POWER], time.time() - 60, time.time())


def test_it_speaks_plain_http_only_and_says_nothing_to_others(house: HomeAssistant) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="WRONG_VERSION"):
        requests.get(house.url.replace("http", "https"), timeout=DEADLINE_S)
