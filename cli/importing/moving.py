"""The whole of moving in: look at all files, hand over what is new, see what it has changed."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cli.importing.delivery import Delivery
from cli.importing.elements import Unusable
from cli.importing.means import Finer
from cli.importing.readings import readings_of
from cli.importing.report import Outcome
from cli.importing.source import Source
from cli.importing.survey import Rules, Survey, survey
from cli.importing.table import TableOptions
from cli.importing.there import There, difference
from cli.progress import Progress
from cli.reach import reach
from cli.scratch import scratch
from shared.config import Config
from shared.errors import BadInput, Refused
from shared.times import Zone

_KNOWN_NAMES = ("data.json", "daily.json", "weekly.json", "monthly.json", "yearly.json")
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Way:
    """How readings reach the monitor: over the broker, on its files, or only on a copy."""

    offline: bool
    dry_run: bool


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files meant; a directory stands for those the old system kept in it."""
    files = []
    for path in paths:
        if path.is_dir():
            inside = [path / name for name in _KNOWN_NAMES if (path / name).exists()]
            if not inside:
                raise Refused(
                    f"{path}: none of {', '.join(_KNOWN_NAMES)} is in it", hint=f"ls {path}"
                )
            files += inside
        else:
            files.append(path)
    return files


def move_in(
    config: Config, files: Sequence[Path], options: TableOptions, rules: Rules, way: Way
) -> Outcome:
    """Import files.

    Raises Refused, with nothing done, when there is nothing to import, or a mistake that can be
    mended: means that came in without a finer file would keep it out afterwards.
    """
    with Progress() as progress, ExitStack() as stack:
        finer = Finer()
        surveys, left_out = _look(files, options, rules, finer, progress)
        if not (way.offline or way.dry_run):
            _require_state(config)
        if way.dry_run:
            config = stack.enter_context(scratch(config))
        zone = Zone(config.timezone)
        there = There(config.paths.state_dir, zone)
        before = there.book()
        for day in there.measured_days():
            finer.samples.note(zone.day_start(day), zone.day_end(day))
        with reach(config, offline=way.offline or way.dry_run) as asker:
            told = _counted(progress, "{:,.0f} readings handed over", 1)
            delivery = Delivery(asker, there, zone, told)
            for found in surveys:
                for reading in readings_of(found, rules, finer):
                    delivery.take(reading)
            delivery.flush()
        return Outcome(
            surveys=surveys,
            left_out=left_out,
            days=difference(before, there.book()),
            new_readings=delivery.new,
            already=delivery.already,
            complete_days=delivery.complete,
            today=zone.day_of(rules.now),
            local_zone=rules.zone.name,
            dry_run=way.dry_run,
        )


def _require_state(config: Config) -> None:
    """Refuse where the running monitor keeps nothing: what is there already could not be seen."""
    state = config.paths.state_dir
    if not state.is_dir():
        raise Refused(
            f"no monitor keeps its state in {state}",
            hint="run this where the aggregator runs, with its configuration",
        )


def _look(
    files: Sequence[Path],
    options: TableOptions,
    rules: Rules,
    finer: Finer,
    progress: Progress,
) -> tuple[list[Survey], dict[Path, str]]:
    """Return what is in the files, and those that nobody can use, with the reason."""
    surveys: list[Survey] = []
    left_out: dict[Path, str] = {}
    mistakes, hints = [], []
    for path in files:
        told = _counted(progress, f"{path.name}: looking, {{:,.1f}} MB", _MEGABYTE)
        try:
            surveys.append(survey(Source(path, options, told), rules, finer))
        except Unusable as error:
            left_out[path] = str(error)
        except BadInput as error:
            mistakes.append(f"{path}: {error}")
            hints.append(error.hint)
    if not mistakes and not any(found.points for found in surveys):
        mistakes = [f"{found.source.path}: {found.nothing}" for found in surveys]
        mistakes += [f"{path}: {why}" for path, why in left_out.items()]
        hints = [_hint(files[0])]
    if mistakes:
        text = "\n".join([*mistakes, "nothing was imported"])
        raise Refused(text, hint=hints[0] or _hint(files[0]))
    return surveys, left_out


def _hint(path: Path) -> str:
    if path.name.startswith("config"):
        return f"power-monitor config convert {path}, if it is the old system's configuration"
    return "power-monitor import OTHER-FILES; docs/migration.md says what can be read"


def _counted(progress: Progress, text: str, unit: float) -> Callable[[int], None]:
    total = 0

    def told(count: int) -> None:
        nonlocal total
        total += count
        progress.show(text.format(total / unit))

    return told
