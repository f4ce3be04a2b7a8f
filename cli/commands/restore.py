"""`power-monitor restore FILE`: a backup in the place of what is here."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cli.backup_config import place_for, saved_config, without_its_secrets
from cli.backup_read import Backup, opened, read_backup
from cli.consent import require_consent
from cli.output import add_examples, add_json, answer
from cli.progress import Progress
from cli.run.places import placed, write_private
from cli.settings import raw_settings, settings
from cli.spans import size
from shared import clock
from shared.config import Config
from shared.errors import NoConfig


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Check a backup, every file against its checksum, and put it in place: on a new board, or "
        "with --force over the history that is here, which is kept in before-restore-<time> in the "
        "state directory. The monitor must be stopped. Where there is no configuration the one of "
        "the backup is written; its tokens have to be given again: power-monitor setup."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup")
    parser.add_argument("--force", action="store_true", help="replace the history that is here")
    parser.add_argument("--check", action="store_true", help="only check the backup")
    parser.add_argument("--yes", action="store_true", help="don't ask before replacing")
    add_json(parser)
    add_examples(parser, "restore monitor.tar.gz", "restore monitor.tar.gz --check")


def execute(arguments: Namespace) -> int:
    """Check, ask, restore."""
    with Progress() as progress:
        progress.show("checking every file of the backup")
        with opened(arguments.file) as file:
            backup = read_backup(arguments.file, file, None)
    data = {"made": backup.made, "version": backup.version, "files": len(backup.files)}
    if arguments.check:
        answer(data, told(arguments.file, backup), as_json=arguments.json)
        return 0
    place = place_for(arguments.config, os.environ)
    fresh = _has_none(arguments.config)
    content = saved_config(arguments.file)
    if fresh:
        config = placed(without_its_secrets(content, place), arguments.var)
    else:
        config = settings(arguments)
    if arguments.force:
        state = config.paths.state_dir
        question = f"Replace the history in {state} by that of {backup.made}?"
        require_consent(question, given=arguments.yes)
    before = _restore(arguments, config)
    if fresh:
        write_private(place, content.decode())
    data |= {"state": str(config.paths.state_dir), "before": before and str(before)}
    lines = [*told(arguments.file, backup), *_afterwards(config, before, place if fresh else None)]
    answer(data | {"config": str(place) if fresh else None}, lines, as_json=arguments.json)
    return 0


def told(file: Path, backup: Backup) -> Iterator[str]:
    """Say what an archive holds."""
    years = sorted(name[11:15] for name in backup.files if name.startswith("state/book/"))
    days = sorted(name[14:24] for name in backup.files if name.startswith("state/journal/"))
    yield f"{file}: whole, of {backup.made}, by version {backup.version}"
    yield f"  {len(backup.files)} files, {size(backup.bytes)}"
    if years:
        yield f"  years {years[0]} to {years[-1]}"
    if days:
        yield f"  readings from {days[0]} to {days[-1]}"


def _restore(arguments: Namespace, config: Config) -> Path | None:
    from cli.restoring import restore  # noqa: PLC0415 - brings the services along

    stamp = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    with Progress() as progress:
        progress.show("putting the files in place")
        return restore(arguments.file, config, force=arguments.force, stamp=stamp)


def _afterwards(config: Config, before: Path | None, written: Path | None) -> Iterator[str]:
    yield f"restored into {config.paths.state_dir} and {config.paths.data_dir}"
    if before:
        yield f"what was here before: {before} (delete it when you need it no more)"
    if written:
        yield f"the configuration is {written}, without its tokens"
        yield "  next: power-monitor setup asks for them, with the old answers as defaults"
    else:
        yield "  next: start the monitor; it makes today's file from the readings"
        yield "  (sudo systemctl start power-monitor.target where it is installed)"


def _has_none(config: Path | None) -> bool:
    try:
        raw_settings(config)
    except NoConfig:
        return True
    return False
