"""`power-monitor backup FILE`: everything that must survive, in one file."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import orjson

from cli.backup_read import opened, read_backup
from cli.backup_write import write_backup
from cli.output import add_examples, add_json, answer
from cli.progress import Progress
from cli.settings import raw_settings, settings
from cli.spans import size
from shared import clock
from shared.config import Config
from shared.config_secrets import without_secrets
from shared.errors import Refused
from shared.times import Zone


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Save journal, book, corrections, the four files, what the services remember and the "
        "configuration without its secrets in one compressed file, and read it back to be sure. "
        "The monitor may go on meanwhile. Passwords and tokens are not in it; keep it private all "
        "the same: consumption shows when people are at home."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where to, such as monitor.tar.gz")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    add_json(parser)
    add_examples(parser, "backup monitor.tar.gz", "backup /media/stick/monitor.tar.gz --force")


def execute(arguments: Namespace) -> int:
    """Write, then verify."""
    config, target = settings(arguments), arguments.file
    _require_place(config, target, force=arguments.force)
    made = Zone(config.timezone).iso(round(clock.now()))
    with Progress() as progress:
        write_backup(
            target, config.paths, _shareable(arguments.config), made=made, tell=progress.show
        )
        progress.show("reading it back")
        with opened(target) as file:
            backup = read_backup(target, file, None)
    stored = target.stat().st_size
    data: dict[str, Any] = {
        "file": str(target),
        "bytes": stored,
        "files": len(backup.files),
        "made": backup.made,
    }
    line = f"{target}: {len(backup.files)} files, {size(stored)}, read back and whole"
    answer(data, [line], as_json=arguments.json)
    return 0


def _require_place(config: Config, target: Path, *, force: bool) -> None:
    state, data = config.paths.state_dir, config.paths.data_dir
    if not (state / "book").is_dir() and not (state / "journal").is_dir():
        raise Refused(
            f"{state}: there is no history", hint="--config or --var name the monitor that is meant"
        )
    if target.absolute().parent.is_relative_to(data.absolute()):
        raise Refused(f"{data} is shown to whoever opens the page", hint="choose another directory")
    if target.exists() and not force:
        raise Refused(f"{target} is there already", hint="choose another name, or add --force")
    if not target.absolute().parent.is_dir():
        raise Refused(f"{target.parent}: there is no such directory")


def _shareable(path: Path | None) -> bytes:
    _, raw = raw_settings(path)
    return orjson.dumps(without_secrets(raw), option=orjson.OPT_INDENT_2)
