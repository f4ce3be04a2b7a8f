"""One sync as a process that may be killed: `pusher.py DIRECTORY API_URL`."""

import sys
from pathlib import Path

from services.syncer.core import Core, Purpose
from services.syncer.effects import Pause
from support.github.checks import client_at
from support.github.house import NOON, configuration
from support.github.server import TOKEN


def main(directory: Path, url: str) -> None:
    """Push what differs."""
    remote = client_at(url, TOKEN)
    core = Core(configuration(directory), Purpose(archive=True), lambda: NOON, lambda: NOON)
    core.records.load(remote.identity)
    job = core.push_due()
    answer, error = None, None
    try:
        while True:
            effect = job.throw(error) if error else job.send(answer)
            answer, error = None, None
            if isinstance(effect, Pause):
                continue
            try:
                answer = effect.carry_out(remote)  # type: ignore[union-attr] # no merge is needed
            except Exception as failed:  # noqa: BLE001 - handed to the job, as the runner does
                error = failed
    except StopIteration:
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
