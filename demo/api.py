"""The REST API of Home Assistant, the part a power monitor uses: a request in, a reply out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from demo.history_period import history_period
from demo.problem import Problem
from demo.simulator import Live, Simulator

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
STATES_PATH = "/api/states/"
HISTORY_PATH = "/api/history/period"
# The guide's current version, so that clients see the fields of a Home Assistant of today.
VERSION = "2026.2.3"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the server got it; `target` is path and query, not decoded."""

    method: str
    target: str
    authorization: str = ""
    body: bytes = b""

    @property
    def path(self) -> str:
        """The decoded path; a plus sign is a plus sign there."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """The decoded query, where a plus sign means a space; the first of equal keys counts."""
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        return dict(reversed(pairs))


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back; `compress` says that the real one would deflate it for a willing client."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    compress: bool = False


def answer(simulator: Simulator, request: Request) -> Reply:
    """Answer one request as Home Assistant would."""
    with simulator.lock:
        try:
            return _routed(simulator, request)
        except Problem as problem:
            return message(str(problem), problem.status)


def is_authorized(simulator: Simulator, request: Request) -> bool:
    """Tell whether a request carries the right token."""
    return request.authorization == f"Bearer {simulator.token}"


def text(status: int) -> Reply:
    """Reply as Home Assistant's web server does by itself, such as `401: Unauthorized`."""
    return Reply(status, TEXT, f"{status}: {phrase(status)}".encode())


def phrase(status: int) -> str:
    """Return the words that go with a status."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


def message(content: str, status: int = HTTPStatus.OK) -> Reply:
    """Reply with `{"message": ...}`."""
    return _json({"message": content}, status)


def _routed(simulator: Simulator, request: Request) -> Reply:
    path = request.path
    if path == "/manifest.json" and request.method == "GET":  # the page's, which is public
        return _json({"name": "Home Assistant", "short_name": "Home Assistant"})
    if (refusal := _refusal(simulator, request, path)) is not None:
        return text(refusal)
    if path.startswith(STATES_PATH):
        return _entity(simulator, request, path.removeprefix(STATES_PATH))
    if path.startswith(HISTORY_PATH):
        start = path.removeprefix(HISTORY_PATH).removeprefix("/")
        return _json(history_period(simulator, start, request.query))
    if path == "/api/states":
        return _states(simulator)
    return message("API running.") if path == "/api/" else _json(_config(simulator))


def _refusal(simulator: Simulator, request: Request, path: str) -> HTTPStatus | None:
    known = path in {"/api/", "/api/config", "/api/states", HISTORY_PATH}
    below = any(path.startswith(top) and path != top for top in (STATES_PATH, HISTORY_PATH + "/"))
    if not known and not below:
        return HTTPStatus.NOT_FOUND
    if not path.startswith(STATES_PATH) and request.method != "GET":
        return HTTPStatus.METHOD_NOT_ALLOWED
    return None if is_authorized(simulator, request) else HTTPStatus.UNAUTHORIZED


def _config(simulator: Simulator) -> dict[str, Any]:
    units = {"length": "km", "mass": "g", "temperature": "°C", "volume": "L"}
    return {
        "components": ["api", "history", "recorder", "sensor"],
        "country": "FR",
        "currency": "EUR",
        "elevation": 0,
        "language": "en",
        "latitude": 48.77,
        "location_name": "Home",
        "longitude": 2.29,
        "state": "STARTING" if simulator.is_starting() else "RUNNING",
        "time_zone": simulator.zone.key,
        "unit_system": units,
        "version": VERSION,
    }


def _states(simulator: Simulator) -> Reply:
    live = [simulator.live(entity_id) for entity_id in simulator.entities]
    return _json([_state(entity) for entity in live if entity is not None])


def _entity(simulator: Simulator, request: Request, entity_id: str) -> Reply:
    entity_id = entity_id.lower()
    if request.method == "POST":
        return _put(simulator, request, entity_id)
    live = simulator.live(entity_id)
    if live is None:
        return message("Entity not found.", HTTPStatus.NOT_FOUND)
    if request.method == "DELETE":
        simulator.remove(entity_id)
        return message("Entity removed.")
    return Reply(HTTPStatus.OK, JSON, orjson.dumps(_state(live)))


def _put(simulator: Simulator, request: Request, entity_id: str) -> Reply:
    try:
        data = orjson.loads(request.body)
    except ValueError:
        raise Problem("Invalid JSON specified.") from None
    if not isinstance(data, dict) or data.get("state") is None:
        raise Problem("No state specified.")
    is_new = simulator.put(entity_id, str(data["state"]), data.get("attributes") or {})
    live = simulator.live(entity_id)
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return _json(_state(live) if live else None, status)


def _state(live: Live) -> dict[str, Any]:
    return {
        "entity_id": live.entity_id,
        "state": live.row.state,
        "attributes": live.row.attributes,
        "last_changed": datetime.fromtimestamp(live.row.changed, UTC),
        "last_reported": datetime.fromtimestamp(live.reported, UTC),
        "last_updated": datetime.fromtimestamp(live.row.updated, UTC),
        "context": {"id": "01HXSIMULATED0000000000000", "parent_id": None, "user_id": None},
    }


def _json(content: object, status: int = HTTPStatus.OK) -> Reply:
    return Reply(status, JSON, orjson.dumps(content), compress=True)
