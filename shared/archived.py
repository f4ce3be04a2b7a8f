"""Which finished days are in the archive: the syncer notes it, the aggregator heeds it.

A day is noted with the stamp of the journal file that is there, so that a file that has changed
since (a late reading) counts as not archived.
"""

from pathlib import Path

import orjson

from shared.checksum import unsealed
from shared.errors import BadInput

PACKED = ".jsonl.gz"


def note_of(state: Path) -> Path:
    """Return where the syncer notes the days: an object of day -> stamp."""
    return state / "syncer" / "archived.json"


def packed_day(state: Path, day: object) -> Path:
    """Return the journal file of a finished day."""
    return state / "journal" / f"{day}{PACKED}"


def read_archived(state: Path) -> dict[str, str]:
    """Return day -> stamp; without a note nothing is archived.

    Raises BadInput for a damaged one, OSError.
    """
    try:
        raw = orjson.loads(unsealed(note_of(state).read_bytes()))
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError as error:
        raise BadInput(f"{note_of(state)}: not JSON: {error}") from None
    if not isinstance(raw, dict) or not all(isinstance(mark, str) for mark in raw.values()):
        raise BadInput(f"{note_of(state)}: must be an object of texts")
    return raw


def stamp(path: Path) -> str:
    """Return what changes whenever a file is written anew."""
    there = path.stat()
    return f"{there.st_size}-{there.st_mtime_ns}"
