"""What a Home Assistant does, asked of the simulator and, where one is given, of a real one.

The real one: POWER_MONITOR_REAL_HA_URL and POWER_MONITOR_REAL_HA_TOKEN in the environment, and
`pytest -m slow`. The tests make and remove entities named sensor.power_monitor_contract_*.
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import requests
from support.wait import wait_until

from demo.server import serving
from demo.simulator import Simulator

TIMEOUT_S = 10.0
RECORDED_WITHIN_S = 20.0  # the recorder commits every 5 s, and a small machine takes its time
REAL_URL = "POWER_MONITOR_REAL_HA_URL"
REAL_TOKEN = "POWER_MONITOR_REAL_HA_TOKEN"

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Home:
    """A Home Assistant under test, and one entity of our own in it."""

    url: str
    token: str
    entity_id: str

    def get(self, path: str, *, token: str | None = None) -> requests.Response:
        """Ask for a path exactly as it is written."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return requests.get(self.url + path, headers=headers, timeout=TIMEOUT_S)

    def set(self, state: str, unit: str = "W") -> dict[str, Any]:
        """Set our entity's state; gives what the state is then."""
        answer = requests.post(
            f"{self.url}/api/states/{self.entity_id}",
            json={"state": state, "attributes": {"unit_of_measurement": unit}},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=TIMEOUT_S,
        )
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def remove(self) -> int:
        """Remove our entity; gives the status."""
        return requests.delete(
            f"{self.url}/api/states/{self.entity_id}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=TIMEOUT_S,
        ).status_code

    def history(self, start: str | None = None, options: str = "") -> Rows:
        """Return our entity's rows since `start`, or of the last day."""
        began = f"/{quote(start)}" if start else ""
        path = f"/api/history/period{began}?filter_entity_id={self.entity_id}{options}"
        lists = self.get(path).json()
        assert len(lists) <= 1
        rows: Rows = lists[0] if lists else []
        return rows

    def recorded(self, count: int, options: str = "") -> Rows:
        """Wait until the recorder has so many rows of our entity."""

        def enough() -> Rows:
            rows = self.history(options=options)
            return rows if len(rows) >= count else []

        return wait_until(enough, RECORDED_WITHIN_S, what=f"{count} rows")


def real_home() -> tuple[str, str]:
    """Return where the real one is, or skip the test."""
    url, token = os.environ.get(REAL_URL), os.environ.get(REAL_TOKEN)
    if not url or not token:
        pytest.skip(f"{REAL_URL} and {REAL_TOKEN} name no Home Assistant")
    return url.rstrip("/"), token


@pytest.fixture(params=["simulator", pytest.param("real", marks=pytest.mark.slow)])
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """Give a Home Assistant with one entity that has no state yet."""
    entity_id = f"sensor.power_monitor_contract_{uuid.uuid4().hex[:12]}"
    if request.param == "real":
        url, token = real_home()
        home = Home(url, token, entity_id)
        yield home
        home.remove()
        return
    simulator = Simulator({}, token="contract")
    with serving(simulator) as url:
        yield Home(url, simulator.token, entity_id)


def instant(text: str) -> datetime:
    """Read a timestamp, which must have an offset."""
    at = datetime.fromisoformat(text)
    assert at.tzinfo is not None
    return at


def middle(first: dict[str, Any], second: dict[str, Any]) -> datetime:
    """Return the instant half-way between two states."""
    start, end = instant(first["last_updated"]), instant(second["last_updated"])
    return start + (end - start) / 2


def test_the_api_answers_at_its_root_with_the_slash_only(home: Home) -> None:
    """`/api/` proves address and token; `/api` is not found."""
    assert home.get("/api/").json() == {"message": "API running."}
    assert home.get("/api").status_code == 404


@pytest.mark.parametrize("path", ["/api/", "/api/config", "/api/states", "/api/history/period"])
def test_a_wrong_token_gets_plain_text(home: Home, path: str) -> None:
    """401 is text, not JSON."""
    answer = home.get(path, token="wrong")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text == "401: Unauthorized"


