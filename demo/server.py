"""The HTTP side of the simulator: a listening socket that comes and goes as its world says."""

import random
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from demo.api import Reply, Request, answer, is_authorized, message
from demo.control import CONTROL_PATH, control
from demo.faults import Seen
from demo.problem import Problem
from demo.sending import Wire, dated, misbehave
from demo.simulator import Simulator

POLL_S = 0.02
STOP_WAIT_S = 5.0
REOPEN_WAIT_S = 5.0
IDLE_CONNECTION_S = 75.0
# Below those that outgoing connections take: none of them may sit on ours during an outage.
PORTS = range(10000, 20000)
PORT_ATTEMPTS = 20
MAX_BODY = 64 * 1024 * 1024


class Handler(BaseHTTPRequestHandler):
    """One connection; several requests one after another."""

    protocol_version = "HTTP/1.1"
    server_version = "HomeAssistantSimulator"
    disable_nagle_algorithm = True
    timeout = IDLE_CONNECTION_S
    server: "SimulatorServer"

    def do_GET(self) -> None:
        """Answer, or fail as asked for."""
        self._handle()

    do_POST = do_DELETE = do_GET  # noqa: N815 - the base class's names

    def _handle(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
        authorization = self.headers.get("Authorization", "")
        request = Request(self.command, self.path, authorization, self.rfile.read(length))
        accepts = self.headers.get("Accept-Encoding", "")
        wire = Wire(self.wfile, self.server.stopping, deflates="deflate" in accepts)
        self.close_connection = not self._respond(request, wire) or wire.is_cut

    def _respond(self, request: Request, wire: Wire) -> bool:
        simulator = self.server.simulator
        if request.path == CONTROL_PATH:
            wire.send(self._controlled(request))
            return True
        if not simulator.is_reachable():
            return False
        with simulator.lock:
            simulator.requests.add(_seen(simulator, request))
            fault = simulator.faults.take(request.path)
            reply = dated(answer(simulator, request), simulator.now())
        if fault is None:
            wire.send(reply)
        else:
            misbehave(fault, reply, wire)
        return True

    def _controlled(self, request: Request) -> Reply:
        try:
            return control(self.server.simulator, request.method, request.body)
        except Problem as problem:
            return message(str(problem), problem.status)

    def setup(self) -> None:
        """Take the connection up, known to the server so that it can be cut."""
        super().setup()
        self.server.connections[self.connection] = threading.current_thread()

    def finish(self) -> None:
        """Let go of the connection."""
        self.server.connections.pop(self.connection, None)
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        """Say nothing: the request log has it all."""


class SimulatorServer(ThreadingHTTPServer):
    """One listening socket of the simulator, on loopback only."""

    daemon_threads = True
    request_queue_size = 64
    timeout = POLL_S

    def __init__(self, port: int, simulator: Simulator, stopping: threading.Event) -> None:
        self.simulator = simulator
        self.stopping = stopping
        self.connections: dict[socket.socket, threading.Thread] = {}
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Report what went wrong in a handler, unless it was only the client leaving."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()

    def cut(self) -> None:
        """Close the listening socket and every connection."""
        self.server_close()
        for connection, thread in list(self.connections.items()):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            if thread is not threading.current_thread():
                thread.join(STOP_WAIT_S)


class Service:
    """Serves a simulator on one port, and refuses connections while it is not reachable."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self._simulator = simulator
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._server: SimulatorServer | None = None
        self.port = port

    @property
    def url(self) -> str:
        """Where it can be reached."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; raises OSError where the port is taken."""
        self._server = self._listen()
        self.port = self._server.server_address[1]
        self._thread.start()

    def _listen(self) -> SimulatorServer:
        """Listen on the port given, or on a free one that stays ours while the socket is closed."""
        for _ in range(0 if self.port else PORT_ATTEMPTS):
            with suppress(OSError):
                port = random.choice(PORTS)  # noqa: S311 - it need not be a secret
                return SimulatorServer(port, self._simulator, self._stopping)
        return SimulatorServer(self.port, self._simulator, self._stopping)

    def stop(self) -> None:
        """Cut everything and wait for the threads."""
        self._stopping.set()
        self._thread.join(STOP_WAIT_S)
        self._close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._simulator.is_reachable():
                self._close()
                self._stopping.wait(POLL_S)
            elif self._server is None:
                self._reopen()
            else:
                self._server.handle_request()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.cut()

    def _reopen(self) -> None:
        deadline = time.monotonic() + REOPEN_WAIT_S
        while self._server is None and not self._stopping.wait(POLL_S):
            try:
                self._server = SimulatorServer(self.port, self._simulator, self._stopping)
            except OSError:
                if time.monotonic() > deadline:
                    raise


@contextmanager
def serving(simulator: Simulator, port: int = 0) -> Iterator[str]:
    """Serve a simulator from threads of this process; gives the URL."""
    service = Service(simulator, port)
    service.start()
    try:
        yield service.url
    finally:
        service.stop()


def _seen(simulator: Simulator, request: Request) -> Seen:
    query = request.target.partition("?")[2]
    authorized = is_authorized(simulator, request)
    return Seen(simulator.now(), request.method, request.path, query, authorized)
