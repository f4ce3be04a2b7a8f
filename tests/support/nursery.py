"""Starts our own programs from a process that has imported them already.

To start Python and import a service takes a third of a second of computing, and a run of the tests
does so hundreds of times. Each program is still a process of its own, with its own environment,
directory, signals and end; what is left out are only the imports, at which nothing happens.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from cli.commands.table import COMMANDS, find
from shared.topics import SERVICES

ROOT = Path(__file__).parents[2]
_POLL_S = 0.01
_REQUEST_BYTES = 1 << 17
_STATUS_BYTES = 100


class Child:
    """A program that runs, as `subprocess.Popen` would have it."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def poll(self) -> int | None:
        """Return the exit status, None while it runs; minus the signal that ended it."""
        return self._nursery.status(self.pid)

    def wait(self, timeout: float) -> int:
        """Wait for its end and return the exit status; TimeoutExpired when it does not come."""
        end = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(_POLL_S)
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that has imported everything; one for each `LD_PRELOAD` and namespace."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "support.nursery", str(theirs.fileno())],
                env={**environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )
        self._socket = ours
        self._ended: dict[int, int] = {}

    def start(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        output: IO[Any],
        errors: IO[Any],
    ) -> Child:
        """Start what `python -m WORDS` would, with nobody at its keyboard."""
        asked = json.dumps([words, dict(environment), str(cwd)]).encode()
        socket.send_fds(self._socket, [asked], [output.fileno(), errors.fileno()])
        while "pid" not in (told := json.loads(self._socket.recv(_STATUS_BYTES))):
            self._note(told)
        return Child(self, told["pid"])

    def close(self) -> None:
        """Let it end; what it started goes on."""
        self._socket.close()
        self._process.wait()

    def status(self, pid: int) -> int | None:
        """Return the exit status of a child, None while it runs."""
        while pid not in self._ended:
            try:
                told = self._socket.recv(_STATUS_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            self._note(json.loads(told))
        return self._ended[pid]

    def _note(self, told: dict[str, int]) -> None:
        self._ended[told["ended"]] = told["status"]


@cache
def _nursery(preload: str, _mounts: str) -> Nursery:
    # What libfaketime looks at only once, when it is loaded; which clock it shows, at each look.
    fixed = {"FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    made = Nursery({**os.environ, **({"LD_PRELOAD": preload, **fixed} if preload else {})})
    atexit.register(made.close)
    return made


def start(
    words: Sequence[str],
    environment: Mapping[str, str],
    output: IO[Any],
    errors: IO[Any],
    cwd: Path = ROOT,
) -> Child:
    """Start what `python -m WORDS` would, with nobody at its keyboard."""
    # One from before a test mounted something in a namespace of its own would not see that.
    mounts = str(Path("/proc/self/ns/mnt").readlink())
    nursery = _nursery(environment.get("LD_PRELOAD", ""), mounts)
    return nursery.start(words, environment, cwd, output, errors)


def _serve(asking: socket.socket) -> list[str]:
    """Fork what is asked for; returns only in a child, with what it is to run."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for pytest
    with selectors.DefaultSelector() as waiting:
        waiting.register(reader, selectors.EVENT_READ)
        waiting.register(asking, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj == reader:
                    os.read(reader, 1024)
                    _reap(asking)
                elif (words := _fork(asking)) is not None:
                    os.close(reader)
                    os.close(writer)
                    return words


def _reap(asking: socket.socket) -> None:
    with suppress(ChildProcessError, BrokenPipeError):  # no child, or nobody who asks any more
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            status = os.waitstatus_to_exitcode(ended[1])
            asking.send(json.dumps({"ended": ended[0], "status": status}).encode())


def _fork(asking: socket.socket) -> list[str] | None:
    asked, descriptors, _, _ = socket.recv_fds(asking, _REQUEST_BYTES, 2)
    if not asked:
        sys.exit()
    words = None
    pid = os.fork()
    if pid:
        asking.send(json.dumps({"pid": pid}).encode())
    else:
        words = _settle(json.loads(asked), descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    return words


def _settle(asked: Any, descriptors: Sequence[int]) -> list[str]:
    words, environment, cwd = asked
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    keyboard = os.open(os.devnull, os.O_RDONLY)
    for own, there in enumerate((keyboard, *descriptors)):
        os.dup2(there, own)
    os.close(keyboard)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    return list(words)


def _sleep(seconds: Any, /) -> None:
    """Sleep as the kernel does: libfaketime 0.9.10 makes an invalid time of a moved clock's."""
    select.select([], [], [], seconds)


if __name__ == "__main__":
    if os.environ.get("LD_PRELOAD"):
        time.sleep = _sleep
    for service in SERVICES:
        importlib.import_module(f"services.{service}.service")
    for command in COMMANDS:
        find(command)
    gc.collect()
    gc.freeze()  # what nobody looks at is not copied for each child
    with socket.socket(fileno=int(sys.argv[1])) as asking_us:
        sys.argv = _serve(asking_us)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
