"""The simulated Home Assistant over real HTTP: what it does when things are to go wrong."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from support.collector import Clock
from support.wait import wait_until

from demo.entity import sensor
from demo.server import serving
from demo.simulator import Simulator

TIMEOUT_S = 30.0
SOON_S = 30.0  # for what would otherwise take for ever; the machine may be busy
POWER = "sensor.power"
PATH = f"/api/states/{POWER}"


class Client:
    """A client with one connection kept alive, as the collector has."""

    def __init__(self, url: str, simulator: Simulator) -> None:
        self.url = url
        self.simulator = simulator
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {simulator.token}"

    def get(self, path: str = PATH, **options: Any) -> requests.Response:
        """Ask for a path."""
        return self.session.get(self.url + path, timeout=TIMEOUT_S, **options)

    def control(self, **operation: Any) -> dict[str, Any]:
        """Send one operation to the control path."""
        answer = requests.post(f"{self.url}/_control", json=operation, timeout=TIMEOUT_S)
        answer.raise_for_status()
        standing: dict[str, Any] = answer.json()
        return standing


@pytest.fixture(name="clock")
def a_clock() -> Clock:
    """Return the simulator's clock, which only a test moves."""
    return Clock()


@pytest.fixture(name="client")
def a_client(clock: Clock) -> Iterator[Client]:
    """Give a client of a simulator with one power sensor that shows 412.5 W."""
    simulator = Simulator({POWER: sensor("W", "power")}, clock=clock.now)
    simulator.set(POWER, 412.5)
    with serving(simulator) as url:
        client = Client(url, simulator)
        yield client
        client.session.close()


def answers(client: Client) -> bool:
    """Tell whether a new connection is answered."""
    try:
        requests.get(client.url + "/api/", timeout=TIMEOUT_S)
    except requests.ConnectionError:
        return False
    return True


def test_a_status_for_some_requests_then_right_again(client: Client) -> None:
    """With the headers that go with it, on the paths that fit."""
    headers = {"Retry-After": "7"}
    client.simulator.faults.add("status", "/api/states/*", status=503, times=2, headers=headers)
    assert client.get("/api/").status_code == 200
    failed = client.get()
    assert (failed.status_code, failed.text) == (503, "503: Service Unavailable")
    assert failed.headers["Retry-After"] == "7"
    assert [client.get().status_code for _ in range(2)] == [503, 200]


def test_a_page_instead_of_json(client: Client) -> None:
    """As a captive portal or a proxy gives."""
    client.simulator.faults.add("html")
    answer = client.get()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<html>" in answer.text


def test_another_body_type_or_nothing(client: Client) -> None:
    """JSON that is none, JSON called text, and an empty reply."""
    client.simulator.faults.add("body", body='{"state": NaN', times=1)
    client.simulator.faults.add("content_type", content_type="text/plain", times=1)
    client.simulator.faults.add("empty", times=1)
    assert client.get().text == '{"state": NaN'
    plain = client.get()
    assert (plain.headers["Content-Type"], plain.json()["state"]) == ("text/plain", "412.5")
    assert client.get().content == b""
    assert client.get().json()["state"] == "412.5"


def test_a_late_answer(client: Client) -> None:
    """Right, but after some seconds."""
    client.simulator.faults.add("delay", seconds=0.2)
    began = time.monotonic()
    assert client.get().json()["state"] == "412.5"
    assert time.monotonic() - began >= 0.2


def test_a_slow_drip_defeats_a_read_timeout(client: Client) -> None:
    """Each byte comes in time, the whole does not: only an overall deadline helps."""
    client.simulator.faults.add("drip", "/api/", seconds=0.005)
    began = time.monotonic()
    assert client.get("/api/").json() == {"message": "API running."}
    assert time.monotonic() - began > 0.1


def test_an_endless_body(client: Client) -> None:
    """More than anybody wants to keep, without a length said before."""
    client.simulator.faults.add("endless")
    with client.get(stream=True) as answer:
        assert "Content-Length" not in answer.headers
        read = 0
        for part in answer.iter_content(1 << 16):
            read += len(part)
            if read > 20_000_000:
                break
    assert read > 20_000_000


def test_a_huge_body(client: Client) -> None:
    """Endless with an end."""
    client.simulator.faults.add("endless", size=3_000_000)
    assert 3_000_000 <= len(client.get().content) < 4_000_000


