"""The aggregator's composition root."""

from pathlib import Path

from services.aggregator.worker import AggregatorWorker
from shared import clock
from shared.atomic import make_directory
from shared.config import Config
from shared.errors import Refused
from shared.lock import held
from shared.service import Shell
from shared.starts import note_start

NAME = "aggregator"


def run(config: Config) -> int:
    """Serve until SIGTERM; returns the exit status. Raises Refused when one is running already."""
    state = config.paths.state_dir
    note_start(state, NAME, clock.now())
    make_directory(state)
    # Two writers of one directory would undo each other's work.
    taken = Refused(
        f"an aggregator already works in {state}", hint="pgrep -af 'cli.run|services.aggregator'"
    )
    with held(lock_file(state), taken):
        shell = Shell(NAME, config)
        worker = AggregatorWorker(shell, config)
        worker.start()
        return shell.run(worker)


def lock_file(state: Path) -> Path:
    """Return what the one writer of a state directory holds."""
    return state / "aggregator.lock"
