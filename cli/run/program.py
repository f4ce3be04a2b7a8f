"""What the supervisor runs: a forked Python function or another program."""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cli.run.heart import Heart
from shared.config_secrets import without_variables

_PR_SET_PDEATHSIG = 1  # prctl(2)
_CRASHED = 1


def _always() -> bool:
    return True


def _never() -> bool:
    return False


def _nothing(_failures: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep alive.

    `body` runs in the child and returns its exit status; `stage` 0 starts first and stops last;
    `ready` tells whether it answers, `stuck` whether it does no work any more, by its `heart`;
    `prepare` runs in the parent before each start and gets the number of failures in a row.
    """

    name: str
    body: Callable[[], int]
    stage: int = 0
    ready: Callable[[], bool] = _always
    prepare: Callable[[int], None] = _nothing
    stuck: Callable[[], bool] = _never
    heart: Heart | None = None


def fork(body: Callable[[], int], *, close: Sequence[int] = ()) -> int:
    """Run `body` in a child with ordinary signal handling; return the child's pid."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        _live(body, close)
    with contextlib.suppress(OSError):  # both sides do it, whoever comes first
        os.setpgid(pid, pid)
    return pid


def execute(arguments: Sequence[str]) -> Callable[[], int]:
    """Make a body that becomes another program, which ends when the supervisor does."""
    parent = os.getpid()

    def body() -> int:
        _end_with(parent)
        environment = without_variables(os.environ)
        os.execve(arguments[0], list(arguments), environment)  # noqa: S606 - no shell is wanted

    return body


def _live(body: Callable[[], int], close: Sequence[int]) -> NoReturn:
    """Never return into the supervisor's code, whatever happens."""
    status = _CRASHED
    try:
        # Ctrl-C in a terminal goes to a whole process group; the supervisor alone decides in
        # which order things stop.
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        for descriptor in close:
            os.close(descriptor)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the body wants it
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        status = body()
    except SystemExit as request:
        status = request.code if isinstance(request.code, int) else int(bool(request.code))
    except BaseException:  # noqa: BLE001 - the last frame of the process
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _end_with(parent: int) -> None:
    """Ask the kernel for SIGTERM when the supervisor dies, even by kill -9."""
    import ctypes  # noqa: PLC0415 - only in the child, so that it is not resident in the parent

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(_CRASHED)
