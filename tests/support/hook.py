"""A webhook behind real HTTP that keeps what it took, and misbehaves when told to."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Self

OK = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that came; `status` is what was answered, 0 for nothing."""

    path: str
    headers: Mapping[str, str]
    body: Any
    status: int


@dataclass(slots=True)
class Hook:
    """Use it in a `with` statement. `status` is the answer from now on, 0 cuts the connection.

    `silent` keeps it waiting until the end; with `certificate` (`make_certificate`) it speaks TLS.
    """

    status: int = OK
    silent: bool = False
    answer: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    certificate: Mapping[str, str] | None = None
    came: list[Taken] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None
    _over: Event = field(default_factory=Event)
    _port: int = 0

    @property
    def url(self) -> str:
        """Its address, with a secret in it."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self._port}/hook-secret"

    @property
    def taken(self) -> list[Any]:
        """The bodies it said yes to."""
        return [one.body for one in self.came if one.status == OK]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after a `stop` at the same port."""
        self._over.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._server.daemon_threads = True
        self._port = self._server.server_port
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(
                self.certificate["tls_certificate"], self.certificate["tls_key"]
            )
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Be down."""
        self._over.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _handler(hook: Hook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.silent:
                hook._over.wait()
                return
            sent = {name.lower(): value for name, value in self.headers.items()}
            hook.came.append(Taken(self.path, sent, json.loads(content), hook.status))
            if not hook.status:
                return
            self.send_response(hook.status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(hook.answer)))
            self.end_headers()
            self.wfile.write(hook.answer)

        def log_message(self, *_words: object) -> None:
            return

    return Handler
