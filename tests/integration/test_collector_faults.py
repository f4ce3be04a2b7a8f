"""What Home Assistant can do wrong over HTTP: a clear error, no crash, no invented number."""

import socket
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from support.collector import POWER, START, TOKEN, Bench, Clock, make_simulator
from support.wait import wait_until

from demo.server import serving
from demo.simulator import Simulator
from services.collector.home_assistant import (
    HomeAssistant,
    NotFound,
    Patience,
    TooLarge,
    Unauthorized,
)
from shared.connection import Guard
from shared.errors import MonitorError, Permanent, Retryable

TICK_S = 600.0
IMPATIENT = Patience(read_s=2.0, answer_s=3.0)  # and yet enough for a busy machine
STATE = f"/api/states/{POWER}"
ANY_STATE = "/api/states/*"
HISTORY = "/api/history/*"
A_STATE = (
    '{"state": "5", "attributes": {"unit_of_measurement": "W"},'
    ' "last_changed": "2026-12-01T00:00:00+00:00"}'
)


@pytest.fixture(name="clock")
def a_clock() -> Clock:
    """Return a clock that shows a second before the ticks of START."""
    return Clock(START - 1)


@pytest.fixture(name="house")
def a_house(clock: Clock) -> Simulator:
    """Return a Home Assistant in which power has been 100 W for a while."""
    simulator = make_simulator(clock)
    simulator.set(POWER, 100, at=START - 400)
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


@pytest.fixture(name="source")
def a_source(url: str, clock: Clock) -> HomeAssistant:
    """Return a client without a collector around it."""
    return HomeAssistant(url, TOKEN, clock.now, IMPATIENT)


@pytest.mark.parametrize(
    ("kind", "options", "error", "says"),
    [
        ("status", {"status": 500}, Retryable, "500"),
        ("status", {"status": 502}, Retryable, "502"),
        ("status", {"status": 429, "headers": {"Retry-After": "7"}}, Retryable, "429"),
        ("status", {"status": 400}, Permanent, "400"),
        ("status", {"status": 401}, Unauthorized, "token"),
        ("status", {"status": 403}, Unauthorized, "token"),
        ("status", {"status": 404}, Retryable, "no API"),
        ("status", {"status": 404, "body": '{"message": "no"}'}, NotFound, "404"),
        ("status", {"status": 301, "headers": {"Location": "https://h/"}}, Permanent, "https://h/"),
        ("html", {}, Retryable, "HTML"),
        ("empty", {}, Retryable, "nothing"),
        ("body", {"body": "[1,"}, Retryable, "JSON"),
        ("body", {"body": "[]"}, Retryable, "no state"),
        ("body", {"body": '{"state": 5}'}, Retryable, "no state"),
        ("body", {"body": '{"state": "5", "last_changed": "soon"}'}, Retryable, "ISO 8601"),
        ("delay", {"seconds": 5}, Retryable, "in time"),
        ("drip", {"seconds": 0.02}, Retryable, "took more than 3 s"),
        ("endless", {}, TooLarge, "kB"),
        ("bomb", {"size": 5_000_000}, Retryable, "compressed"),
        ("truncate", {}, Retryable, "broke off"),
        ("drop", {}, Retryable, "can't be reached"),
    ],
)
def test_each_fault_has_its_type_and_a_hint(
    source: HomeAssistant,
    house: Simulator,
    *,
    kind: str,
    options: dict[str, Any],
    error: type[MonitorError],
    says: str,
) -> None:
    """And the token is in none of their words; the next request is answered as ever."""
    house.faults.add(kind, times=1, **options)
    with pytest.raises(error) as caught:
        source.state(POWER)
    assert says in str(caught.value)
    assert caught.value.hint or isinstance(caught.value, NotFound)
    assert TOKEN not in str(caught.value) + caught.value.hint
    assert source.state(POWER).text == "100"


