"""HTTPS to one API: one request at a time, paced, bounded; the token goes to nobody else.

Raises Retryable for whatever keeps an answer from arriving, Permanent for an address that can't be
right; what an answer means is for others to say.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests import exceptions as http
from urllib3.exceptions import HTTPError

from services.syncer.answers import Answer, Place, failure, not_json
from services.syncer.remote import LARGEST_READ_BYTES
from services.syncer.scrubber import Scrubber
from shared.connection import Guard, Token, guarded_adapter
from shared.errors import MonitorError, Permanent, Retryable
from shared.version import VERSION

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0  # the longest silence
DEADLINE_S = 120.0  # the longest answer, a large upload on a slow line included
PACE_S = 1.0  # GitHub: at least a second between writes, and one request at a time
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LASTING = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_NETWORK_HINT = "is there a network, and a name server? Try: curl -i {base}"
_TLS_HINT = "is the clock right (date -u), is github.ca_file? Try: curl -v {base}"
_ADDRESS_HINT = "look for stray characters: power-monitor config show"

# What requests raises, the most special first.
_TROUBLES: tuple[tuple[Any, type[Retryable | Permanent], str, str], ...] = (
    (http.SSLError, Retryable, "the certificate of {base} is not trusted", _TLS_HINT),
    (http.ProxyError, Retryable, "the proxy to GitHub does not answer", _NETWORK_HINT),
    (http.Timeout, Retryable, "{base} did not answer in time", _NETWORK_HINT),
    (
        (http.InvalidURL, http.InvalidHeader, http.InvalidSchema),
        Permanent,
        "github.api_url or github.token can't be sent as they are",
        _ADDRESS_HINT,
    ),
    (
        (http.ChunkedEncodingError, http.ContentDecodingError, HTTPError),
        Retryable,
        "GitHub's answer broke off",
        _NETWORK_HINT,
    ),
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: for a connection, in silence, for a whole answer; and between two requests."""

    connect_s: float = CONNECT_TIMEOUT_S
    read_s: float = READ_TIMEOUT_S
    answer_s: float = DEADLINE_S
    pace_s: float = PACE_S


@dataclass(slots=True)
class Traffic:
    """What has gone over the wire: requests, and bytes of bodies up and down."""

    requests: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0


class Wire:
    """Requests to the API of `place`; used by one thread."""

    def __init__(
        self,
        place: Place,
        token: str,
        ca_file: Path | None = None,
        timeouts: Timeouts | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._token = Token(token)
        self._scrub = Scrubber(token)
        self._ca_file = ca_file
        self._timeouts = timeouts or Timeouts()
        self._sleep = sleep
        self._guard = Guard()
        self._session: requests.Session | None = None
        self._last_request = float("-inf")
        self.traffic = Traffic()
        self.moved_to: str | None = None  # the URL that a lasting redirect named

    def request(
        self,
        method: str,
        url: str,
        *,
        accept: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request, follow redirects within the API, and return the answer."""
        self.moved_to = None
        sent = {"Accept": accept, **(headers or {})}
        for _ in range(_MOST_REDIRECTS):
            answer = self._send(method, url, body, sent)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._redirected(url, answer)
        raise Retryable("GitHub redirects in a circle", hint="check github.api_url")

    def failure(self, answer: Answer) -> MonitorError:
        """Return the error an answer stands for."""
        return failure(answer, self._place, time.time())

    def close(self) -> None:
        """Let go of the connection."""
        if self._session:
            self._session.close()
            self._session = None

    def _redirected(self, url: str, answer: Answer) -> str:
        target = urljoin(url, answer.headers.get("location", ""))
        if urlsplit(target)[:2] == urlsplit(self._place.api_url)[:2]:
            if answer.status != HTTPStatus.FOUND:
                self.moved_to = target
            return target
        shown = urlsplit(target)
        address = f"{shown.scheme}://{shown.hostname or ''}"[:100]
        if answer.status in _LASTING and not answer.html:
            raise Permanent(
                f"GitHub's API has moved to {address}, where the token is not sent",
                hint="put the new address in github.api_url",
            )
        raise not_json(answer, self._place)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        self._pace()
        self.traffic.requests += 1
        self.traffic.sent_bytes += len(body or b"")
        with self._guard.deadline(self._timeouts.answer_s):
            try:
                response = self._opened().request(
                    method,
                    url,
                    data=body,
                    headers=dict(headers),
                    auth=self._token,
                    timeout=(self._timeouts.connect_s, self._timeouts.read_s),
                    allow_redirects=False,
                    # Said with each request: requests lets the environment overrule the session.
                    verify=str(self._ca_file) if self._ca_file else True,
                    stream=True,
                )
                with closing(response):
                    content = self._body(response)
            except (http.RequestException, HTTPError, OSError, ValueError) as error:
                self.close()
                # Never the error's own text: it may quote a header, and so the token.
                raise self._trouble(error) from None
        self.traffic.received_bytes += len(content)
        named = {name.lower(): self._scrub(value) for name, value in response.headers.items()}
        return Answer(response.status_code, named, content, self._scrub)

    def _pace(self) -> None:
        wait = self._last_request + self._timeouts.pace_s - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._last_request = time.monotonic()

    def _body(self, response: requests.Response) -> bytes:
        too_large = Permanent(
            f"GitHub's answer has more than {LARGEST_READ_BYTES >> 20} MB",
            hint="move the large file out of github.directory",
        )
        return self._guard.body(response, LARGEST_READ_BYTES, too_large)

    def _opened(self) -> requests.Session:
        if self._session is None:
            session = requests.Session()
            session.headers["User-Agent"] = f"power-monitor/{VERSION}"
            session.headers["X-GitHub-Api-Version"] = "2022-11-28"
            session.trust_env = True  # a proxy the system is set to; never its ~/.netrc: see Token
            for scheme in ("https://", "http://"):
                session.mount(scheme, guarded_adapter(self._guard))
            self._session = session
        return self._session

    def _trouble(self, error: Exception) -> MonitorError:
        base = self._place.api_url
        if self._guard.expired:
            text = f"GitHub took more than {self._timeouts.answer_s:g} s"
            return Retryable(text, hint=_NETWORK_HINT.format(base=base))
        for kinds, of_type, text, hint in _TROUBLES:
            if isinstance(error, kinds):
                return of_type(text.format(base=base), hint=hint.format(base=base))
        if "CA certificate" in str(error):
            hint = "ls -l the file named by github.ca_file"
            return Permanent("the certificates to trust can't be read", hint=hint)
        return Retryable(f"{base} can't be reached", hint=_NETWORK_HINT.format(base=base))
