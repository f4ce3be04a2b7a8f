"""Home Assistant's REST API: current states and history, and every way it can fail by type.

An answer is a value, or one of shared.errors: Unauthorized (stop asking), NotFound (no such
entity, or no history), TooLarge (ask for less), another Permanent, or Retryable.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import orjson
import requests
from requests import exceptions as http
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from services.collector.states import (
    History,
    State,
    decode_history,
    decode_state,
    moved_history,
    moved_state,
)
from services.collector.their_clock import TheirClock
from shared.connection import Guard, Token, guarded_adapter
from shared.errors import BadInput, MonitorError, Permanent, Retryable
from shared.times import iso_utc
from shared.version import VERSION

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0  # the longest silence
DEADLINE_S = 30.0  # the longest answer
STATE_LIMIT_BYTES = 1024 * 1024
HISTORY_LIMIT_BYTES = 4 * 1024 * 1024
_MOST_VALUES = 200_000  # in an answer: in memory the smallest of them takes fifty times its bytes

_OTHER_SERVER = (
    "is home_assistant.url really Home Assistant (such as http://homeassistant.local:8123), "
    "or a proxy's login page? Try: curl -i {base}/api/"
)
_LESS = (
    "does an entity change many times a second, or has it long attributes? A filter or template "
    "helper in Home Assistant can make it short"
)
_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_UNREACHABLE = "is Home Assistant running, and home_assistant.url right? Try: curl -i {base}/api/"

_Decoded = TypeVar("_Decoded")


class Unauthorized(Permanent):
    """The token is refused; asking again and again gets our address banned."""


class NotFound(Permanent):
    """There is no such entity, or no history at all."""


class TooLarge(Permanent):
    """The answer is larger than we take."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for a connection, in silence, for the whole answer."""

    connect_s: float = CONNECT_TIMEOUT_S
    read_s: float = READ_TIMEOUT_S
    answer_s: float = DEADLINE_S


