"""The supervisor with real processes: toys that crash, hang, refuse and are killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import toys
from support.wait import DEADLINE_S, wait_until

from cli.run.identity import identity
from shared.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """One supervisor process, its toys' notes and what it said."""

    def __init__(self, directory: Path, *descriptions: str) -> None:
        self.directory = directory
        self.log = directory / "log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, toys.__file__, str(directory), *descriptions],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
            )

    def events(self) -> list[str]:
        """Return `what name` of each note, in order."""
        file = self.directory / "events"
        lines = file.read_text().splitlines() if file.exists() else []
        return [" ".join(line.split()[:2]) for line in lines]

    def pid(self, name: str) -> int:
        """Return the pid of a toy's last start, waiting for it."""
        marker = f"start {name}"
        wait_until(lambda: marker in self.events(), what=marker)
        lines = (self.directory / "events").read_text().splitlines()
        return int([line for line in lines if line.startswith(f"{marker} ")][-1].split()[2])

    def said(self, words: str) -> bool:
        """Whether the supervisor said this by now."""
        return words in self.log.read_text()

    def wait_ready(self) -> None:
        """Wait until all programs answered."""
        wait_until(lambda: self.said("ready"), what="ready")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it; return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Return the run directory; what a failed test left running from it is ended."""
    yield tmp_path
    for file in (tmp_path / "lock", *tmp_path.glob("*.pid")):
        pid = file.read_text().split()[0]
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and str(tmp_path) in command.read_text():
            os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_in_stages_and_stops_in_the_reverse_order(
    directory: Path, number: signal.Signals
) -> None:
    """The broker is there before the services come, and until after they went."""
    running = Running(directory, "1:service:steady", "0:broker:steady")
    running.wait_ready()
    assert running.stop(number) == 0
    assert running.events() == ["start broker", "start service", "stop service", "stop broker"]
    assert not list(directory.glob("*.pid"))


def test_a_crashed_program_comes_back_after_growing_waits(directory: Path) -> None:
    """Each crash is told with its status and the wait; others are not disturbed."""
    running = Running(directory, "0:steady:steady", "0:shaky:crashing")
    before = running.pid("steady")
    running.wait_ready()
    running.stop()
    assert running.events().count("crash shaky") == toys.CRASHES + 1
    assert running.log.read_text().count("shaky ended with status 1; next start in") == toys.CRASHES
    assert running.said("RuntimeError: made to crash")
    assert running.pid("steady") == before


def test_a_killed_program_comes_back(directory: Path) -> None:
    """Kill -9 is answered by a new process."""
    running = Running(directory, "0:one:steady")
    first = running.pid("one")
    running.wait_ready()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: running.pid("one") != first, what="a new process")
    assert running.said("one was ended by SIGKILL")
    assert running.stop() == 0


def test_a_configuration_nobody_can_use_stops_everything(directory: Path) -> None:
    """Exit status 78 is not a crash: trying again would not help."""
    running = Running(directory, "0:broker:steady", "1:service:unconfigured")
    assert running.process.wait(DEADLINE_S) == ConfigError.EXIT_STATUS
    assert running.said("service can't work with this configuration")
    assert running.events() == ["start broker", "stop broker"]


def test_one_that_does_not_stop_is_killed(directory: Path) -> None:
    """After the wait SIGKILL ends it, and the others still stop in order."""
    running = Running(directory, "0:broker:steady", "1:service:stubborn")
    running.wait_ready()
    pid = running.pid("service")
    assert running.stop() == 0
    assert running.said(f"service did not stop within {toys.STOP_WAIT_S:g} s; killed")
    assert identity(pid) is None
    assert running.events()[-1] == "stop broker"


def test_a_hangup_is_passed_on_and_harms_nobody_who_ignores_it(directory: Path) -> None:
    """A program without a handler for it keeps running."""
    running = Running(directory, "0:one:steady", "0:two:deaf")
    running.wait_ready()
    deaf = running.pid("two")
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "hangup one" in running.events(), what="the hang-up")
    assert identity(deaf)
    assert running.stop() == 0


def test_nothing_survives_a_killed_supervisor(directory: Path) -> None:
    """Forked programs see that their parent went, others get SIGTERM from the kernel."""
    running = Running(directory, "0:broker:other", "1:service:steady")
    running.wait_ready()
    pids = [running.pid("broker"), running.pid("service")]
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not any(identity(pid) for pid in pids), what="orphans gone")


def test_leftovers_that_did_not_notice_are_ended_by_the_next_start(directory: Path) -> None:
    """Even one that ignores SIGTERM is gone when the new one starts; the lock does not block."""
    first = Running(directory, "0:one:deaf")
    first.wait_ready()
    orphan = first.pid("one")
    first.stop(signal.SIGKILL)
    assert identity(orphan)
    second = Running(directory, "0:one:deaf")
    wait_until(lambda: second.said("ended one"), what="the leftover's end")
    wait_until(lambda: second.events().count("start one") == 2, what="the second start")
    assert identity(orphan) is None
    assert second.stop() == 0


def test_a_pid_that_went_to_somebody_else_is_left_alone(directory: Path) -> None:
    """A pid file from before a reboot names a process that is not ours."""
    with subprocess.Popen(["/bin/sleep", "600"]) as stranger:
        (directory / "one.pid").write_text(f"{stranger.pid} 1 another-boot\n")
        running = Running(directory, "0:one:steady")
        running.wait_ready()
        assert stranger.poll() is None
        assert running.stop() == 0
        stranger.kill()


def test_a_second_supervisor_of_the_same_directory_is_refused(directory: Path) -> None:
    """It says who holds the place, and the first goes on."""
    first = Running(directory, "0:one:steady")
    first.wait_ready()
    second = Running(directory, "0:one:steady")
    assert second.process.wait(DEADLINE_S) == 1
    assert second.said(f"a monitor already runs here (process {first.process.pid})")
    assert first.stop() == 0


def test_no_zombie_is_left_behind(directory: Path) -> None:
    """Every ended child is collected at once."""
    running = Running(directory, "0:one:steady", "0:shaky:crashing")
    running.wait_ready()
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
    pids = children.read_text().split()
    assert len(pids) == 2
    assert all(identity(int(pid)) for pid in pids)
    assert running.stop() == 0


def test_a_service_whose_loop_no_longer_turns_is_started_again(directory: Path) -> None:
    """One that works and one that only exists: only the second one is killed."""
    running = Running(directory, "0:watched-one:working", "0:watched-two:deaf")
    running.wait_ready()
    works, hangs = running.pid("watched-one"), running.pid("watched-two")

    def looked() -> bool:
        running.process.send_signal(signal.SIGHUP)  # wakes it, so that nobody waits a minute
        return running.said("watched-two does nothing any more; killed")

    wait_until(looked, what="the kill")
    wait_until(lambda: running.pid("watched-two") != hangs, what="the next start")
    assert identity(works)
    assert running.stop() == 0
