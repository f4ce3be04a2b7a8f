"""Answers of Home Assistant and GitHub, from the first byte of HTTP on, through the real clients.

No port is opened: urllib3 is handed one end of a pair of sockets whose other end has been filled.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest import mock
from zlib import crc32

import orjson
from support.collector import Bench, Clock

from fuzz.decoder import Decoder, Feed, plain
from fuzz.messages import NOON
from services.collector.home_assistant import HomeAssistant, Patience
from services.syncer.answers import Place
from services.syncer.github import GitHub
from services.syncer.remote import ANY, Change, blob_version
from services.syncer.standing import standing
from services.syncer.wire import Timeouts, Wire
from shared.backoff import LONGEST_ASKED_S, wait_s
from shared.errors import BadInput, MonitorError, Retryable
from shared.reading import decode_reading

_URL = "http://127.0.0.1:9"
_PLACE = Place("owner/house", _URL)
_ROOM_BYTES = 4 << 20  # of a socket: nobody reads while it is filled
_BETWEEN = b"\r\n--next--\r\n"  # answers of one input, given in turn
_CREATE = "urllib3.util.connection.create_connection"
_CONTENT = b'{"schema":1}'
_SHA = blob_version(_CONTENT)


def http(status: str, body: object, *headers: str) -> bytes:
    """Return an answer that ends with its connection, as HTTP/1.1 allows."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + raw


@contextmanager
def answering(data: bytes) -> Iterator[None]:
    """Let whatever is asked by HTTP be answered with the parts of an input, in turn."""
    answers = cycle(data.split(_BETWEEN))

    def connect(*_: object, **__: object) -> socket.socket:
        near, far = socket.socketpair()
        with far:
            far.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM_BYTES)
            far.settimeout(0)
            far.send(next(answers)[:_ROOM_BYTES])
            far.shutdown(socket.SHUT_WR)
            held.append(far.dup())  # or what the client sends would meet a closed door
        return near

    held: list[socket.socket] = []
    with mock.patch(_CREATE, connect):
        try:
            yield
        finally:
            for one in held:
                one.close()


def _open_home_assistant(_: Path) -> Feed:
    def feed(data: bytes) -> None:
        asked = HomeAssistant(_URL, "a-token", lambda: NOON, Patience(1, 1, 5))
        with asked, answering(data):
            _check_wait(lambda: asked.state("sensor.power"))
            _check_wait(lambda: asked.history(["sensor.power"], NOON - 600, NOON))
            _check_wait(asked.greet)

    return feed


def _open_collector(directory: Path) -> Feed:
    """Two ticks of a whole collector, answered with whatever the input says."""
    bench = Bench(_URL, directory, Clock(NOON), local_collection_interval_minutes=1)

    def feed(data: bytes) -> None:
        with answering(data):
            bench.run(130)
        assert not [one for one in bench.outlet.readings if not _fits(one)]
        bench.outlet.sent.clear()
        bench.outlet.answers.clear()
        orjson.dumps(bench.outlet.health.document(NOON))

    return feed


def _fits(reading: dict[str, Any]) -> bool:
    """Say whether the aggregator would take what the collector made of it."""
    try:
        decode_reading(reading, frozenset(), 0.0)
    except BadInput:
        return False
    return True


def _github(data: bytes) -> None:
    wire = Wire(_PLACE, "a-token-of-the-test", None, Timeouts(1, 1, 5, 0))
    remote = GitHub(wire, _PLACE, "main", "data")
    one = [Change("monthly.json", _CONTENT, _SHA)]
    asks = (
        lambda: (remote.read("monthly.json"), remote.read("monthly.json", _CONTENT)),
        lambda: remote.versions("history"),
        lambda: (remote.revision(), remote.public, remote.renamed_to),
        lambda: remote.write(one, "x"),
        lambda: remote.write([*one, Change("x.json", b"", ANY)], "x"),
        lambda: standing(wire, _PLACE),
    )
    with answering(data):
        _check_wait(asks[crc32(data) % len(asks)])
    remote.close()


