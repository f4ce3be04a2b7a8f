"""How replies go over the wire: rightly, or as a fault has it."""

import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedIOBase

from demo.api import JSON, Reply, phrase, text
from demo.faults import Fault, Kind

PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please wait</body></html>\n"
ENDLESS_START = b"[["
ENDLESS_PART = b'{"state":"1.0","last_changed":"2026-01-01T00:00:00+00:00"},' * 1000
DEFAULT_BOMB = 200 * 1024 * 1024
BOMB_PART = b" " * (1024 * 1024)


@dataclass(slots=True)
class Wire:
    """The way back to one client; every wait ends when the server stops."""

    file: BufferedIOBase
    stopping: threading.Event
    deflates: bool = False
    is_cut: bool = False

    def send(self, reply: Reply) -> None:
        """Send a whole reply, deflated where the client takes that, as Home Assistant does."""
        if reply.compress and self.deflates:
            headers = {**reply.headers, "Content-Encoding": "deflate"}
            reply = replace(reply, body=zlib.compress(reply.body, level=1), headers=headers)
        self.file.write(head(reply, len(reply.body)) + reply.body)

    def send_in_parts(self, start: bytes, parts: Iterator[bytes], pause_s: float) -> None:
        """Send piece by piece until the pieces end, the client leaves or the server stops."""
        self.file.write(start)
        for part in parts:
            self.file.write(part)
            self.file.flush()
            if self.stopping.wait(pause_s):
                self.is_cut = True
                return


def dated(reply: Reply, now: float) -> Reply:
    """Return a reply with the time that its machine has."""
    return replace(reply, headers={"Date": formatdate(now, usegmt=True), **reply.headers})


def misbehave(fault: Fault, reply: Reply, wire: Wire) -> None:
    """Do what a fault says instead of sending the right reply."""
    if fault.kind is Kind.DROP:
        wire.is_cut = True
    elif fault.kind is Kind.DELAY:
        wire.stopping.wait(fault.seconds)
        wire.send(reply)
    elif fault.kind is Kind.DRIP:
        parts = (reply.body[index : index + 1] for index in range(len(reply.body)))
        wire.send_in_parts(head(reply, len(reply.body)), parts, fault.seconds)
    elif fault.kind is Kind.TRUNCATE:
        wire.file.write(head(reply, len(reply.body)) + reply.body[: len(reply.body) // 2])
        wire.is_cut = True
    elif fault.kind is Kind.RAW:
        wire.send_in_parts((fault.body or "").encode("latin-1"), _repeated(fault), fault.seconds)
        wire.is_cut = True
    elif fault.kind is Kind.ENDLESS:
        wire.send_in_parts(_unbounded_head(), _endless(fault.size), fault.seconds)
        wire.is_cut = True
    else:
        wire.send(instead(fault, reply))


def instead(fault: Fault, reply: Reply) -> Reply:
    """Return the wrong reply of a fault that has a whole one."""
    if fault.kind is Kind.STATUS:
        wrong = text(fault.status)
        body = wrong.body if fault.body is None else fault.body.encode()
        return replace(wrong, body=body, headers=fault.headers)
    if fault.kind is Kind.BOMB:
        return _bomb(fault.size or DEFAULT_BOMB)
    if fault.kind is Kind.HEADERS:
        return replace(reply, headers={**reply.headers, **fault.headers})
    if fault.kind is Kind.CONTENT_TYPE:
        return replace(reply, content_type=fault.content_type)
    if fault.kind is Kind.HTML:
        return Reply(HTTPStatus.OK, fault.content_type, (fault.body or PAGE).encode())
    body = fault.body.encode() if fault.kind is Kind.BODY and fault.body else b""
    return Reply(HTTPStatus.OK, JSON, body)


def head(reply: Reply, length: int) -> bytes:
    """Return status line and headers of a reply whose body has `length` bytes."""
    return _head(reply, {"Content-Length": str(length)})


def _unbounded_head() -> bytes:
    return _head(Reply(HTTPStatus.OK, JSON, b""), {"Connection": "close"})


def _head(reply: Reply, framing: dict[str, str]) -> bytes:
    headers = {"Content-Type": reply.content_type, **framing, **reply.headers}
    lines = [
        f"HTTP/1.1 {reply.status} {phrase(reply.status)}",
        *(f"{key}: {headers[key]}" for key in headers),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _endless(size: int | None) -> Iterator[bytes]:
    yield ENDLESS_START
    sent = len(ENDLESS_START)
    while size is None or sent < size:
        yield ENDLESS_PART
        sent += len(ENDLESS_PART)


def _repeated(fault: Fault) -> Iterator[bytes]:
    while fault.again:
        yield fault.again.encode("latin-1")


def _bomb(size: int) -> Reply:
    packer = zlib.compressobj(9)
    parts = [packer.compress(BOMB_PART) for _ in range(size // len(BOMB_PART))]
    body = b"".join([*parts, packer.flush()])
    return Reply(HTTPStatus.OK, JSON, body, {"Content-Encoding": "deflate"})
