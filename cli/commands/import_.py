"""`power-monitor import`: bring in what the old system, or another program, has written."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from cli.importing.moving import Way, find_files, move_in
from cli.importing.report import report, told
from cli.importing.survey import Rules
from cli.importing.table import TableOptions, columns_of
from cli.output import add_examples, add_json, answer
from cli.reach import add_offline
from cli.settings import settings
from shared import clock
from shared.errors import BadInput, Refused
from shared.option_checks import metric
from shared.option_checks import zone as known_zone
from shared.times import Zone

_INCOMPLETE = 1  # exit status: files were left out
_KINDS = {"samples": False, "means": True, "auto": None}


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Bring readings in from files of the old system (data, daily, weekly, monthly, yearly in "
        "any form) or from tables (CSV). Give all files at once: samples go before means of the "
        "same time. Nothing here is replaced by something that knows less, and what is here "
        "already is left out, so it can be done again. A damaged file is told, with exit status 1, "
        "and keeps no other out."
    )
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="files, or directories of the old system",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="do it on a copy, and tell day by day what changes"
    )
    parser.add_argument(
        "--timezone",
        metavar="NAME",
        help="zone of times without an offset (default: the configured one)",
    )
    parser.add_argument(
        "--keep-zeros",
        action="store_true",
        help="power and voltage both 0 are measurements, not an outage",
    )
    parser.add_argument(
        "--points-are",
        choices=_KINDS,
        default="auto",
        help="means are points 45 minutes or more apart; auto: in files named weekly, monthly or "
        "yearly",
    )
    _configure_tables(parser)
    add_offline(parser)
    add_json(parser)
    add_examples(
        parser,
        "import --dry-run /old/www/html",
        "import /old/www/html/*.json",
        "import meter.csv --map power=Watts --map voltage=Volts:V --time Date,Time",
    )


def _configure_tables(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("tables")
    group.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="METRIC=COLUMN[:UNIT]",
        help="which column is what; again for each metric (default: columns named power_kw, "
        "voltage and so on)",
    )
    group.add_argument(
        "--time", metavar="COLUMN[,COLUMN]", default="", help="the time's column, or date and time"
    )
    group.add_argument(
        "--time-format",
        metavar="FORMAT",
        default="",
        help="as Python's strptime has it, if times are neither ISO 8601 nor like 31.12.2025 23:50",
    )
    group.add_argument("--delimiter", metavar="CHARACTER", default="", help="between cells")
    group.add_argument("--decimal", choices=(".", ","), default="", help="decimal point or comma")
    group.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="TEXT",
        help="a cell that says the value is unknown, beside empty cells, ?, nan, unavailable ...",
    )


def execute(arguments: Namespace) -> int:
    """Import, or tell what an import would do."""
    config = settings(arguments)
    rules = Rules(
        zone=Zone(_zone(arguments.timezone) if arguments.timezone else config.timezone),
        now=clock.now(),
        keep_zeros=arguments.keep_zeros,
        means=_KINDS[arguments.points_are],
    )
    way = Way(arguments.offline, arguments.dry_run)
    outcome = move_in(config, find_files(arguments.paths), _table(arguments), rules, way)
    zone = Zone(config.timezone)
    answer(report(outcome, zone), told(outcome, zone), as_json=arguments.json)
    return _INCOMPLETE if outcome.left_out else 0


def _zone(name: str) -> str:
    try:
        return known_zone(name)
    except BadInput as error:
        raise Refused(f"--timezone {name}: {error}", hint="--timezone Europe/Berlin") from None


def _table(arguments: Namespace) -> TableOptions:
    options = TableOptions(
        columns=columns_of(arguments.map),
        times=tuple(filter(None, arguments.time.split(","))),
        time_format=arguments.time_format,
        decimal=arguments.decimal,
        missing=frozenset(arguments.missing),
    )
    for name in options.columns:
        try:
            metric(name)
        except BadInput as error:
            raise Refused(f"--map {name}: {error}", hint="--map power=COLUMN:W") from None
    delimiter = {"tab": "\t", "\\t": "\t"}.get(arguments.delimiter, arguments.delimiter)
    if len(delimiter) > 1:
        raise Refused("--delimiter: must be one character", hint="--delimiter ';' or tab")
    return replace(options, delimiter=delimiter)
