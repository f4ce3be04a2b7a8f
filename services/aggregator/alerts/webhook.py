"""One HTTP POST: certificate checked, within a deadline; its errors say nothing of its address.

The address and the token are secrets: whoever knows them can send alerts in our name.
"""

from contextlib import closing
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
from requests import exceptions as http
from urllib3.exceptions import HTTPError

from shared.connection import Guard, Token, guarded_adapter
from shared.errors import MonitorError, Permanent, Retryable
from shared.version import VERSION

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 15.0
DEADLINE_S = 25.0
_LARGEST_ANSWER_BYTES = 64 * 1024
_LONGEST_WAIT_S = 86400.0
_ADDRESS_HINT = "check alerts.webhook_url and alerts.webhook_token, then: power-monitor alert test"
_BODY_HINT = "check alerts.webhook_body, then: power-monitor alert test"
_NETWORK_HINT = "power-monitor doctor; what waits is sent when it answers again"
_REFUSALS = {
    HTTPStatus.UNAUTHORIZED: "refuses us",
    HTTPStatus.FORBIDDEN: "refuses us",
    HTTPStatus.NOT_FOUND: "knows no such address",
    HTTPStatus.METHOD_NOT_ALLOWED: "takes no POST at this address",
    HTTPStatus.GONE: "knows no such address any more",
}


class Webhook:
    """Where alerts are sent; used by one thread at a time."""

    def __init__(self, url: str, token: str | None, *, deadline_s: float = DEADLINE_S) -> None:
        self._url = url
        self._token = Token(token or "")
        self._deadline_s = deadline_s
        self._guard = Guard()

    @property
    def host(self) -> str:
        """The part of the address that may be told."""
        return urlsplit(self._url).hostname or ""

    def post(self, content: bytes) -> None:
        """Send a body of JSON; raises Retryable or Permanent unless it was taken."""
        self._send("POST", content)

    def _send(self, method: str, content: bytes) -> None:
        try:
            with self._guard.deadline(self._deadline_s), requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, guarded_adapter(self._guard))
                response = session.request(
                    method,
                    self._url,
                    data=content,
                    headers={
                        "Content-Type": "application/json",
                        "User-Agent": f"power-monitor/{VERSION}",
                    },
                    auth=self._token,
                    timeout=(CONNECT_TIMEOUT_S, min(READ_TIMEOUT_S, self._deadline_s)),
                    allow_redirects=False,  # neither secret goes anywhere else
                    stream=True,
                )
                with closing(response):
                    self._guard.body(response, _LARGEST_ANSWER_BYTES, _too_large())
        except (http.RequestException, HTTPError, OSError, ValueError) as error:
            # Never the error's own text: it quotes the address.
            raise self._trouble(error) from None
        failure = _failure(self.host, response)
        if failure:
            raise failure

    def _trouble(self, error: Exception) -> Retryable:
        if isinstance(error, http.SSLError):
            return Retryable(
                f"the certificate of {self.host} is not trusted", hint="is the clock right? date -u"
            )
        if self._guard.expired or isinstance(error, http.Timeout):
            return Retryable(f"{self.host} did not answer in time", hint=_NETWORK_HINT)
        return Retryable(f"{self.host} can't be reached", hint=_NETWORK_HINT)


def _failure(host: str, response: requests.Response) -> MonitorError | None:
    """Return what an answer means, None when all is well."""
    status = response.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status in _REFUSALS:
        return Permanent(f"{host} {_REFUSALS[HTTPStatus(status)]} ({status})", hint=_ADDRESS_HINT)
    if status < HTTPStatus.BAD_REQUEST:
        return Permanent(f"{host} sends us elsewhere ({status})", hint=_ADDRESS_HINT)
    asked = response.headers.get("Retry-After", "")
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        after_s = min(float(asked), _LONGEST_WAIT_S) if asked.isdecimal() else 0.0
        return Retryable(f"{host} asks us to wait ({status})", hint=_NETWORK_HINT, after_s=after_s)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.REQUEST_TIMEOUT:
        return Permanent(f"{host} does not take what we send ({status})", hint=_BODY_HINT)
    return Retryable(f"{host} has trouble of its own ({status})", hint=_NETWORK_HINT)


def _too_large() -> MonitorError:
    return Permanent("the webhook's answer has no end", hint=_ADDRESS_HINT)
