"""The supervisor lies down when nothing is to be done, and gets up again where it was.

In between `watch.py` is what the process runs. What is to be known again lies in a file that has no
name, because secrets are among it; a configuration that was changed meanwhile counts from the next
start on, as it would have.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cli.run import watch
from cli.run.heart import LONGEST_SILENCE_S
from cli.run.options import RunOptions, again
from shared.config import Config


@dataclass(frozen=True, slots=True)
class Kept:
    """A child that runs: its process, when it was started (monotonic), its failures in a row."""

    pid: int
    started: float
    failures: int
    heart: int | None  # the descriptor on which it is heard


@dataclass(frozen=True, slots=True)
class Night:
    """All that a supervisor knows again: `descriptors` are those of the lock and the manager."""

    config: Config
    command: str  # what a person types to reach this monitor
    ports: Mapping[str, int]
    children: Mapping[str, Kept]
    lock: int
    channel: int | None


def lie_down(
    night: Night, every_s: float, options: RunOptions, environ: Mapping[str, str]
) -> NoReturn:
    """Become the watch; OSError when that can't be."""
    import pickle  # noqa: PLC0415 - this process image is about to end

    file = os.memfd_create("power-monitor", 0)
    with os.fdopen(os.dup(file), "wb") as writing:
        pickle.dump(night, writing)
    hearts = {child.pid: child.heart for child in night.children.values() if child.heart}
    for descriptor in filter(None, (night.channel, *hearts.values())):
        os.set_blocking(descriptor, False)
        os.set_inheritable(descriptor, True)  # noqa: FBT003
    os.set_inheritable(night.lock, True)  # noqa: FBT003
    words = [sys.executable, "-I", "-S", str(Path(watch.__file__))]
    words += [str(night.channel or ""), str(every_s), str(LONGEST_SILENCE_S)]
    words += [f"{pid}:{heart}" for pid, heart in hearts.items()]
    sys.stdout.flush()
    os.execve(words[0], [*words, "--", *again(options, str(file))], environ)  # noqa: S606 - no shell


def get_up(descriptor: int) -> Night:
    """Return what is known from before."""
    import pickle  # noqa: PLC0415 - only for who lay down

    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        night: Night = pickle.load(file)  # noqa: S301 - our own, and nobody else can write it
    if night.channel is not None:
        os.close(night.channel)  # the manager is found again by its address
    kept = [child.heart for child in night.children.values() if child.heart is not None]
    for number in (night.lock, *kept):
        os.set_inheritable(number, False)  # noqa: FBT003
    return night


Lie = Callable[[Mapping[str, Kept]], None]