@pytest.mark.parametrize("of", ["state", "history"])
@pytest.mark.parametrize(
    ("statuses", "error"),
    [
        ((101, 102, 103, 201, 202, 203, 204, 205, 206, 226), Permanent),
        ((300, 301, 302, 303, 304, 305, 307, 308), Permanent),
        ((400, 402, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 417, 418, 426), Permanent),
        ((401, 403), Unauthorized),
        ((408, 425, 429), Retryable),
        ((500, 501, 502, 503, 504, 505, 507, 511, 520, 599), Retryable),
    ],
)
def test_each_status_is_an_error_of_its_kind(
    source: HomeAssistant,
    house: Simulator,
    of: str,
    statuses: tuple[int, ...],
    error: type[MonitorError],
) -> None:
    """Whatever the request: never a value, never another host, and the next answer is taken."""
    for status in statuses:
        house.faults.add("status", times=1, status=status, headers={"Location": "http://else/"})
        with pytest.raises(error, match=str(status)):
            source.state(POWER) if of == "state" else source.history([POWER], START - 500, START)
        assert source.state(POWER).text == "100"


def test_the_token_follows_no_redirection(source: HomeAssistant, house: Simulator) -> None:
    """To another host, or to another port of this one; and an echo of it is not shown."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        place = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/{TOKEN}"
        for status in (301, 302, 303, 307, 308):
            house.faults.add("status", times=1, status=status, headers={"Location": place})
            with pytest.raises(Permanent) as caught:
                source.state(POWER)
            assert TOKEN not in str(caught.value) + caught.value.hint
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


@pytest.mark.parametrize(
    ("raw", "again", "says"),
    [
        ("garbage\r\n\r\n", None, "no HTTP"),
        ("HTTP/1.1 abc OK\r\n\r\n", None, "no HTTP"),
        ("HTTP/1.1 99999 OK\r\n\r\n", None, "no HTTP"),
        ("\x15\x03\x03\x00\x02\x02\x50", None, "no HTTP"),
        ("HTTP/1.1 200 OK\r\n", "X: " + 50_000 * "x" + "\r\n", "no HTTP"),
        ("HTTP/1.1 200 OK\r\nX: ", 50_000 * "x", "no HTTP"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", "took more than 3 s"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 4096 * " ", "1024 kB"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{}", None, "broke off"),
        (
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n" + A_STATE,
            None,
            "no JSON",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", 4096 * " ", "1024 kB"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", "took more"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 4096 * "1", "broke off"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", None, "broke off"),
    ],
)
def test_an_answer_that_is_no_answer(
    source: HomeAssistant, house: Simulator, raw: str, again: str | None, says: str
) -> None:
    """Lengths that are wrong, heads without end, no HTTP at all: an end in time and a hint."""
    house.faults.add("raw", STATE, times=1, body=raw, again=again)
    with pytest.raises(TooLarge if says == "1024 kB" else Retryable) as caught:
        source.state(POWER)
    assert says in str(caught.value)
    assert caught.value.hint
    assert source.state(POWER).text == "100"


@pytest.mark.parametrize(
    "body",
    [
        '\ufeff{"state": "5", "last_changed": "2026-12-01T00:00:00+00:00"}',
        A_STATE.replace('"5"', "5"),
        A_STATE.replace('"5"', "NaN"),
        A_STATE.replace('"5"', "Infinity"),
        A_STATE.replace('"state"', '"entity_id": "sensor.other", "state"'),
        *("null", "5", '"5"', "[[]]", "[" * 5000),
    ],
)
def test_an_answer_that_is_no_state_gives_no_value(
    source: HomeAssistant, house: Simulator, body: str
) -> None:
    """Not even of another entity, which a wrong cache might send."""
    house.faults.add("body", times=1, body=body)
    with pytest.raises(Retryable) as caught:
        source.state(POWER)
    assert "/api/" in caught.value.hint


def test_a_right_answer_under_a_wrong_content_type_is_taken(
    source: HomeAssistant, house: Simulator
) -> None:
    """What counts is what it says."""
    house.faults.add("content_type", times=1)
    assert source.state(POWER).text == "100"


def test_how_long_to_wait_is_taken_from_the_answer(source: HomeAssistant, house: Simulator) -> None:
    """Retry-After in seconds or as a date."""
    later = formatdate(house.now() + 90, usegmt=True)
    for asked, wait_s in (("7", 7), (later, 90), ("soon", 0), ("9" * 400, 3600), ("-5", 0)):
        house.faults.add("status", status=503, times=1, headers={"Retry-After": asked})
        with pytest.raises(Retryable) as caught:
            source.state(POWER)
        assert caught.value.after_s == pytest.approx(wait_s, abs=1)


@pytest.mark.parametrize("token", ["line\nbreak-token", "tokén-π", " "])
def test_a_token_that_cannot_be_sent_is_not_shown(url: str, clock: Clock, token: str) -> None:
    """The library's own error would quote it."""
    source = HomeAssistant(url, token, clock.now)
    with pytest.raises(Permanent) as caught:
        source.state(POWER)
    assert token.strip() == "" or token not in str(caught.value) + caught.value.hint