def test_an_unknown_path_gets_plain_text_even_without_a_token(home: Home) -> None:
    """404 of the web server is text, while 404 of an entity is JSON."""
    answer = home.get("/api/no_such_thing", token="wrong")
    assert (answer.status_code, answer.text) == (404, "404: Not Found")


def test_the_configuration_names_the_time_zone(home: Home) -> None:
    """The zone is an IANA name, and the state tells whether it is ready."""
    config = home.get("/api/config").json()
    assert ZoneInfo(config["time_zone"]).key == config["time_zone"]
    assert config["state"] == "RUNNING"


def test_an_absent_entity_is_json_404(home: Home) -> None:
    """As while Home Assistant starts."""
    answer = home.get(f"/api/states/{home.entity_id}")
    assert answer.status_code == 404
    assert answer.json() == {"message": "Entity not found."}


def test_a_state_is_a_string_with_unit_and_times(home: Home) -> None:
    """A number comes as text; the times have an offset."""
    home.set("412.5")
    state = home.get(f"/api/states/{home.entity_id}").json()
    assert state["entity_id"] == home.entity_id
    assert state["state"] == "412.5"
    assert state["attributes"]["unit_of_measurement"] == "W"
    assert instant(state["last_changed"]) == instant(state["last_updated"])
    assert abs(instant(state["last_changed"]) - datetime.now(UTC)) < timedelta(hours=1)


def test_all_states_hold_ours(home: Home) -> None:
    """`/api/states` is the list of the same objects."""
    home.set("1.0")
    listed = home.get("/api/states").json()
    assert [state["state"] for state in listed if state["entity_id"] == home.entity_id] == ["1.0"]


def test_a_state_told_again_makes_no_row(home: Home) -> None:
    """Rows are changes: what stays the same is said once."""
    first = home.set("1.0")
    again = home.set("1.0")
    assert again["last_changed"] == first["last_changed"]
    home.set("2.0")
    assert [row["state"] for row in home.recorded(2)] == ["1.0", "2.0"]


def test_a_new_unit_alone_makes_a_row_only_for_who_asks(home: Home) -> None:
    """Rows of mere attributes come with significant_changes_only=0, their last_changed older."""
    first = home.set("1.0", "W")
    second = home.set("1.0", "kW")
    home.set("2.0", "kW")
    every = home.recorded(3, "&significant_changes_only=0")
    units = [row["attributes"]["unit_of_measurement"] for row in every]
    assert units == ["W", "kW", "kW"]
    assert every[1]["last_changed"] == first["last_changed"]
    assert every[1]["last_updated"] == second["last_updated"]
    assert [row["state"] for row in home.history()] == ["1.0", "2.0"]


def test_the_first_row_is_what_was_in_force_stamped_with_the_start(home: Home) -> None:
    """So a span always begins with a value, whenever that was set."""
    first, second = home.set("1.0"), home.set("2.0")
    home.recorded(2)
    between = middle(first, second)
    rows = home.history(between.isoformat())
    assert [row["state"] for row in rows] == ["1.0", "2.0"]
    assert instant(rows[0]["last_changed"]) == instant(rows[0]["last_updated"]) == between
    assert rows[1]["last_changed"] == second["last_changed"]


def test_a_row_exactly_at_the_start_is_in_neither(home: Home) -> None:
    """Both edges are strict: a client that must miss nothing asks from a little earlier."""
    home.set("1.0")
    second = home.set("2.0")
    home.set("3.0")
    home.recorded(3)
    assert [row["state"] for row in home.history(second["last_updated"])] == ["1.0", "3.0"]


def test_a_row_exactly_at_the_end_is_left_out(home: Home) -> None:
    """A span is open at its end."""
    first, _, third = home.set("1.0"), home.set("2.0"), home.set("3.0")
    home.recorded(3)
    start = (instant(first["last_updated"]) - timedelta(seconds=1)).isoformat()
    rows = home.history(start, f"&end_time={quote(third['last_updated'])}")
    assert [row["state"] for row in rows] == ["1.0", "2.0"]


