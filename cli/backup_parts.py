"""What belongs into a backup, and under which name.

The order makes a copy of a running monitor consistent: the book before the corrections and the
journal it is made from, so that whatever is copied later can only know more. A restore marks every
day of the journal as to be made anew, and a fuller day stays, so all that was copied comes
together again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.config import PathsConfig
from shared.topics import TIERS

CONFIG = "config.json"
MANIFEST = "manifest.json"
JOURNAL = "state/journal"
LINES = ".jsonl"  # appended to while we read: only whole lines are taken
DATA_FILES = tuple(f"{name}.json" for name in (*TIERS, "events"))
SCHEMA = 1

_STATE_PARTS = ("book", "corrections.jsonl", "journal", "aside.jsonl", "collector", "syncer")
_NAME = re.compile(
    r"config\.json|manifest\.json|data/(daily|weekly|monthly|yearly|events)\.json"
    r"|state/((corrections|aside)\.jsonl|(book|journal|collector|syncer)(/[\w.-]+){1,4})"
)
_UNWANTED = re.compile(r"(^|/)(\.[^/]*|lock|[^/]*\.lock|[^/]*\.corrupt-[^/]*)$")


@dataclass(frozen=True, slots=True)
class Part:
    """A file here and its name in the archive."""

    path: Path
    name: str


def parts(paths: PathsConfig) -> Iterator[Part]:
    """Yield what there is, in the order in which it must be copied."""
    for name in DATA_FILES:
        if (paths.data_dir / name).exists():
            yield Part(paths.data_dir / name, f"data/{name}")
    for name in _STATE_PARTS:
        yield from _below(paths.state_dir, paths.state_dir / name)


def journal(state: Path) -> Iterator[Part]:
    """Yield the journal's files as they are called now: a day may have been compressed since."""
    yield from _below(state, state / "journal")


def is_part(name: str) -> bool:
    """Whether a name may stand in an archive: nothing else is ever written by a restore."""
    return bool(_NAME.fullmatch(name)) and not _UNWANTED.search(name) and "/.." not in name


def _below(state: Path, place: Path) -> Iterator[Part]:
    found = sorted(place.rglob("*")) if place.is_dir() else [place]
    for path in found:
        name = f"state/{path.relative_to(state)}"
        if path.is_file() and not path.is_symlink() and is_part(name):
            yield Part(path, name)