def test_an_answer_whose_head_drips_is_cut_as_well(source: HomeAssistant, house: Simulator) -> None:
    """The whole answer has one deadline, however the bytes are spread."""
    house.faults.add("drip", HISTORY, seconds=0.05)
    with pytest.raises(Retryable, match="took more than"):
        source.history([POWER], START - 500, START)


def test_a_connection_that_comes_after_the_deadline_is_cut() -> None:
    """As where a name has many addresses and none but the last one answers."""
    ours, theirs = socket.socketpair()
    guard = Guard()
    with ours, theirs:
        theirs.settimeout(60)
        with guard.deadline(0.01):
            wait_until(lambda: guard.expired)
            guard.opened(ours)
            assert theirs.recv(1) == b""


def test_nobody_there(clock: Clock) -> None:
    """A refused connection, a name nobody knows, and a login that stays secret."""
    for url in ("http://127.0.0.1:9", "http://user:pass-word@127.0.0.1:9"):
        source = HomeAssistant(url, TOKEN, clock.now)
        with pytest.raises(Retryable, match=r"can't be reached at http://127\.0\.0\.1:9") as caught:
            source.state(POWER)
        assert "pass-word" not in str(caught.value) + caught.value.hint


def test_a_refused_token_stops_the_polling_for_a_quarter_of_an_hour(
    bench: Bench, house: Simulator
) -> None:
    """Then one try: repeated ones get an address banned."""
    house.token = "another"
    bench.run(15 * 60)
    assert house.requests.count() == 1
    assert "/profile/security" in bench.problems["home_assistant"]["hint"]
    with pytest.raises(Unauthorized):
        bench.command("collect")
    bench.run(15 * 60)
    assert house.requests.count() == 2
    house.token = TOKEN
    bench.run(30 * 60)
    assert bench.problems == {}
    assert bench.outlet.readings


def test_a_token_refused_for_history_only_stops_it_too(bench: Bench, house: Simulator) -> None:
    """The states that came are not lost."""
    house.faults.add("status", HISTORY, status=401)
    bench.run(20)
    assert [reading["power"] for reading in bench.outlet.readings] == [100]
    count = house.requests.count()
    bench.run(14 * 60)
    assert house.requests.count() == count


def test_a_pause_that_is_asked_for_is_kept(bench: Bench, house: Simulator) -> None:
    """Beyond the tick, by states and history alike; for a quarter of an hour at most."""
    house.insert(POWER, [(START + 60.0 * minute, minute) for minute in range(120)])
    for path, count in ((ANY_STATE, 1), (HISTORY, 2)):
        house.requests.clear()
        house.faults.add("status", path, status=429, headers={"Retry-After": "1500"})
        bench.run(14 * 60)
        assert house.requests.count() == count
        assert "429" in bench.problems["home_assistant"]["text"]
        house.faults.clear()
        bench.run(3 * TICK_S)
        assert bench.problems == {}
    assert len(bench.outlet.gaps(START)) == 1  # only what has not settled yet


