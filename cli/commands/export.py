"""`power-monitor export`: take the data out, for a spreadsheet or another program."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path

from cli.exporting.formats import FORMATS
from cli.exporting.points import DAYS, KINDS, READINGS, Points, Range, open_points
from cli.moments import parse_moment
from cli.output import add_examples, add_json, write_json
from cli.settings import settings
from shared import clock
from shared.atomic import replacing
from shared.config import Config
from shared.errors import Refused
from shared.times import LATEST_TIMESTAMP, Zone

_STDOUT = Path("-")


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Write what the monitor knows: one of its four files; all days it has ever known (days); "
        "or the readings of the last ten days and more (readings)."
    )
    parser.add_argument("what", nargs="?", default=DAYS, choices=KINDS, help="default: days")
    parser.add_argument("--from", dest="since", metavar="TIME", help="a day, or a time of a day")
    parser.add_argument(
        "--to", dest="until", metavar="TIME", help="a day, which is included, or a time"
    )
    parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    parser.add_argument(
        "--output", type=Path, default=_STDOUT, metavar="FILE", help="default: stdout"
    )
    add_json(parser)
    add_examples(
        parser,
        "export --output days.csv",
        "export days --from 2026-01-01 --to 2026-12-31 --format json",
        "export readings --from 2026-11-21 --format jsonl",
        "export weekly --output week.csv",
    )


def execute(arguments: Namespace) -> int:
    """Write the points."""
    config = settings(arguments)
    zone = Zone(config.timezone)
    with open_points(arguments.what, config, _range(arguments, zone)) as points:
        _require_some(arguments.what, points, config)
        form = "json" if arguments.json and arguments.output == _STDOUT else arguments.format
        head = {"tier": arguments.what, "timezone": zone.name}
        if config.tariff and arguments.what != READINGS:
            head["currency"] = config.tariff.currency
        written = FORMATS[form](points, head)
        if arguments.output == _STDOUT:
            _to_stdout(written)
            return 0
        size = _to_file(arguments.output, written)
    if arguments.json:
        write_json({"output": str(arguments.output), "format": form, "bytes": size})
    else:
        sys.stderr.write(f"{arguments.output}: {size} bytes\n")
    return 0


def _range(arguments: Namespace, zone: Zone) -> Range:
    now = clock.now()
    since = parse_moment(arguments.since, zone, now).first if arguments.since else 0.0
    until = parse_moment(arguments.until, zone, now).until if arguments.until else LATEST_TIMESTAMP
    if until <= since:
        raise Refused("--to is not later than --from", hint="--from 2026-11-01 --to 2026-11-30")
    return Range(since, until)


def _require_some(what: str, points: Points, config: Config) -> None:
    if next(points(), None) is None:
        other = DAYS if what == READINGS else READINGS
        raise Refused(
            f"there are no {what} of that time in {config.paths.state_dir}",
            hint=f"power-monitor export {other}, or another --from and --to",
        )


def _to_stdout(parts: Iterable[bytes]) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _to_file(path: Path, parts: Iterable[bytes]) -> int:
    with replacing(path, durable=False) as file:
        for part in parts:
            file.write(part)
        return file.tell()
