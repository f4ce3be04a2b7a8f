"""The webhook for alerts: whether its host answers, and what waits for it. Nothing is sent."""

import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cli.doctor.finding import Finding, Findings, fail, ok, warn
from shared.config import Config

_TIMEOUT_S = 5.0
_PORTS = {"http": 80, "https": 443}


def webhook(config: Config, aggregator: Mapping[str, Any]) -> Findings:
    """Connect to the host, with its certificate checked; the address itself is a secret."""
    url = config.alerts.webhook_url
    if not url:
        yield ok("no webhook: alerts are on the page and in power-monitor/alert/+ only")
        return
    parts = urlsplit(url)
    host = parts.hostname or ""
    yield _reached(parts.scheme, host, parts.port or _PORTS[parts.scheme])
    waiting = (aggregator.get("alerts") or {}).get("waiting", 0)
    if waiting:
        yield warn(f"{waiting} messages wait for it", "power-monitor logs aggregator")


def _reached(scheme: str, host: str, port: int) -> Finding:
    hint = f"is there a network, and a name server? Try: curl -i {scheme}://{host}:{port}/"
    try:
        with socket.create_connection((host, port), _TIMEOUT_S) as plain:
            if scheme == "https":
                ssl.create_default_context().wrap_socket(plain, server_hostname=host).close()
    except ssl.SSLError as error:
        return fail(f"{host} has no certificate that is trusted: {error.reason}", "date -u")
    except OSError as error:
        return fail(f"{host} does not answer: {error.strerror or error}", hint)
    said = "with a certificate that is trusted" if scheme == "https" else "not encrypted"
    return ok(f"{host} answers, {said}; power-monitor alert test sends something there")
