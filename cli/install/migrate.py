"""Carry out migrations on an installation whose services are stopped, each after a backup."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cli.ground import as_owner
from cli.install.migrations import MIGRATIONS, Migration, latest, pending
from shared.atomic import write_durably
from shared.errors import BadInput, Refused, Retryable

LEVEL = "migrated"  # beside what it is about: one for config.json, one in the state directory
_STATE_ARCHIVE = "state.tar.gz"
_PRIVATE = 0o600


def mark(*directories: Path, table: Sequence[Migration] = MIGRATIONS) -> None:
    """Note that everything here is as this version writes it, unless something was noted."""
    for directory in directories:
        if not (directory / LEVEL).exists():
            _note(directory, latest(table))


def migrate_config(
    file: Path, backup: Path, table: Sequence[Migration] = MIGRATIONS
) -> Sequence[Migration]:
    """Bring config.json up to date; return what was done. A copy is in `backup` first."""
    steps = _pending(file.parent, table)
    if not steps:
        return ()
    shutil.copy2(file, _private(backup) / file.name)
    raw = json.loads(file.read_bytes())
    if not isinstance(raw, dict):
        raise BadInput(f"{file}: must be a JSON object")
    changed = raw
    for step in steps:
        changed = step.config(changed)
    if changed != raw:
        there = file.stat()
        text = json.dumps(changed, indent=2, ensure_ascii=False) + "\n"
        write_durably(file, text.encode(), mode=there.st_mode & 0o777)
        os.chown(file, there.st_uid, there.st_gid)
    _note(file.parent, steps[-1].number)
    return steps


def migrate_state(
    state: Path, backup: Path, table: Sequence[Migration] = MIGRATIONS
) -> Sequence[Migration]:
    """Bring the state directory up to date; return what was done. A copy is in `backup` first."""
    steps = _pending(state, table)
    changing = [step for step in steps if step.state]
    if changing:
        _archive(state, _private(backup) / _STATE_ARCHIVE)
    for step in changing:
        if step.state:
            with as_owner(state):
                step.state(state)
    if steps:
        _note(state, steps[-1].number)
    return steps


def restore(file: Path, state: Path, backup: Path) -> None:
    """Put back what `backup` holds of config.json and of the state directory, and their levels."""
    if (kept := backup / file.name).exists():
        there = file.stat()
        write_durably(file, kept.read_bytes(), mode=there.st_mode & 0o777)
        os.chown(file, there.st_uid, there.st_gid)
    for directory, name in ((file.parent, "config"), (state, "state")):
        if (level := backup / f"{LEVEL}.{name}").exists():
            _note(directory, int(level.read_text()))
    if (archive := backup / _STATE_ARCHIVE).exists():
        for child in state.iterdir():
            shutil.rmtree(child) if _is_real_directory(child) else child.unlink()
        _tar("-xzpf", archive, state)


def _is_real_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def is_needed(*directories: Path, table: Sequence[Migration] = MIGRATIONS) -> bool:
    """Whether a migration is still to be done; Refused when a later version was here."""
    return any(_pending(directory, table) for directory in directories)


def remember_levels(file: Path, state: Path, backup: Path) -> None:
    """Write down which migrations config and state had, for `restore`."""
    for directory, name in ((file.parent, "config"), (state, "state")):
        (_private(backup) / f"{LEVEL}.{name}").write_text(f"{_level(directory)}\n")


def _pending(directory: Path, table: Sequence[Migration]) -> Sequence[Migration]:
    done = _level(directory)
    if done > latest(table):
        raise Refused(
            f"{directory} was written by a later version (migration {done})",
            hint="install that version, or bring back a backup from before it",
        )
    return pending(done, table)


def _level(directory: Path) -> int:
    try:
        with as_owner(directory):
            return int((directory / LEVEL).read_text())
    except FileNotFoundError:
        return 0


def _note(directory: Path, number: int) -> None:
    file = directory / LEVEL
    with as_owner(directory):
        write_durably(file, f"{number}\n".encode())


def _private(backup: Path) -> Path:
    backup.mkdir(parents=True, exist_ok=True, mode=0o700)
    return backup


def _archive(state: Path, archive: Path) -> None:
    temporary = archive.with_name(f".{archive.name}")
    _tar("-czpf", temporary, state, ".")
    temporary.chmod(_PRIVATE)
    temporary.rename(archive)


def _tar(action: str, archive: Path, directory: Path, *what: str) -> None:
    """Pack or unpack with the system's tar, which keeps owners and modes."""
    command = ["tar", "-C", str(directory), action, str(archive), *what]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    if outcome.returncode:
        raise Retryable(f"tar failed: {outcome.stderr.strip()}", hint="df -h")
