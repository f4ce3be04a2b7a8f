"""A supervisor of toy programs, as a process: `toys.py DIRECTORY STAGE:NAME:BEHAVIOUR...`.

Each toy appends a line to DIRECTORY/events: `start NAME PID`, `hangup NAME`, `stop NAME`.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from cli.run import identity, lock
from cli.run.heart import Heart
from cli.run.program import Program, execute
from cli.run.supervisor import Supervisor
from shared.errors import ConfigError, MonitorError
from shared.manager import Manager

STOP_WAIT_S = 5.0  # for one that never stops
PATIENT_STOP_WAIT_S = 60.0  # for those that do, on a busy machine
CRASHES = 2
SILENCE_S = 10.0


class Toy:
    """One toy program: what it writes down, and how it ends."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = name
        self._stopping = False
        self._parent = os.getpid()

    def steady(self) -> int:
        """Run until SIGTERM or until the supervisor is gone."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGHUP, lambda *_: self.note("hangup"))
        self.note("start", str(os.getpid()))
        while not self._stopping and os.getppid() == self._parent:
            time.sleep(0.01)
        self.note("stop")
        return 0

    def crashing(self) -> int:
        """Crash at the first starts, then be steady."""
        self.note("crash")
        lines = (self._directory / "events").read_text().splitlines()
        if lines.count(f"crash {self._name}") <= CRASHES:
            raise RuntimeError("made to crash")
        return self.steady()

    def unconfigured(self) -> int:
        """End as a service does that can't use its configuration."""
        return ConfigError.EXIT_STATUS

    def stubborn(self) -> int:
        """Ignore SIGTERM."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.note("start", str(os.getpid()))
        while True:
            signal.pause()

    def deaf(self) -> int:
        """Be steady without a word on hang-ups, as most services are."""
        self.note("start", str(os.getpid()))
        while True:
            signal.pause()

    def working(self) -> int:
        """Let the loop turn, and tell so."""
        manager = Manager(os.environ, time.monotonic)
        self.note("start", str(os.getpid()))
        while True:
            manager.turned()
            time.sleep(0.01)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def note(self, *words: str) -> None:
        """Append a line to the events."""
        what, *rest = words
        with (self._directory / "events").open("a") as events:
            events.write(" ".join((what, self._name, *rest)) + "\n")


def body(directory: Path, name: str, behaviour: str) -> Callable[[], int]:
    """Return what one toy does; made in the supervisor, so that it knows its parent."""
    toy = Toy(directory, name)
    if behaviour != "other":
        found: Callable[[], int] = getattr(toy, behaviour)
        return found
    become = execute(["/bin/sleep", "600"])

    def other() -> int:
        toy.note("start", str(os.getpid()))
        return become()

    return other


def watched(program: Program) -> Program:
    """Let a program's heart be listened to."""
    heart = Heart(SILENCE_S)

    def living() -> int:
        heart.lend()
        return program.body()

    return replace(program, body=living, prepare=heart.renew, stuck=heart.stopped)


def main(directory: Path, descriptions: list[str]) -> int:
    """Supervise the described toys."""
    programs = []
    for description in descriptions:
        stage, name, behaviour = description.split(":")
        ready = partial(_started, directory, name) if behaviour != "unconfigured" else lambda: True
        program = Program(name, body(directory, name, behaviour), stage=int(stage), ready=ready)
        programs.append(watched(program) if name.startswith("watched") else program)
    is_stubborn = any(description.endswith(":stubborn") for description in descriptions)
    held = lock.take(directory / "lock")
    for name in identity.end_leftovers(directory):
        _say(f"ended {name}")
    return Supervisor(
        programs,
        directory,
        say=_say,
        on_ready=partial(_say, "ready"),
        manager=Manager(os.environ, time.monotonic),
        close=(held,),
        stop_wait_s=STOP_WAIT_S if is_stubborn else PATIENT_STOP_WAIT_S,
    ).run()


def _started(directory: Path, name: str) -> bool:
    events = directory / "events"
    return events.exists() and f"start {name} " in events.read_text()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
    except MonitorError as error:
        sys.exit(str(error))
