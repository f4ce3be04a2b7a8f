"""One HTTP connection: cut at a deadline however slowly it drips, bounded, with one token."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from requests import PreparedRequest, Response
from requests import exceptions as http
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from shared.errors import MonitorError

_PIECE_BYTES = 64 * 1024


class Token(AuthBase):
    """The token as the only authorisation, whatever ~/.netrc or the URL say."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request, as requests asks for it."""
        if self.value:
            request.headers["Authorization"] = f"Bearer {self.value}"
        return request


class Guard:
    """Knows the one open socket; a timeout of the socket's own starts anew with every byte."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.expired = False

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the block takes longer; `expired` then tells why it broke."""
        self.expired = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def body(self, response: Response, limit_bytes: int, too_large: MonitorError) -> bytes:
        """Read an answer; raise `too_large` past the limit, Timeout when the deadline cut it."""
        body = bytearray()  # not a list: a server may send each byte as a piece
        for piece in response.iter_content(_PIECE_BYTES):
            body += piece
            if len(body) > limit_bytes:
                body.clear()  # the error's own traceback would keep it
                raise too_large
        if self.expired:
            raise http.Timeout
        return bytes(body)

    def opened(self, connection: socket.socket) -> None:
        """Take the socket of a new connection, which may have come too late."""
        self.socket = connection
        if self.expired:
            self._cut()

    def _cut(self) -> None:
        self.expired = True
        if self.socket is not None:
            with suppress(OSError):
                # Not the TLS socket's own shutdown: another thread is reading from it.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def guarded_adapter(guard: Guard) -> HTTPAdapter:
    """Return an adapter of one connection that tells the guard its socket."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            guard.opened(self.sock)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            guard.opened(self.sock)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1)
    adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return adapter
