"""What the web server refuses: ways out of its directories, other methods, clients that dawdle."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from support.broker import Broker
from support.wait import wait_until
from support.web import Web

from cli.run import web_configuration
from shared.errors import ConfigError

TIMEOUT_S = 30
SECRET = "what nobody may read"
GITHUB = {"token": "t", "repo": "ada/house"}
MOST_CONNECTIONS = 128
REFUSED = {400, 403, 404}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """Run a web server with secrets around and within what it serves."""
    running = Web(tmp_path, github=GITHUB)
    for tier in ("daily", "weekly"):
        running.put(tier, "{}")
    for file in (
        tmp_path / "secret",
        running.data / "secret",
        running.data / "other.json",
        running.data / "daily.json.corrupt-1",
        running.data / "daily.json",
        running.volatile / "weekly.json",
    ):
        file.write_text(SECRET)
    running.start()
    yield running
    running.stop()


def ask(web: Web, request: bytes) -> bytes:
    """Send bytes as they are; return the whole answer."""
    with socket.create_connection(("127.0.0.1", web.own.port), TIMEOUT_S) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def status(answer: bytes) -> int:
    """Return the status of an answer."""
    return int(answer.split()[1])


@pytest.mark.parametrize(
    "path",
    [
        "secret",
        "other.json",
        "yearly.json",
        "daily.json.corrupt-1",
        "daily.json/",
        "daily.json/../secret",
        "../secret",
        "./../secret",
        "vendor/../../data/secret",
        "..%2fsecret",
        "%2e%2e/secret",
        "%2e%2e%2fsecret",
        ".%2e/secret",
        "..%252fsecret",
        "%252e%252e/secret",
        "..%5csecret",
        "..\\secret",
        "..%c0%afsecret",
        "..%e0%80%afsecret",
        "..;/secret",
        "weekly.json%00",
        "secret%00.json",
        "weekly.json%0a",
        "//secret",
        "%2fsecret",
        "data/secret",
        "web-state/run/passwords",
        "web-state/run/site/site.json",
        "run/admin/mosquitto_pub",
        ".git/config",
        "js/.hidden",
        "README.md",
        "index.html~",
        "error-404.html",
        "lighttpd.conf",
        "",
    ],
)
def test_there_is_no_way_out(web: Web, path: str) -> None:
    """Neither to what lies beside the files nor above them; the last one is no list either."""
    answer = ask(web, f"GET /{path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    assert SECRET.encode() not in answer
    if path:
        assert status(answer) in REFUSED
    else:
        assert b"<title>" in answer


@pytest.mark.parametrize(
    "path",
    ["../x", "%2e%2e/x", ".%2e/x", "js/../x", "js%2fcharts", "%00", "x%0ay", "x%1by", "x%7f"],
)
def test_an_address_that_climbs_is_refused_before_it_is_looked_up(web: Web, path: str) -> None:
    answer = ask(web, f"GET /{path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    assert status(answer) == 400


@pytest.mark.parametrize("host", ["local_host", "localhost:80:80", "localhost/", "a b", "[::1"])
def test_what_is_no_name_is_no_host(web: Web, host: str) -> None:
    answer = ask(web, f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
    assert status(answer) == 400


def test_connections_that_only_wait_take_no_more_than_their_share(web: Web) -> None:
    """The descriptors and the memory of 128, however many come; the next one waits its turn."""
    before = sockets(web)
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS + 20):
            connection = socket.create_connection(("127.0.0.1", web.own.port), TIMEOUT_S)
            stack.enter_context(connection)
            connection.sendall(b"GET / HT")
        wait_until(lambda: sockets(web) - before >= MOST_CONNECTIONS - 1, what="they are taken")
        assert sockets(web) - before <= MOST_CONNECTIONS


def sockets(web: Web) -> int:
    """Return how many sockets the server has."""
    descriptors = Path(f"/proc/{web.pid}/fd").iterdir()
    return sum(str(one.readlink()).startswith("socket:") for one in descriptors)


@pytest.mark.parametrize("path", ["vendor/", "vendor", "js/", "css/"])
def test_directories_are_not_listed(web: Web, path: str) -> None:
    answer = requests.get(f"{web.url}{path}", timeout=TIMEOUT_S)
    assert answer.status_code in REFUSED


def test_an_absolute_address_leads_to_the_same_files(web: Web) -> None:
    """A request as a proxy gets it neither forwards nor climbs."""
    answer = ask(web, b"GET http://elsewhere.invalid/../secret HTTP/1.0\r\n\r\n")
    assert status(answer) in REFUSED


def test_a_link_is_not_followed(web: Web, tmp_path: Path) -> None:
    """Whoever can write to the data directory can't make the web server read elsewhere."""
    (web.data / "weekly.json").unlink()
    (web.data / "weekly.json").symlink_to(tmp_path / "secret")
    assert requests.get(f"{web.url}weekly.json", timeout=TIMEOUT_S).status_code in REFUSED


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]
)
def test_only_reading_is_possible(web: Web, method: str) -> None:
    answer = requests.request(method, f"{web.url}weekly.json", data=b"x", timeout=TIMEOUT_S)
    assert answer.status_code in {403, 405, 501}
    assert requests.get(f"{web.url}weekly.json", timeout=TIMEOUT_S).text == "{}"