class HomeAssistant:
    """A client for one Home Assistant; used by one thread.

    Instants are by our clock (`now`) where the two differ by at most `follow_s`, else by its own.
    """

    def __init__(
        self,
        url: str,
        token: str,
        now: Callable[[], float],
        patience: Patience | None = None,
        follow_s: float = 0.0,
    ) -> None:
        self._url = url.rstrip("/")
        self.shown_url = _without_login(self._url)
        self._token = Token(token)
        self._patience = patience or Patience()
        self._guard = Guard()
        self._session = _session(self._guard)
        self.clock = TheirClock(now, follow_s)

    def state(self, entity: str) -> State:
        """Return an entity's current state; NotFound when Home Assistant has none such."""
        raw = self._get(f"states/{quote(entity)}", {}, STATE_LIMIT_BYTES)
        state = self._decode(decode_state, raw)
        if str(raw.get("entity_id", entity)).lower() != entity.lower():
            raise Retryable("Home Assistant answered another entity", hint=self._other())
        return moved_state(state, -self.clock.followed_s)

    def history(
        self,
        entities: Sequence[str],
        start: float,
        end: float,
        limit_bytes: int = HISTORY_LIMIT_BYTES,
    ) -> History:
        """Return the rows of `(start, end)` by entity, and first what was in force at `start`.

        Each row comes with its unit: one that changes and changes back would go unnoticed.
        """
        by = self.clock.followed_s
        query = {
            "filter_entity_id": ",".join(entities),
            "end_time": iso_utc(end + by),
            "significant_changes_only": "0",
        }
        path = f"history/period/{quote(iso_utc(start + by))}"
        history = self._decode(decode_history, self._get(path, query, limit_bytes))
        return moved_history(history, -by)

    def get(self, path: str, limit_bytes: int = STATE_LIMIT_BYTES) -> Any:
        """Return what another part of the API answers, such as `config` or `states`, decoded."""
        return self._get(path, {}, limit_bytes)

    def greet(self) -> None:
        """Raise when no Home Assistant is there; it takes no token, so none can be refused."""
        try:
            found = self._get("manifest.json", {}, STATE_LIMIT_BYTES, below="")
        except (Unauthorized, NotFound):
            found = None
        if not (isinstance(found, dict) and found.get("name") == "Home Assistant"):
            raise Retryable("something else answers there", hint=self._other())

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _get(
        self, path: str, query: Mapping[str, str], limit_bytes: int, *, below: str = "api/"
    ) -> Any:
        with self._guard.deadline(self._patience.answer_s):
            try:
                response = self._session.get(
                    f"{self._url}/{below}{path}",
                    params=query,
                    auth=self._token,
                    timeout=(self._patience.connect_s, self._patience.read_s),
                    allow_redirects=False,  # the token goes to nobody else
                    stream=True,
                )
                with closing(response):
                    self.clock.note(response.headers.get("Date", ""))
                    body = self._body(response, limit_bytes)
            except (http.RequestException, HTTPError, OSError, ValueError) as error:
                # Never the error's own text: it may quote a header, and so the token.
                raise self._failure(error) from None
        return self._content(response, body)

    def _body(self, response: requests.Response, limit_bytes: int) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Retryable(
                "Home Assistant answered compressed, which was not asked for", hint=self._other()
            )
        text = f"Home Assistant answered more than {limit_bytes // 1024} kB"
        hint = self._other() if limit_bytes == STATE_LIMIT_BYTES else _LESS
        body = self._guard.body(response, limit_bytes, TooLarge(text, hint=hint))
        if body.count(b",") > _MOST_VALUES:
            raise TooLarge(f"Home Assistant answered more than {_MOST_VALUES} values", hint=hint)
        return body

    def _failure(self, error: Exception) -> MonitorError:
        base, hint = self.shown_url, _UNREACHABLE.format(base=self.shown_url)
        if self._guard.expired:
            seconds = self._patience.answer_s
            return Retryable(f"Home Assistant's answer took more than {seconds:g} s", hint=hint)
        if isinstance(error, http.SSLError):
            return self._no_tls(error)
        if isinstance(error, http.Timeout) or _is_silence(error):
            return Retryable(f"Home Assistant at {base} did not answer in time", hint=hint)
        if isinstance(error, http.ChunkedEncodingError | HTTPError):
            return Retryable("Home Assistant's answer broke off", hint=hint)
        return self._unreached(error, hint)

    def _unreached(self, error: Exception, hint: str) -> MonitorError:
        if _is_no_http(error):
            text = f"what answers at {self.shown_url} is no HTTP"
            return Retryable(text, hint="does it want https:// in home_assistant.url?")
        unsendable = http.InvalidURL | http.InvalidHeader | http.InvalidSchema
        if isinstance(error, http.ConnectionError | OSError) and not isinstance(error, unsendable):
            return Retryable(f"Home Assistant can't be reached at {self.shown_url}", hint=hint)
        return Permanent(
            "home_assistant.url or home_assistant.token can't be sent as they are",
            hint="look for stray characters: power-monitor config show",
        )

    def _no_tls(self, error: http.SSLError) -> Retryable:
        base = self.shown_url
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            hint = f"is the certificate valid, and for this name? Try: curl -v {base}/api/"
            return Retryable(f"the certificate of {base} is not trusted", hint=hint)
        hint = f"does it want http:// in home_assistant.url? Try: curl -v {base}/api/"
        return Retryable(f"no encrypted connection to {base} can be made", hint=hint)

    def _content(self, response: requests.Response, body: bytes) -> Any:
        status = response.status_code
        if status != HTTPStatus.OK:
            raise self._refusal(response, body)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            what = "HTML" if body.lstrip()[:1] == b"<" else "no JSON" if body else "nothing"
            text = f"Home Assistant answered {what} instead of JSON"
            raise Retryable(text, hint=self._other()) from None

    def _refusal(self, response: requests.Response, body: bytes) -> MonitorError:
        status = response.status_code
        text = f"Home Assistant answered {status}"
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            hint = f"create a new token at {self.shown_url}/profile/security and put it in "
            return Unauthorized(f"{text}: the token is refused", hint=f"{hint}home_assistant.token")
        if status == HTTPStatus.NOT_FOUND:
            if _is_json_object(body) or "/api/history/" in (response.url or ""):
                return NotFound(text)
            return Retryable(f"{text}: it has no API there", hint=self._other())
        if 300 <= status < 400:  # noqa: PLR2004 - all redirections
            place = _without_login(response.headers.get("Location", ""))
            place = place.replace(self._token.value, "***")[:200]
            return Permanent(
                f"{text}, a redirection to {place}",
                hint="put the final address in home_assistant.url",
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
            after_s = self.clock.wait_s(response.headers.get("Retry-After", ""))
            hint = "look at Home Assistant's own log: Settings, System, Logs"
            return Retryable(text, hint=hint, after_s=after_s)
        return Permanent(text, hint=self._other())

    def _decode(self, decode: Callable[[Any], _Decoded], raw: Any) -> _Decoded:
        try:
            return decode(raw)
        except BadInput as error:
            raise Retryable(f"Home Assistant answered {error}", hint=self._other()) from None

    def _other(self) -> str:
        return _OTHER_SERVER.format(base=self.shown_url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _session(guard: Guard) -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = f"power-monitor/{VERSION}"
    session.headers["Accept"] = "application/json"
    # Unpacked answers: what is counted is what arrives, and a local network has room.
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("http://", "https://"):
        session.mount(scheme, guarded_adapter(guard))
    return session


def _without_login(url: str) -> str:
    """Return a URL without user and password."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return ""


def _is_silence(error: Exception) -> bool:
    """Tell whether it is a timeout in mid-answer, which requests gives another name."""
    return bool(error.args) and isinstance(error.args[0], ReadTimeoutError)


def _is_no_http(error: Exception) -> bool:
    """Tell whether there was an answer, without a status line."""
    inner = error.args[0] if error.args else None
    cause = inner.args[-1] if isinstance(inner, ProtocolError) and inner.args else None
    return isinstance(cause, HTTPException) and not isinstance(cause, ConnectionError)


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False
