"""The page as it is served: from a subfolder elsewhere, and encrypted with the websocket."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.broker import Broker
from support.browser import Visitor
from support.certificate import make_certificate
from support.github.memory import MemoryRemote
from support.github.memory import published as publish
from support.web import Web

from cli.run.places import DASHBOARD
from services.syncer.records import Records
from services.syncer.site import Site
from shared.config import parse
from shared.site import encode_site
from shared.topics import TIERS

NAME = "house"
EMPTY = '{"data_points": [], "last_update": null}'


class Handler(SimpleHTTPRequestHandler):
    """A plain web server that tells nobody what it does."""

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - theirs
        """Say nothing."""


@pytest.fixture
def published(tmp_path: Path) -> Iterator[str]:
    """Serve what the syncer publishes below a folder, as GitHub Pages does; return its address."""
    data = tmp_path / "data"
    data.mkdir()
    for tier in TIERS:
        (data / f"{tier}.json").write_text(EMPTY)
    home_assistant = {"url": "http://h", "token": "t", "entities": {"power": "sensor.p"}}
    config = parse({"home_assistant": home_assistant, "timezone": "Europe/Berlin"}, {})
    records = Records(tmp_path / "state")
    records.load("memory")
    told = encode_site(config, published=True)
    clock = lambda: 0.0  # noqa: E731 - nothing waits here
    site = Site(DASHBOARD, data, records, 3600, site_json=told, now=clock, tick=clock)
    remote = MemoryRemote()
    publish(site.publish(), remote)
    for path, content in remote.files.items():
        file = tmp_path / "pages" / NAME / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    handler = partial(Handler, directory=tmp_path / "pages")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{NAME}/"
        server.shutdown()


def test_the_published_site_works_from_a_subfolder(published: str, visitor: Visitor) -> None:
    """All its addresses are relative, and it asks for nothing that only a house has."""
    page = visitor.open("about:blank", home=published)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(published, wait_until="networkidle")
    assert page.title()
    assert f"/{NAME}/daily.json" in asked
    assert [path for path in asked if not path.startswith(f"/{NAME}/")] == []
    told = json.loads(page.evaluate("fetch('site.json').then(it => it.text())"))
    assert (told["published"], told["mqtt"], told["fallback"]) == (True, None, None)


@pytest.fixture
def encrypted(tmp_path: Path, broker: Broker) -> Iterator[Web]:
    """Serve the page by HTTPS in front of a broker."""
    certificate = tmp_path / "certificate"
    certificate.mkdir()
    running = Web(tmp_path, broker, web=make_certificate(certificate))
    for tier in TIERS:
        running.put(tier, EMPTY)
    running.start()
    yield running
    running.stop()


def test_page_and_websocket_work_encrypted(encrypted: Web, visitor: Visitor) -> None:
    """Over HTTP/2 and TLS, within the page's policy."""
    page = visitor.open(encrypted.url, ignore_https_errors=True)
    page.evaluate(
        """() => {
            const address = new URL('mqtt', location.href.replace('http', 'ws'));
            const socket = new WebSocket(address, 'mqtt');
            socket.onopen = () => window.opened = socket.protocol;
            socket.onerror = () => window.opened = 'failed';
        }"""
    )
    page.wait_for_function("() => window.opened")
    assert page.evaluate("window.opened") == "mqtt"