def _check_wait(ask: Callable[[], object]) -> None:
    """Ask; whoever answers may not make us wait for less than no time, or for ever."""
    try:
        ask()
    except MonitorError as error:
        wait = error.after_s if isinstance(error, Retryable) else 0.0
    else:
        return
    assert 0 <= wait_s(1, 0.0, wait) <= LONGEST_ASKED_S


_STATE = {
    "entity_id": "sensor.power",
    "state": "412.5",
    "attributes": {
        "unit_of_measurement": "W",
        "device_class": "power",
        "state_class": "measurement",
    },
    "last_changed": "2026-11-22T10:59:58.123456+00:00",
    "last_reported": "2026-11-22T10:59:59.123456+00:00",
    "last_updated": "2026-11-22T10:59:58.123456+00:00",
    "context": {"id": "01J", "parent_id": None, "user_id": None},
}
_HISTORY = [
    [
        {
            **_STATE,
            "last_changed": "2026-11-22T10:49:00+00:00",
            "last_updated": "2026-11-22T10:49:00+00:00",
        },
        {"state": "2210.0", "last_changed": "2026-11-22T10:55:00.5+00:00"},
        {"state": "unavailable", "last_changed": "2026-11-22T10:57:00+00:00"},
        {"state": "1.2e2", "last_changed": "2026-11-22T10:58:00+00:00"},
    ]
]
_DATE = "Date: Sun, 22 Nov 2026 11:00:00 GMT"
_OF_HOME_ASSISTANT = [
    http("200 OK", _STATE, _DATE),
    http("200 OK", _HISTORY, _DATE),
    _BETWEEN.join((http("200 OK", _STATE, _DATE), http("200 OK", _HISTORY, _DATE))),
    http("200 OK", {"name": "Home Assistant", "start_url": "/"}),
    http("404 Not Found", {"message": "Entity not found."}),
    http("401 Unauthorized", b"401: Unauthorized"),
    http("503 Service Unavailable", b"", "Retry-After: 120"),
    http("302 Found", b"", "Location: https://u:p@elsewhere.example/login"),
    http("200 OK", b"<html>", "Content-Encoding: gzip"),
    http("200 OK", b"4\r\n[[]]\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
]
_MOVED = f"Location: {_URL}/repositories/1/contents/x"
_LATER = "Retry-After: Sun, 22 Nov 2026 11:10:00 GMT"
_LIMIT = ("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1795345200", _DATE)
_STORED = {"content": {"sha": _SHA}, "commit": {"sha": "0f", "parents": [{"sha": "0e"}]}}
_REF = {
    "ref": "refs/heads/main",
    "object": {"sha": "0e", "type": "commit"},
    "tree": {"sha": "0d"},
    "sha": _SHA,
}
_REPOSITORY = {"full_name": "owner/house", "private": True, "permissions": {"push": True}}
_FOLDER = [{"name": "2025.json", "sha": "0a", "type": "file"}, {"name": "x", "type": "dir"}]
_OF_GITHUB = [
    http("200 OK", _CONTENT, 'ETag: "0f"'),
    http("200 OK", _STORED),
    http("201 Created", _REF),
    http("200 OK", _REPOSITORY),
    http("200 OK", _FOLDER),
    http("304 Not Modified", b""),
    _BETWEEN.join((http("404 Not Found", {"message": "Not Found"}), http("200 OK", _REPOSITORY))),
    http("301 Moved Permanently", {"message": "Moved"}, _MOVED),
    http("403 Forbidden", {"message": "API rate limit exceeded"}, *_LIMIT),
    http("429 Too Many Requests", {"message": "x"}, _LATER, _DATE),
    http("409 Conflict", {"message": "is at 0f but expected 0e"}),
    http("422 Unprocessable Entity", {"message": "Invalid request.\n\n\"sha\" wasn't supplied."}),
    http("401 Unauthorized", {"message": "Bad credentials"}),
    http("502 Bad Gateway", b"<html>", "Content-Type: text/html"),
]  # fmt: skip
DECODERS = (
    Decoder("home-assistant", _OF_HOME_ASSISTANT, _open_home_assistant, share=5),
    Decoder("collector", _OF_HOME_ASSISTANT, _open_collector, share=1),
    Decoder("github", _OF_GITHUB, plain(_github), share=6),
)
