"""The aggregator's composition root."""

import fcntl
from pathlib import Path

from services.aggregator.worker import AggregatorWorker
from shared.atomic import make_directory
from shared.config import Config
from shared.errors import Refused
from shared.service import Shell

NAME = "aggregator"
_WHO_HINT = "pgrep -af 'cli.run|services.aggregator'"


def run(config: Config) -> int:
    """Serve until SIGTERM; returns the exit status. Raises Refused when one is running already."""
    state = config.paths.state_dir
    make_directory(state)
    with (state / "aggregator.lock").open("w") as lock:
        _hold(lock.fileno(), state)
        shell = Shell(NAME, config)
        worker = AggregatorWorker(shell, config)
        worker.start()
        return shell.run(worker)


def _hold(descriptor: int, state: Path) -> None:
    """Two writers of one directory would undo each other's work."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(
            f"an aggregator already works in {state}",
            hint="pgrep -af 'cli.run|services.aggregator'",
        ) from None
