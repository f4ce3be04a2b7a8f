"""The page, its data and the websocket at one origin, from a real lighttpd."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.broker import Broker
from support.client import NOT_AUTHORISED, Client
from support.web import Web

from cli.run import web_configuration

TIMEOUT_S = 30
DAILY = b'{"schema":1,"data_points":[' + b'{"power":412.5},' * 200 + b"null]}"


@pytest.fixture
def web(tmp_path: Path, broker: Broker) -> Iterator[Web]:
    """Run a web server in front of a broker, with three of the four files there."""
    running = Web(tmp_path, broker)
    (running.volatile / "daily.json").write_bytes(DAILY)
    (running.data / "daily.json").symlink_to(running.volatile / "daily.json")
    for tier in ("weekly", "monthly"):
        running.put(tier, '{"data_points":[]}')
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
        "js/app.js": "text/javascript; charset=utf-8",
        "css/base.css": "text/css; charset=utf-8",
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


def test_a_compressed_and_a_plain_copy_are_told_apart(web: Web) -> None:
    """Caches keep them apart by Vary, and the ETag of one is not that of the other."""
    plain = get(web, "daily.json", **{"Accept-Encoding": "identity"})
    compressed = get(web, "daily.json", **{"Accept-Encoding": "gzip"})
    assert plain.headers["ETag"] != compressed.headers["ETag"]
    assert compressed.headers["Vary"] == "Accept-Encoding"
    assert plain.content == compressed.content == DAILY
    assert int(compressed.headers["Content-Length"]) < len(DAILY) / 10


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_replaced_file_of_the_same_size_is_sent_anew(web: Web, encoding: str) -> None:
    """However soon: what changed within a second must not look unchanged."""
    for number in range(20):
        before = get(web, "daily.json", **{"Accept-Encoding": encoding})
        web.put("daily", DAILY.replace(b"412.5", f"4{number:02}.5".encode()))
        asked = {"Accept-Encoding": encoding, "If-None-Match": before.headers["ETag"]}
        again = get(web, "daily.json", **asked)
        assert again.status_code == 200, number
        assert again.content != before.content


def test_head_tells_without_a_body(web: Web) -> None:
    answer = requests.head(
        f"{web.url}daily.json", headers={"Accept-Encoding": "identity"}, timeout=TIMEOUT_S
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(DAILY)


def test_the_page_and_the_data_are_asked_for_each_time(web: Web) -> None:
    """The ETag makes that cheap."""
    for path in ("", "index.html", "icon.svg", "daily.json", "site.json", "absent"):
        assert get(web, path).headers["Cache-Control"] == "no-cache", path


def test_only_what_has_a_version_in_its_path_is_kept_without_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that is not there yet is not remembered as missing."""
    library = tmp_path / "dashboard" / "vendor" / "library-1.2+3" / "library.js"
    library.parent.mkdir(parents=True)
    library.write_text("export {}")
    monkeypatch.setattr(web_configuration, "DASHBOARD", tmp_path / "dashboard")
    web = Web(tmp_path)
    web.start()
    kept = get(web, "vendor/library-1.2+3/library.js")
    absent = get(web, "vendor/library-2.0.0/library.js")
    web.stop()
    assert (kept.status_code, absent.status_code) == (200, 404)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert absent.headers["Cache-Control"] == "no-cache"


def test_what_is_not_there_is_said_kindly(web: Web) -> None:
    answer = get(web, "no/such/page")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<a href="/">' in answer.text


def test_site_json_opens_the_viewer_and_nothing_else(web: Web, broker: Broker) -> None:
    """The password in it is the viewer's, and only that."""
    password = broker.password("viewer")
    site = get(web, "site.json").json()
    assert site["base_topic"] == broker.topics.base
    assert site["mqtt"] == {"path": "/mqtt", "username": "viewer", "password": password}


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