def test_retries_within_the_tick(bench: Bench, house: Simulator) -> None:
    """Two failures are forgiven; nobody is told."""
    house.faults.add("status", ANY_STATE, status=503, times=2)
    bench.run(20)
    assert len(bench.outlet.readings) == 1
    assert bench.problems == {}
    assert house.requests.count(STATE) == 3 + 1  # the last one is backfill's, for the unit


@pytest.mark.parametrize("kind", ["status", "html", "drop", "truncate", "empty"])
def test_without_states_nothing_is_published(bench: Bench, house: Simulator, kind: str) -> None:
    """Three tries a tick, a problem with a hint, and no reading of nulls."""
    house.faults.add(kind, ANY_STATE)
    bench.outlet.answering = False
    bench.run(50)
    assert bench.outlet.readings == []
    assert bench.problems["home_assistant"]["hint"]
    assert house.requests.count(STATE) == 3


@pytest.mark.parametrize("status", [404, 500])
def test_without_history_the_spot_value_goes_alone(
    bench: Bench, house: Simulator, status: int
) -> None:
    """Health says so; once history is back, what went so is sent again with its interval."""
    bench.run(TICK_S + 30)
    house.faults.add("status", HISTORY, status=status)
    house.insert(POWER, [(START + 700, 500), (START + 1300, 100)])
    bench.run(2 * TICK_S)
    assert ["interval" in reading for reading in bench.outlet.readings[-2:]] == [False, False]
    assert bench.problems["history"]["hint"]
    house.faults.clear()
    bench.run(TICK_S + 60)
    assert bench.problems == {}
    again = [reading for reading in bench.outlet.readings if "interval" in reading]
    assert {reading["timestamp"][11:16] for reading in again} >= {"00:20", "00:30", "00:40"}
    assert sum(sent.retain for sent in bench.outlet.sent if "reading" in sent.topic) == 5
    expected = (100 * 100 + 500 * 600 + 100 * 500) / 3.6e6
    energies = {
        reading["timestamp"]: reading["interval"]["energy_kwh"]
        for reading in again
        if "00:10" < reading["timestamp"][11:16] <= "00:30"
    }
    assert sum(energies.values()) == pytest.approx(expected, rel=1e-3)


def test_readings_between_ticks_are_made_exact_too(bench: Bench, house: Simulator) -> None:
    """History comes back before the tick after them: when that is settled, so are they."""
    bench.run(TICK_S + 30)
    house.faults.add("status", HISTORY, status=500)
    bench.command("collect")
    bench.run(60)
    assert "interval" not in bench.outlet.readings[-1]
    house.faults.clear()
    bench.command("collect")
    bench.run(TICK_S + 30)
    assert not [gap for gap in bench.outlet.gaps(START + TICK_S) if gap[0] < START + 2 * TICK_S]


def test_an_entity_the_recorder_leaves_out_goes_as_spot_value(
    bench: Bench, house: Simulator
) -> None:
    """And the hint names the recorder."""
    house.faults.add("body", HISTORY, body="[]")
    bench.run(20)
    assert "interval" not in bench.outlet.readings[-1]
    assert "recorder" in bench.problems["history"]["hint"]


@pytest.mark.parametrize(
    "body",
    ["{}", "[[1]]", '[{"state": "1"}]', '[[{"state": "5"}]]', '[[{"entity_id": "sensor.power"}]]'],
)
def test_history_that_is_none_is_refused(bench: Bench, house: Simulator, body: str) -> None:
    """Spot value alone."""
    house.faults.add("body", HISTORY, body=body)
    bench.run(40)
    assert [reading["power"] for reading in bench.outlet.readings] == [100]
    assert "interval" not in bench.outlet.readings[0]
    assert "history" in bench.problems


def test_a_slow_home_assistant_at_one_second_brings_no_crash(
    url: str, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """Faults of every kind in turn, then all is well again."""
    bench = Bench(url, tmp_path, clock, local_collection_interval_minutes=1 / 60)
    for kind in ("status", "html", "body", "empty", "truncate", "drop"):
        house.faults.add(kind, times=5)
        bench.run(15)
    bench.run(120)
    assert bench.problems == {}
    assert bench.outlet.gaps(START + 1)[-1][0] > clock.wall - 30
