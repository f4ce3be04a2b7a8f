"""TLS, or whatever else, in front of a server that speaks plain HTTP."""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PIECE_BYTES = 1 << 16
_TIMEOUT_S = 30.0


class TlsFront:
    """Passes on what comes, on one port; `certificate` is what it shows, None for plain HTTP."""

    def __init__(self, url: str, certificate: Mapping[str, str] | None = None) -> None:
        self.certificate = certificate
        self._behind = ("127.0.0.1", urlsplit(url).port or 0)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where it is, for a client that speaks TLS."""
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(_TIMEOUT_S)

    def _run(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(_TIMEOUT_S)
        with (
            suppress(OSError),
            client,
            socket.create_connection(self._behind) as server,
            self._secured(client) as secured,
        ):
            server.sendall(secured.recv(_PIECE_BYTES))
            server.shutdown(socket.SHUT_WR)  # one request a connection
            while piece := server.recv(_PIECE_BYTES):
                secured.sendall(piece)

    def _secured(self, client: socket.socket) -> socket.socket:
        if self.certificate is None:
            return client
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate["tls_certificate"], self.certificate["tls_key"])
        return context.wrap_socket(client, server_side=True)