def test_a_span_without_an_end_is_one_day(home: Home) -> None:
    """The default end is a day after the start, not now."""
    home.set("1.0")
    home.recorded(1)
    assert home.history((datetime.now(UTC) - timedelta(days=2)).isoformat()) == []


def test_minimal_response_gives_only_the_first_row_in_full(home: Home) -> None:
    """The others are state and last_changed; the guide's "first and last" is history."""
    for state in ("1.0", "2.0", "3.0"):
        home.set(state)
    first, second, third = home.recorded(3, "&minimal_response")
    assert {"entity_id", "state", "attributes", "last_changed", "last_updated"} <= set(first)
    assert set(second) == set(third) == {"state", "last_changed"}
    assert [first["state"], second["state"], third["state"]] == ["1.0", "2.0", "3.0"]


@pytest.mark.parametrize("options", ["&no_attributes", "&no_attributes&minimal_response"])
def test_no_attributes_leaves_them_empty(home: Home, options: str) -> None:
    """The key stays, so the unit must be asked for another way."""
    home.set("1.0")
    assert home.recorded(1, options)[0]["attributes"] == {}


def test_skip_initial_state_leaves_the_first_row_out(home: Home) -> None:
    """Only true changes then."""
    first, second = home.set("1.0"), home.set("2.0")
    home.recorded(2)
    rows = home.history(middle(first, second).isoformat(), "&skip_initial_state")
    assert [row["state"] for row in rows] == ["2.0"]


def test_a_removed_entity_keeps_its_past_and_an_empty_row(home: Home) -> None:
    """Its last row is "" in full, null in minimal_response: unknown either way."""
    home.set("1.0")
    assert home.remove() == 200
    assert home.get(f"/api/states/{home.entity_id}").status_code == 404
    assert [row["state"] for row in home.recorded(2)] == ["1.0", ""]
    assert [row["state"] for row in home.history(options="&minimal_response")] == ["1.0", None]


def test_an_unknown_entity_has_no_list(home: Home) -> None:
    """Not an error and not an empty list of its own: it is left out."""
    home.set("1.0")
    home.recorded(1)
    nobody = "sensor.power_monitor_contract_nobody"
    path = "/api/history/period?filter_entity_id="
    assert home.get(path + nobody).json() == []
    lists = home.get(f"{path}{nobody},{home.entity_id}").json()
    assert [rows[0]["entity_id"] for rows in lists] == [home.entity_id]


def test_a_future_start_is_empty(home: Home) -> None:
    """Even with an end that does not parse."""
    home.set("1.0")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert home.history(tomorrow) == []
    assert home.history(tomorrow, "&end_time=x") == []


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/api/history/period", "filter_entity_id is missing"),
        ("/api/history/period?filter_entity_id=", "filter_entity_id is missing"),
        ("/api/history/period?filter_entity_id=no-dot", "Invalid filter_entity_id"),
        ("/api/history/period/nonsense?filter_entity_id=sensor.x", "Invalid datetime"),
        ("/api/history/period?filter_entity_id=sensor.x&end_time=nonsense", "Invalid end_time"),
        # A plus sign in a query is a space, so an offset that is not encoded does not parse.
        (
            "/api/history/period?filter_entity_id=sensor.x&end_time=2026-01-01T00:00:00+01:00",
            "Invalid end_time",
        ),
    ],
)
def test_a_bad_request_is_400_and_says_what_is_wrong(home: Home, path: str, complaint: str) -> None:
    """400 with a message, in JSON."""
    answer = home.get(path)
    assert (answer.status_code, answer.json()) == (400, {"message": complaint})


def test_a_plus_sign_in_the_path_need_not_be_encoded(home: Home) -> None:
    """Only in a query does it mean a space."""
    path = "/api/history/period/2026-01-01T00:00:00+01:00?filter_entity_id=sensor.x"
    assert home.get(path).status_code == 200


def test_history_comes_compressed_to_a_willing_client(home: Home) -> None:
    """So the size on the wire says nothing about the size in memory."""
    path = f"/api/history/period?filter_entity_id={home.entity_id}"
    assert home.get(path).headers["Content-Encoding"] == "deflate"