def test_large_requests_are_refused(web: Web) -> None:
    """Neither a body nor headers can fill the memory."""
    headers = {"X-Large": "x" * 20_000}
    assert requests.get(web.url, headers=headers, timeout=TIMEOUT_S).status_code == 431
    announced = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    assert status(ask(web, announced)) == 413


@pytest.mark.slow
def test_a_client_that_dawdles_is_dropped(web: Web) -> None:
    """Half a request is given a quarter of a minute."""
    with socket.create_connection(("127.0.0.1", web.own.port)) as connection:
        connection.sendall(b"GET / HT")
        connection.settimeout(60)
        assert connection.recv(1) == b""


def test_the_browser_is_told_to_be_strict(web: Web) -> None:
    """Nothing inline, nothing from elsewhere but the copies, no frame, no sniffing, no version."""
    for path in ("", "index.html", "icon.svg", "absent"):
        headers = requests.get(f"{web.url}{path}", timeout=TIMEOUT_S).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        for directive in (
            "connect-src 'self' https://raw.githubusercontent.com/ada/house/main/data/;",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ):
            assert directive in policy, path
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Server" not in headers
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", ["weekly.json", "site.json", "js/app.js", "css/base.css"])
def test_no_other_page_can_read_or_run_the_data(web: Web, path: str) -> None:
    headers = requests.get(
        f"{web.url}{path}", headers={"Origin": "https://evil.invalid"}, timeout=TIMEOUT_S
    ).headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_without_github_nothing_elsewhere_may_be_asked(tmp_path: Path) -> None:
    web = Web(tmp_path)
    web.start()
    policy = requests.get(web.url, timeout=TIMEOUT_S).headers["Content-Security-Policy"]
    web.stop()
    assert "connect-src 'self';" in policy
    assert "https:" not in policy


def test_without_the_websocket_module_the_page_is_told_to_poll(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is then no way for a browser to the broker at all."""
    monkeypatch.setattr(web_configuration, "_MODULE_DIRECTORIES", ())
    web = Web(tmp_path, broker)
    web.start()
    told = requests.get(f"{web.url}site.json", timeout=TIMEOUT_S).json()
    refused = requests.get(f"{web.url}mqtt", timeout=TIMEOUT_S).status_code
    web.stop()
    assert told["mqtt"] is None
    assert refused in REFUSED


def test_a_path_that_would_change_the_configuration_is_refused(tmp_path: Path) -> None:
    hostile = Web(tmp_path, paths={"data_dir": str(tmp_path / 'a"b')})
    with pytest.raises(ConfigError, match="can't stand in"):
        hostile.start()
    wait_until(lambda: not hostile.own.is_ready())
