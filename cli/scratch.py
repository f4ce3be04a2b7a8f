"""A copy of the monitor's state: what is done to it is never seen."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cli.ground import as_root
from shared.config import Config, PathsConfig
from shared.errors import Refused

# The plain file of a day comes first: it may be compressed meanwhile, and is then copied so.
_JOURNAL = ("journal/*.jsonl", "journal/*.jsonl.gz", "corrections.jsonl")
_STATE = ("book/*.json", *_JOURNAL, "dirty.json")
_DATA = ("weekly.json", "monthly.json", "yearly.json")


@contextmanager
def scratch(config: Config, *, whole: bool = True) -> Iterator[Config]:
    """Give the configuration of a copy that ends with the block; raises Refused.

    Without `whole` only the journal and its corrections are in it.
    """
    with tempfile.TemporaryDirectory(prefix="power-monitor-") as name:
        paths = PathsConfig(Path(name) / "data", Path(name) / "data", Path(name) / "state")
        try:
            _copy(config.paths.state_dir, paths.state_dir, _STATE if whole else _JOURNAL)
            if whole:
                _copy(config.paths.data_dir, paths.data_dir, _DATA)
        except OSError as error:
            raise Refused(
                f"{error.filename}: {error.strerror}",
                hint=f"{as_root(Path(error.filename))}; TMPDIR says where copies go",
            ) from None
        yield replace(config, paths=paths)


def _copy(source: Path, target: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in source.glob(pattern):
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(path, copy)
            except FileNotFoundError:
                continue  # a day that has just been compressed: the next pattern finds it
