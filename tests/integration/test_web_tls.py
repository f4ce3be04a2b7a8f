"""HTTPS with a certificate of one's own making."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.broker import Broker
from support.certificate import make_certificate
from support.client import Client
from support.web import Web

from cli.run import web_configuration
from shared.errors import ConfigError

TIMEOUT_S = 30


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the configuration's section with a certificate for this machine's address."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def certificate(section: dict[str, str]) -> Path:
    """Return the certificate, for those who trust it."""
    return Path(section["tls_certificate"])


@pytest.fixture
def web(tmp_path: Path, broker: Broker, section: dict[str, str]) -> Iterator[Web]:
    """Run a web server that speaks TLS, in front of a broker."""
    running = Web(tmp_path, broker, web=section)
    running.put("daily", '{"data_points":[]}')
    running.start()
    yield running
    running.stop()


def test_the_page_and_its_data_come_encrypted(web: Web, certificate: Path) -> None:
    """With the same headers, and without Strict-Transport-Security."""
    assert web.url.startswith("https://")
    answer = requests.get(f"{web.url}daily.json", verify=str(certificate), timeout=TIMEOUT_S)
    assert answer.json() == {"data_points": []}
    assert "Strict-Transport-Security" not in answer.headers
    page = requests.get(web.url, verify=str(certificate), timeout=TIMEOUT_S)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_plain_http_gets_nothing_at_that_port(web: Web) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(web.url.replace("https", "http"), timeout=TIMEOUT_S)


def test_old_versions_of_tls_are_refused(web: Web) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", web.own.port), TIMEOUT_S) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain)


def test_the_websocket_works_encrypted_too(web: Web, broker: Broker, certificate: Path) -> None:
    password = broker.password("viewer")
    viewer = Client(web.own.port, "viewer", password, transport="websockets", trust=certificate)
    with viewer, broker.client("collector") as collector:
        viewer.subscribe(broker.topics.live)
        collector.publish(broker.topics.live, b"{}")
        assert viewer.wait_for(broker.topics.live).payload == b"{}"


def test_a_certificate_that_cannot_be_used_is_named(
    tmp_path: Path, section: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing, with a key open to everybody, or a lighttpd without TLS: each with what to type."""
    missing = Web(tmp_path, web=section | {"tls_certificate": str(tmp_path / "none.pem")})
    with pytest.raises(ConfigError, match=r"none\.pem"):
        missing.start()
    key = tmp_path / "key.pem"
    key.write_text("key")
    key.chmod(0o644)
    opened = Web(tmp_path, web=section | {"tls_key": str(key)})
    with pytest.raises(ConfigError, match="everybody can read") as told:
        opened.start()
    assert told.value.hint == f"chmod 600 {key}"
    monkeypatch.setattr(web_configuration, "_MODULE_DIRECTORIES", ())
    with pytest.raises(ConfigError, match="mod_openssl"):
        Web(tmp_path, web=section).start()