def test_a_small_answer_that_unpacks_to_a_huge_one(client: Client) -> None:
    """The size on the wire says nothing."""
    client.simulator.faults.add("bomb", size=50 * 1024 * 1024)
    answer = client.get()
    assert int(answer.headers["Content-Length"]) < 100_000
    assert len(answer.content) == 50 * 1024 * 1024


def test_a_body_cut_in_the_middle(client: Client) -> None:
    """Fewer bytes than were promised."""
    client.simulator.faults.add("truncate", times=1)
    with pytest.raises(requests.RequestException):
        client.get()
    assert client.get().json()["state"] == "412.5"


def test_a_connection_cut_without_a_word(client: Client) -> None:
    """After the request was taken."""
    client.simulator.faults.add("drop", times=1)
    with pytest.raises(requests.ConnectionError):
        client.get()
    assert client.get().json()["state"] == "412.5"
    assert client.simulator.requests.count(PATH) == 2


def test_an_outage_refuses_connections_and_ends_by_the_clock(client: Client, clock: Clock) -> None:
    """Kept connections are cut; the port is the same after, states are 404 until it has started."""
    assert client.get().status_code == 200
    client.control(do="outage", seconds=60, starting_s=30)
    with pytest.raises(requests.ConnectionError):
        client.get()
    clock.advance(60)
    wait_until(lambda: answers(client))
    assert client.get().status_code == 404
    clock.advance(30)
    assert client.get().status_code == 200
    assert client.get().json()["state"] == "412.5"


def test_unplugged_until_plugged_in(client: Client) -> None:
    """The socket is closed, so connections are refused, not left waiting."""
    client.simulator.unplug()
    wait_until(lambda: not answers(client))
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(client.url, timeout=TIMEOUT_S)
    client.simulator.plug_in()
    wait_until(lambda: answers(client))


def test_a_kept_connection_is_no_way_around_an_unplugged_server(client: Client) -> None:
    """From the very moment on, not only once the socket is closed."""
    assert client.get().status_code == 200
    client.simulator.unplug()
    with pytest.raises(requests.ConnectionError):
        client.get()
    assert client.simulator.requests.count() == 1


def test_requests_are_counted_with_those_of_a_wrong_token(client: Client) -> None:
    """So a test can say: after 401 nobody asked again."""
    client.control(do="token", token="another")
    assert client.get().status_code == 401
    client.simulator.token = "test-token"
    client.get("/api/history/period?filter_entity_id=sensor.x")
    assert client.simulator.requests.count("/api/states/*") == 1
    assert [seen.authorized for seen in client.simulator.requests.last] == [False, True]
    counts = client.control(do="clear_faults")["counts"]
    assert counts == {PATH: 1, "/api/history/period": 1}
    assert client.control(do="clear_requests")["counts"] == {}


def test_the_control_path_needs_no_token_and_reports_mistakes(client: Client) -> None:
    """The server listens on loopback only."""
    url = f"{client.url}/_control"
    assert requests.get(url, timeout=TIMEOUT_S).json()["entities"] == [POWER]
    wrong = requests.post(url, json={"do": "fly"}, timeout=TIMEOUT_S)
    assert wrong.status_code == 400
    assert "demo/control.py" in wrong.json()["message"]


def test_many_clients_at_once(client: Client) -> None:
    """Each on its own connection while states change."""
    wrong: list[str] = []

    def ask() -> None:
        for _ in range(20):
            answer = requests.get(
                client.url + PATH, headers=client.session.headers, timeout=TIMEOUT_S
            )
            if answer.status_code != 200:
                wrong.append(answer.text)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for value in range(200):
        client.simulator.set(POWER, value)
    for thread in threads:
        thread.join()
    assert wrong == []
    assert client.simulator.requests.count(PATH) == 160


def test_a_stop_cuts_what_is_still_being_sent() -> None:
    """No test waits for a fault that was left on."""
    simulator = Simulator({POWER: sensor("W")})
    simulator.set(POWER, 1)
    simulator.faults.add("drip", seconds=600.0)
    headers = {"Authorization": f"Bearer {simulator.token}"}
    began = time.monotonic()
    with serving(simulator) as url:
        waiting = requests.get(url + PATH, headers=headers, timeout=TIMEOUT_S, stream=True)
    waiting.close()
    assert time.monotonic() - began < SOON_S


def test_a_stop_cuts_connections_that_are_kept_open() -> None:
    """A client that holds one does not hold the server up."""
    simulator = Simulator({})
    with requests.Session() as session:
        with serving(simulator) as url:
            assert session.get(url + "/api/", timeout=TIMEOUT_S).status_code == 401
            began = time.monotonic()
        assert time.monotonic() - began < SOON_S
