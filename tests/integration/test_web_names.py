"""Under which names the page is open, and to whose pages the websocket: as attackers ask."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.broker import Broker
from support.web import Web

from shared.errors import ConfigError

TIMEOUT_S = 30
REFUSED = 403
SWITCHED = 101


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Run a web server in front of a broker; it has one name on the internet."""
    directory = tmp_path_factory.mktemp("web")
    broker = Broker(directory / "broker-state", "names")
    broker.start()
    running = Web(directory, broker, web={"names": ["Monitor.Example.org"]})
    running.put("weekly", '{"of": "the house"}')
    for left in (".weekly.json.tmp", "weekly.json.new", ".weekly.json.new", "weekly.new",
                 "weekly.json.corrupt-20261122T100000000000Z", "weekly.json.bak", "weekly.json~",
                 "saved.tar.gz", "before-restore-1", "monthly.json.tmp"):  # fmt: skip
        (running.data / left).write_text("what nobody may read")
    running.start()
    yield running
    running.stop()
    broker.stop()


def answer(web: Web, request: str) -> bytes:
    """Send a request as it is, for an address that is this web server's; return all that came."""
    with socket.create_connection(("127.0.0.1", web.own.port), TIMEOUT_S) as connection:
        connection.settimeout(TIMEOUT_S)
        connection.sendall(request.replace("\n", "\r\n").encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        try:
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionResetError:
            return b""


def status(answered: bytes) -> int:
    """Return the status of the first answer, 0 for none."""
    return int(answered.split()[1]) if answered else 0


def get(web: Web, host: str, path: str = "/weekly.json") -> int:
    """Return the status of a file that is asked for under a name."""
    return status(answer(web, f"GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n\n"))


OURS = ["127.0.0.1", "127.0.0.1:8080", "192.168.1.20:8080", "[fe80::1]", "[::1]:8080", "localhost",
    "monitor", "MONITOR", "raspberrypi:8080", "monitor.local", "monitor.local:8080", "m.fritz.box",
    "a.b.lan", "board.home.arpa", "board.internal", "monitor.example.org",
    "Monitor.example.org:443",
]  # fmt: skip
THEIRS = ["evil.example", "evil.example:8080", "monitor.local.evil.example", "example.org",
    "127.0.0.1.evil.example", "xmonitor.example.org", "monitor.example.org.evil.example",
    "evil.box", "a.com:80",
    "monitor.example.com", "192.168.1.20.nip.io", "local.com",
]  # fmt: skip


@pytest.mark.parametrize("host", OURS)
def test_the_page_is_open_under_the_names_of_a_house(web: Web, host: str) -> None:
    assert get(web, host) == 200


@pytest.mark.parametrize("host", THEIRS)
@pytest.mark.parametrize("path", ["/", "/weekly.json", "/site.json", "/js/app.js", "/mqtt"])
def test_a_name_that_somebody_else_leads_here_opens_nothing(web: Web, host: str, path: str) -> None:
    """DNS rebinding: to the browser such a page and ours would be one origin."""
    assert get(web, host, path) == REFUSED


def test_who_is_refused_is_told_what_to_configure(web: Web) -> None:
    refused = answer(web, "GET / HTTP/1.1\nHost: mine.example.com\nConnection: close\n\n")
    assert b'"names"' in refused
    assert b"Content-Type: text/html" in refused


@pytest.mark.parametrize(
    "request_lines",
    [
        "GET http://evil.example/weekly.json HTTP/1.1\nHost: localhost",
        "GET http://evil.example/weekly.json HTTP/1.1\nHost: evil.example",
        "GET /weekly.json HTTP/1.1\nHost: evil.example\nX-Forwarded-Host: localhost",
        "GET /weekly.json HTTP/1.1\nHost: localhost\nHost: evil.example",
        "GET /weekly.json HTTP/1.1\nHost: evil.example\nHost: localhost",
        "GET /weekly.json HTTP/1.1\nHost: localhost/evil.example",
        "GET /weekly.json HTTP/1.1\nHost: evil.example.",
        "GET /weekly.json HTTP/1.1\nHost: localhost@evil.example",
        "GET /weekly.json HTTP/1.1\nHost: localhost evil.example",
        "GET /weekly.json HTTP/1.1\nHost:",
        "GET /weekly.json HTTP/1.1\nX: y",
        "GET /weekly.json HTTP/1.1\nHost : localhost",
        "GET /weekly.json HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\nContent-Length: 5",
        "GET /weekly.json HTTP/1.1\nHost: localhost\nContent-Length: 5\nContent-Length: 6",
        "GET /weekly.json HTTP/1.1\nHost: localhost\nTransfer-Encoding: xchunked",
        "GET /weekly.json HTTP/1.1\nHost: localhost\nTransfer-Encoding : chunked",
        "GET /weekly.json HTTP/1.1\nHost: localhost\nX: a\n continued: b\nContent-Length: -1",
        "GET /weekly.json HTTP/9.9\nHost: localhost",
        "GET /weekly.json\tHTTP/1.1\nHost: localhost",
        "CONNECT localhost:22 HTTP/1.1\nHost: localhost",
        "TRACE / HTTP/1.1\nHost: localhost",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(web: Web, request_lines: str) -> None:
    """Or a proxy before it could be made to take a part of one request for another."""
    smuggled = "GET /weekly.json HTTP/1.1\nHost: evil.example\n\n"
    answered = answer(web, f"{request_lines}\nConnection: close\n\n{smuggled}")
    assert status(answered) in {0, 400, 403, 405, 501, 505}
    assert b"the house" not in answered


@pytest.mark.parametrize(
    "name",
    [".weekly.json.tmp", "weekly.json.new", ".weekly.json.new", "weekly.new", "weekly.json.bak",
     "weekly.json.corrupt-20261122T100000000000Z", "weekly.json~", "saved.tar.gz",
     "before-restore-1", "before-restore-1/book", "monthly.json.tmp", "WEEKLY.JSON", "weekly.json.",
     "weekly.json::$DATA"],
)  # fmt: skip
def test_what_lies_beside_the_files_is_not_shown(web: Web, name: str) -> None:
    answered = answer(web, f"GET /{name} HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert status(answered) in {400, 403, 404}
    assert b"nobody may read" not in answered


# The websocket.


def upgrade(web: Web, origin: str | None, host: str = "localhost") -> int:
    """Return the status with which a browser's websocket is answered."""
    lines = [
        "GET /mqtt HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: mqtt",
        *([f"Origin: {origin}"] if origin is not None else []),
    ]
    with socket.create_connection(("127.0.0.1", web.own.port), TIMEOUT_S) as connection:
        connection.settimeout(TIMEOUT_S)
        connection.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        return status(connection.recv(4096))


@pytest.mark.parametrize(
    "origin",
    [None, "http://localhost", "http://192.168.1.20:8080", "https://monitor.local", "http://[::1]:1",
     "https://monitor.example.org"],
)  # fmt: skip
def test_the_page_s_own_websocket_and_that_of_a_program_open(web: Web, origin: str | None) -> None:
    assert upgrade(web, origin) == SWITCHED


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://evil.example:8080", "null", "file://",
     "http://localhost.evil.example",
     "https://evil.example/http://localhost", "chrome-extension://localhost",
     "http://localhost, null",
     "http://user@localhost", "http://evil.example?localhost"],
)  # fmt: skip
def test_a_page_of_another_site_gets_no_websocket(web: Web, origin: str) -> None:
    """Whatever its script knows: a browser says where a script comes from, in any case."""
    assert upgrade(web, origin) == REFUSED


def test_a_foreign_name_gets_no_websocket_either(web: Web) -> None:
    assert upgrade(web, "http://evil.example", host="evil.example") == REFUSED


def test_a_name_that_is_none_is_a_mistake(tmp_path: Path) -> None:

    for wrong in ('a"b', "http://x.org", "x.org:80", "*", ".*", "a b", "", "a.org)|.*"):
        with pytest.raises(ConfigError, match=r"web\.names"):
            Web(tmp_path, web={"names": [wrong]})
