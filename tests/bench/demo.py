"""The demo as a process, for measuring: with a year of a real household in it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.stack import ROOT
from support.wait import wait_until

_FILL_S = 600.0  # the machine may be busy


class Demo:
    """A running demo; what it says goes to `log` in its var/ directory."""

    def __init__(self, var: Path, pid: int) -> None:
        self.pid = pid
        self._log = var / "log"

    def wait_until_filled(self) -> None:
        """Wait until the year before is in the files."""
        done = "backfill is done"
        wait_until(lambda: done in self._log.read_text(), _FILL_S, what=done)

    @property
    def page(self) -> str:
        """Return the page's address."""
        said = r"The page +(\S+)"
        found = wait_until(lambda: re.findall(said, self._log.read_text()), _FILL_S, what=said)
        return str(found[-1])


@contextmanager
def demo(var: Path) -> Iterator[Demo]:
    """Run the demo in a directory, and end it."""
    command = [sys.executable, "-m", "cli.checkout", "--var", str(var)]
    with (var / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield Demo(var, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
