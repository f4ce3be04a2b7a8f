"""The fake over real HTTP: tokens, rate limit, renamed repositories, faults on demand."""

import contextlib
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import urlsplit

from support.github.answers import Call, Reply, answer, problem
from support.github.repository import Repository

TOKEN = "github_pat_a-token-nobody-may-see"
_LIMIT = 5000


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` requests that fit `method` and `path`.

    `reply` takes the place of the answer; with `applied` the request is carried out all the same;
    with `cut` the connection is closed instead of an answer. `hook` is called before the answer.
    """

    reply: Reply | None = None
    method: str = ""
    path: str = ""
    times: int = 1
    applied: bool = False
    cut: bool = False
    hook: Callable[[], object] | None = None

    def fits(self, call: Call) -> bool:
        """Say whether it hits this request."""
        return self.times > 0 and self.method in ("", call.method) and self.path in call.path


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came; `sent` is the size of the body answered."""

    call: Call
    status: int
    sent: int
    at: float


@dataclass(slots=True)
class FakeGitHub:
    """One repository behind an API; use it in a `with` statement.

    It speaks TLS with the section `web` of a configuration, as `make_certificate` gives it.
    """

    repository: Repository = field(default_factory=lambda: Repository("owner/house"))
    token: str = TOKEN
    writable: bool = True
    renamed_from: str = ""
    remaining: int = _LIMIT
    faults: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)
    certificate: Mapping[str, str] | None = None
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The address of the API."""
        assert self._server
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def calls(self, method: str = "", path: str = "") -> list[Seen]:
        """Return the requests that fit."""
        with self.lock:
            seen = list(self.seen)
        return [one for one in seen if method in ("", one.call.method) and path in one.call.path]

    def file(self, path: str, branch: str = "main") -> bytes | None:
        """Return a file as it is now."""
        with self.lock:
            return self.repository.content(path, branch)

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            def do_GET(self) -> None:
                fake.serve(self)

            do_PUT = do_POST = do_PATCH = do_GET  # noqa: N815 - names that http.server asks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(
                self.certificate["tls_certificate"], self.certificate["tls_key"]
            )
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server
        self._server.shutdown()
        self._server.server_close()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Take a request and answer it, with whatever fault is due."""
        length = int(handler.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        call = Call(handler.command, handler.path, headers, handler.rfile.read(length))
        with self.lock:
            fault = next((fault for fault in self.faults if fault.fits(call)), None)
            if fault:
                fault.times -= 1
            made = self._answer(call) if fault is None or fault.applied else None
            made = (fault and fault.reply) or made or Reply(500)
            self.seen.append(Seen(call, made.status, len(made.body), time.monotonic()))
        if fault and fault.hook:
            fault.hook()
        if fault and fault.cut:
            handler.close_connection = True
            return
        _send(handler, made)

    def _answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return problem(401, "Bad credentials")
        if not call.headers.get("user-agent"):
            return problem(403, "Request forbidden by administrative rules.")
        if self.remaining <= 0:
            reset = str(int(time.time()) + 1200)
            return problem(
                403, "API rate limit exceeded", x_ratelimit_remaining="0", x_ratelimit_reset=reset
            )
        self.remaining -= 1
        made = self._of_repository(call)
        made.headers["x-ratelimit-remaining"] = str(self.remaining)
        return made

    def _of_repository(self, call: Call) -> Reply:
        home = f"/repos/{self.repository.full_name}"
        old = f"/repos/{self.renamed_from}"
        if self.renamed_from and (call.path == old or call.path.startswith(f"{old}/")):
            query = urlsplit(call.url).query
            where = f"{self.url}/repositories/1{call.path[len(old) :]}" + (query and f"?{query}")
            return problem(
                301 if call.method == "GET" else 307, "Moved Permanently", location=where
            )
        for root in (home, "/repositories/1"):
            if call.path == root or call.path.startswith(f"{root}/"):
                if call.method != "GET" and not self.writable:
                    return problem(
                        403,
                        "Resource not accessible by personal access token",
                        x_accepted_github_permissions="contents=write",
                    )
                return answer(self.repository, call, call.path.removeprefix(root))
        return problem(404, "Not Found")


def _send(handler: BaseHTTPRequestHandler, made: Reply) -> None:
    handler.send_response(made.status)
    for name, value in made.headers.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(made.body)))
    handler.end_headers()
    handler.wfile.write(made.body)
