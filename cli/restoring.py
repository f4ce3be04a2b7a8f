"""Put a backup's files in the place of what is here; what was here is kept beside."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, timedelta
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO

from cli.backup_parts import DATA_FILES
from cli.backup_read import opened, read_backup
from cli.ground import as_owner
from cli.run.places import RunPlaces
from services.aggregator import service as aggregator
from services.aggregator.dirty import DirtyDays
from services.aggregator.imprint import Imprint
from services.syncer import service as syncer
from shared.atomic import disk_error, make_directory, sync_directory, write_durably
from shared.config import Config
from shared.errors import BadInput, Refused
from shared.lock import held, is_held
from shared.times import parse_date

_STAGE = "restoring"
_STATE = ("book", "journal", "collector", "syncer", "corrections.jsonl", "aside.jsonl")
_MADE_ANEW = "daily.json"  # of the day on which it was saved: the journal has it all


def restore(archive: Path, config: Config, *, force: bool, stamp: str) -> Path | None:
    """Restore; return where what was here before is now, None when there was nothing.

    Root works as the owner of the directories. Raises Refused over a running monitor or, without
    `force`, over a history, BadInput for a damaged archive; then nothing has been touched.
    """
    state = config.paths.state_dir
    with opened(archive) as file, as_owner(state):
        make_directory(state)
        with _alone(state):
            if not force and _has_history(state):
                raise Refused(
                    f"{state} has a history already",
                    hint="add --force to replace it; what is here now is kept beside",
                )
            return _replace(archive, file, config, stamp)


def _replace(archive: Path, file: BinaryIO, config: Config, stamp: str) -> Path | None:
    stage = config.paths.state_dir / _STAGE
    shutil.rmtree(stage, ignore_errors=True)
    try:
        read_backup(archive, file, stage)
        before = _keep(config, stamp)
        _put(config, stage)
    except OSError as error:
        raise disk_error(config.paths.state_dir, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return before


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Hold the locks of those who write here, so that none can start meanwhile."""
    running = Refused(
        f"the monitor is running in {state}",
        hint="sudo systemctl stop power-monitor.target where it is installed, or Ctrl-C where "
        "`run` was typed; then this again",
    )
    if is_held(RunPlaces(state).lock):
        raise running
    locks = (aggregator.lock_file(state), syncer.lock_file(state))
    with ExitStack() as stack:
        for lock in locks:
            make_directory(lock.parent, 0o700 if lock.parent != state else 0o755)
            stack.enter_context(held(lock, running))
        yield


def _has_history(state: Path) -> bool:
    return any((state / name).is_dir() and any((state / name).iterdir()) for name in _STATE[:2])


def _keep(config: Config, stamp: str) -> Path | None:
    """Move what is here to a directory of its own; nothing is copied, so it needs no room."""
    state, data = config.paths.state_dir, config.paths.data_dir
    there = [state / name for name in _STATE if (state / name).exists()]
    if not _has_history(state):
        return None
    before = _free(state / f"before-restore-{stamp}")
    before.mkdir()
    for path in there:
        _move(path, before / path.name)
    for name in DATA_FILES:
        if (data / name).exists():
            make_directory(before / "data")
            shutil.copyfile(data / name, before / "data" / name)
    sync_directory(before)
    return before


def _free(path: Path) -> Path:
    """Return the path, or one beside it that is not taken: two restores may share a second."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return next(one for one in chain([path], numbered) if not one.exists())


def _move(path: Path, target: Path) -> None:
    """Move a file, or a directory but for the lock that we hold in it."""
    if path.name != syncer.NAME:
        path.rename(target)
        return
    target.mkdir()
    for item in path.iterdir():
        if item != syncer.lock_file(path.parent):
            item.rename(target / item.name)


def _put(config: Config, stage: Path) -> None:
    state, data = config.paths.state_dir, config.paths.data_dir
    make_directory(stage / "state")
    for path in sorted((stage / "state").iterdir()):
        target = state / path.name
        if path.name == syncer.NAME:
            for item in path.iterdir():
                item.rename(target / item.name)
        else:
            path.rename(target)
    # Whatever the copy of a running monitor had not rolled up yet will be made anew.
    days = _journal_days(state / "journal")
    (state / "dirty.json").unlink(missing_ok=True)
    DirtyDays(state / "dirty.json").add({*days, *(day - timedelta(days=1) for day in days)})
    sync_directory(state)
    make_directory(data)
    for path in (stage / "data").glob("*.json"):
        if path.name != _MADE_ANEW:
            write_durably(data / path.name, path.read_bytes())
    (data / _MADE_ANEW).unlink(missing_ok=True)
    Imprint(state).forget()  # it is of the file that was here before
    os.sync()


def _journal_days(journal: Path) -> set[date]:
    days = set()
    for path in journal.glob("*.jsonl*"):
        with suppress(BadInput):
            days.add(parse_date(path.name.partition(".")[0]))
    return days
