"""When each service was started, noted before anything can fail: for the alert `restarts`.

A service that dies before it can say a word has no other witness, whoever starts it again.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from shared.atomic import make_directory, replacing
from shared.errors import MonitorError

_FILE = "starts"
MOST_STARTS = 20  # kept of each service


def note_start(state: Path, name: str, now: float) -> None:
    """Note that a service is starting; a disk that takes nothing does not keep it from that."""
    path = state / name / _FILE
    times = [*_read(path), now][-MOST_STARTS:]
    with suppress(MonitorError):
        make_directory(path.parent, 0o700)
        with replacing(path, durable=False) as file:
            file.write("".join(f"{at:.0f}\n" for at in times).encode())


def read_starts(state: Path) -> Mapping[str, Sequence[float]]:
    """Return service -> when it was started lately, in seconds since 1970 UTC."""
    return {path.parent.name: _read(path) for path in sorted(state.glob(f"*/{_FILE}"))}


def _read(path: Path) -> list[float]:
    try:
        return [float(line) for line in path.read_text().split()]
    except (OSError, ValueError):
        return []
