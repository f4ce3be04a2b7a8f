"""A service whose way to the broker dies must not live on deaf."""

import os
import subprocess
import sys
from pathlib import Path

from support.broker import Broker
from support.stack import ANY_CLOCK, ROOT, Stack

_EXIT_S = 120


def test_a_service_ends_when_nothing_will_be_heard_any_more(tmp_path: Path, broker: Broker) -> None:
    """Whoever watches over it starts it again: else it would look well and hear nothing for ever.

    The network's thread dies of a refused sleep while the broker is away.
    """
    Stack(tmp_path, broker)
    broker.stop()
    call = "clock_nanosleep"
    strace = ["strace", "-qq", "-f", "-o", os.devnull, "-e", f"trace={call}"]
    service = [sys.executable, "-m", "services.aggregator", "--config"]
    ended = subprocess.run(
        [*strace, "-e", f"inject={call}:error=EINVAL", *service, str(tmp_path / "config.json")],
        env={**os.environ, "PYTHONPATH": str(ROOT), **ANY_CLOCK},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_EXIT_S,
        check=False,
    )
    assert ended.returncode == 1
    assert "a new start makes another" in ended.stdout + ended.stderr
