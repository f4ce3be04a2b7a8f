"""Keep programs alive: start in stages, restart what crashes, stop in the reverse order."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.run import backoff, identity
from cli.run.program import Program, fork
from cli.run.rest import Kept, Lie
from shared.errors import ConfigError
from shared.manager import Manager

STOP_WAIT_S = 10.0
READY_WAIT_S = 10.0
_POLL_S = 0.05
_SLOW_POLL_S = 1.0
REST_AFTER_S = 20.0  # nothing was started for so long
_LOOK_S = 60.0  # how often it is looked whether all still work
_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})


@dataclass(slots=True)
class _Child:
    program: Program
    pid: int = 0  # 0: not running
    started: float = 0.0
    due: float = 0.0
    failures: int = 0
    answered: bool = False


def _child(program: Program, kept: Kept | None) -> _Child:
    if kept is None:
        return _Child(program)
    if program.heart and kept.heart is not None:
        program.heart.keep(kept.heart)
    return _Child(program, kept.pid, kept.started, failures=kept.failures, answered=True)


def _kept(child: _Child) -> Kept:
    heart = child.program.heart
    return Kept(child.pid, child.started, child.failures, heart.descriptor if heart else None)


class Supervisor:
    """One process above all others; it holds no thread and no signal handler.

    Its signals are blocked and taken one by one from `sigtimedwait`, so nothing ever happens in
    between. `say` gets a line for a person; `on_ready` is called once, when all programs answer;
    `manager` is who started us; `close` are descriptors the children must not keep. A hang-up is
    passed on, or stops everything where it means that the terminal is gone. `lie_down` is called
    when all work and nothing is to be done, and need not return; `kept` are children of before.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        directory: Path,
        *,
        say: Callable[[str], None],
        on_ready: Callable[[], None],
        manager: Manager,
        close: Sequence[int] = (),
        hangup_stops: bool = False,
        stop_wait_s: float = STOP_WAIT_S,
        lie_down: Lie | None = None,
        kept: Mapping[str, Kept] | None = None,
    ) -> None:
        self._children = [_child(program, (kept or {}).get(program.name)) for program in programs]
        self._lie_down = lie_down
        self._directory = directory
        self._say = say
        self._on_ready = on_ready
        self._close = close
        self._hangup_stops = hangup_stops
        self._stop_wait_s = stop_wait_s
        self._ending = False
        self._announced = kept is not None
        self._complained = False
        self._status = 0
        self._started = 0.0
        self._manager = manager

    def run(self) -> int:
        """Serve until told to stop; return the exit status."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._started = time.monotonic()
        try:
            while not self._ending:
                self._start_due(time.monotonic())
                self._look_who_answers(time.monotonic())
                self._kill_stuck()
                self._manager.turned()
                self._take_signal(self._wait_s(time.monotonic()))
                self._rest(time.monotonic())  # after it: what woke us must have been dealt with
        finally:
            self._manager.stopping()
            for stage in sorted({child.program.stage for child in self._children}, reverse=True):
                self._stop(stage)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self._status

    def _start_due(self, now: float) -> None:
        for child in self._children:
            if not child.pid and child.due <= now and self._may_start(child.program.stage, now):
                self._start(child, now)

    def _may_start(self, stage: int, now: float) -> bool:
        """Wait for the stage below, but not for ever: services can wait for a broker themselves."""
        below = [child for child in self._children if child.program.stage < stage]
        return now - self._started > READY_WAIT_S or all(child.answered for child in below)

    def _start(self, child: _Child, now: float) -> None:
        child.started = now
        try:
            child.program.prepare(child.failures)
            child.pid = fork(child.program.body, close=self._close)
        except OSError as error:
            self._say(f"{child.program.name} can't be started: {error}")
            self._retry(child, now)
            return
        identity.record(self._directory, child.program.name, child.pid)

    def _look_who_answers(self, now: float) -> None:
        for child in self._children:
            if child.pid and not child.answered:
                child.answered = child.program.ready()
        silent = [child.program.name for child in self._children if not child.answered]
        if not silent and not self._announced:
            self._announced = True
            self._on_ready()
            self._manager.ready()
        if silent and not self._complained and now - self._started > READY_WAIT_S:
            self._complained = True
            self._say(f"no answer yet from {', '.join(silent)}")

    def _kill_stuck(self) -> None:
        """End a child that does no work any more; it starts again like one that crashed."""
        for child in self._running():
            if child.program.stuck():
                self._say(f"{child.program.name} does nothing any more; killed")
                self._send([child], signal.SIGKILL)

    def _wait_s(self, now: float) -> float:
        if not self._announced:
            return _SLOW_POLL_S if self._complained else _POLL_S
        due = [child.due - now for child in self._children if not child.pid]
        rest = [self._rest_at() - now] if self._lie_down else []
        return max(0.0, min(*due, *rest, self._manager.every_s or _LOOK_S, _LOOK_S))

    def _rest_at(self) -> float:
        return max(child.started for child in self._children) + REST_AFTER_S

    def _rest(self, now: float) -> None:
        works = self._announced and not self._ending and all(child.pid for child in self._children)
        if not (works and self._lie_down and now >= self._rest_at()):
            return
        try:
            self._lie_down({child.program.name: _kept(child) for child in self._children})
        except OSError as error:
            self._say(f"can't lie down, so more memory is taken: {error}")
            self._lie_down = None

    def _take_signal(self, wait_s: float) -> None:
        taken = signal.sigtimedwait(_SIGNALS, wait_s)
        number = taken.si_signo if taken else 0
        hangup = number == signal.SIGHUP
        if number in {signal.SIGTERM, signal.SIGINT} or (hangup and self._hangup_stops):
            self._ending = True
        elif hangup:
            self._send(self._running(), signal.SIGHUP)
        # Signals of one kind merge while they wait, so any of them may stand for several ends.
        self._reap(time.monotonic())

    def _reap(self, now: float) -> None:
        for child, status in self._ended():
            if status == ConfigError.EXIT_STATUS:
                self._say(f"{child.program.name} can't work with this configuration; stopping")
                self._status, self._ending = status, True
            elif not self._ending:
                self._retry(child, now)
                wait_s = child.due - now
                self._say(f"{child.program.name} {_how(status)}; next start in {wait_s:.1f} s")

    def _retry(self, child: _Child, now: float) -> None:
        child.failures = backoff.failures(child.failures, now - child.started)
        luck = int.from_bytes(os.urandom(4), "big") / 2**32
        child.due = now + backoff.delay_s(child.failures, luck)

    def _ended(self) -> list[tuple[_Child, int]]:
        """Collect the children that ended, with the exit status or the negative signal."""
        ended = []
        for child in self._running():
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                child.pid = 0
                identity.forget(self._directory, child.program.name)
                ended.append((child, os.waitstatus_to_exitcode(status)))
        return ended

    def _running(self, stage: int | None = None) -> list[_Child]:
        return [
            child for child in self._children if child.pid and stage in {None, child.program.stage}
        ]

    def _stop(self, stage: int) -> None:
        self._send(self._running(stage), signal.SIGTERM)
        deadline = time.monotonic() + self._stop_wait_s
        while self._running(stage) and (left := deadline - time.monotonic()) > 0:
            signal.sigtimedwait({signal.SIGCHLD}, min(left, _POLL_S))
            self._ended()
        for child in self._running(stage):
            self._say(f"{child.program.name} did not stop within {self._stop_wait_s:.0f} s; killed")
        self._send(self._running(stage), signal.SIGKILL)
        for child in self._running(stage):
            os.waitpid(child.pid, 0)
            child.pid = 0
            identity.forget(self._directory, child.program.name)

    @staticmethod
    def _send(children: Sequence[_Child], number: signal.Signals) -> None:
        for child in children:
            os.kill(child.pid, number)  # not reaped yet, so the pid is still its own


def _how(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
