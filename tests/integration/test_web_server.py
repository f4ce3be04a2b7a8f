"""The page, its data and the websocket at one origin, from a real lighttpd."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.broker import Broker
from support.client import NOT_AUTHORISED, Client
from support.web import Web

TIMEOUT_S = 5
DAILY = b'{"schema":1,"data_points":[' + b'{"power":412.5},' * 200 + b"null]}"


@pytest.fixture
def web(tmp_path: Path, broker: Broker) -> Iterator[Web]:
    """Run a web server in front of a broker, with three of the four files there."""
    running = Web(tmp_path, broker)
    (running.volatile / "daily.json").write_bytes(DAILY)
    (running.data / "daily.json").symlink_to(running.volatile / "daily.json")
    for tier in ("weekly", "monthly"):
        (running.data / f"{tier}.json").write_text('{"data_points":[]}')
    (running.data / "other.json").write_text("{}")
    (running.data / "daily.json.corrupt-1").write_text("{}")
    running.start()
    yield running
    running.stop()


def get(web: Web, path: str, **headers: str) -> requests.Response:
    """Ask for a path, as it is."""
    return requests.get(f"{web.own.url}{path}", headers=headers, timeout=TIMEOUT_S)


def test_the_page_and_its_parts_are_served_with_their_types(web: Web) -> None:
    """A browser refuses modules and styles of a wrong type when sniffing is off."""
    types = {
        "": "text/html; charset=utf-8",
        "app.js": "text/javascript; charset=utf-8",
        "style.css": "text/css; charset=utf-8",
        "icon.svg": "image/svg+xml",
        "weekly.json": "application/json",
        "daily.json": "application/json",
    }
    assert {path: get(web, path).headers["Content-Type"] for path in types} == types


def test_daily_json_comes_from_the_volatile_directory(web: Web) -> None:
    """No symbolic link is followed for it, and it may be replaced at any time."""
    assert get(web, "daily.json").content == DAILY
    new = web.volatile / "new"
    new.write_bytes(b'{"data_points":[]}')
    new.replace(web.volatile / "daily.json")
    assert get(web, "daily.json").content == b'{"data_points":[]}'


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_unchanged_file_costs_no_body(web: Web, encoding: str) -> None:
    """The ETag of an answer, sent back, gives 304, compressed or not."""
    first = get(web, "daily.json", **{"Accept-Encoding": encoding})
    assert first.headers.get("Content-Encoding", "identity") == encoding
    assert first.headers["Cache-Control"] == "no-cache"
    again = get(
        web,
        "daily.json",
        **{"Accept-Encoding": encoding, "If-None-Match": first.headers["ETag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


def test_every_answer_is_strict_with_the_browser(web: Web) -> None:
    """Nothing inline, nothing from elsewhere, no frame, no sniffing, no server version."""
    for path in ("", "app.js", "daily.json"):
        headers = get(web, path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "yearly.json",
        "other.json",
        "daily.json.corrupt-1",
        "daily.json/",
        "..%2fweb-state/run/passwords",
        "%2e%2e/web-state/run/site/site.json",
        "web-state/",
        "run/admin/mosquitto_pub",
    ],
)
def test_nothing_else_of_the_directories_is_shown(web: Web, path: str) -> None:
    """Neither a missing file nor one beside the four, nor a way around."""
    assert get(web, path).status_code in {400, 403, 404}


def test_a_link_out_of_the_data_directory_is_not_followed(web: Web, tmp_path: Path) -> None:
    """Whoever can write there can't make the web server read elsewhere."""
    (tmp_path / "secret").write_text("secret")
    (web.data / "weekly.json").unlink()
    (web.data / "weekly.json").symlink_to(tmp_path / "secret")
    assert get(web, "weekly.json").status_code in {403, 404}


def test_site_json_opens_the_viewer_and_nothing_else(web: Web, broker: Broker) -> None:
    """The password in it is the viewer's, and only that."""
    site = get(web, "site.json").json()
    assert site == {
        "base_topic": broker.topics.base,
        "mqtt": {"path": "/mqtt", "username": "viewer", "password": broker.password("viewer")},
    }


def test_a_browser_reaches_the_broker_at_the_same_origin(web: Web, broker: Broker) -> None:
    """MQTT over websocket: live values come through, publishing is refused."""
    password = broker.password("viewer")
    viewer = Client(web.own.port, "viewer", password, transport="websockets")
    with viewer, broker.client("collector") as collector:
        viewer.subscribe(broker.topics.live)
        collector.publish(broker.topics.live, b"x" * 100_000)
        assert len(viewer.wait_for(broker.topics.live).payload) == 100_000
        assert viewer.publish(broker.topics.live, b"forged") == NOT_AUTHORISED


def test_the_websocket_lets_nobody_in_without_a_name(web: Web) -> None:
    """It is the broker's own check, not the web server's."""
    stranger = Client(web.own.port, transport="websockets")
    assert stranger.connect() == NOT_AUTHORISED
    stranger.close()
