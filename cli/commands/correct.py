"""`power-monitor correct`: make a wrong reading, stretch of time or day right, for good."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from cli.asker import Asker
from cli.consent import require_consent
from cli.moments import Stretch, parse_moment
from cli.output import add_examples, add_json, write_json, write_lines
from cli.reach import add_offline, reach
from cli.settings import settings
from shared import clock
from shared.errors import BadInput, MonitorError, Refused
from shared.times import Zone

_OF_A_DAY = ("energy_kwh", "export_kwh")
_WHERE_HINT = (
    "the page and daily.json show the times of readings; WHEN --to WHEN corrects all of a stretch, "
    "2026-06-01 a whole day"
)
_UNKNOWN = ("null", "unknown")


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Drop or set what is wrong: a reading by its time, all readings of a stretch, or a day. It "
        "shows what will change and asks. Corrections are kept for ever and win over whatever "
        "arrives later; another correction takes the place of the first. Times are local, unless "
        "they have an offset."
    )
    parser.add_argument(
        "when", metavar="WHEN", help="2026-11-22T08:10, 08:10 of today, or the day 2026-11-22"
    )
    parser.add_argument("--to", metavar="WHEN", help="the end of a stretch, not included")
    change = parser.add_mutually_exclusive_group(required=True)
    change.add_argument("--drop", action="store_true", help="make it unknown")
    change.add_argument(
        "--set",
        action="append",
        metavar="METRIC=VALUE",
        help="give another value, or `unknown`; of a day whose readings are gone only "
        "energy_kwh and export_kwh can be set",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("--yes", action="store_true", help="don't ask")
    add_offline(parser)
    add_json(parser)
    add_examples(
        parser,
        "correct 08:10 --drop",
        "correct 2026-11-21T14:00 --to 2026-11-21T15:00 --set power=300",
        "correct 2026-06-01 --set energy_kwh=9.5",
    )


def execute(arguments: Namespace) -> int:
    """Show, ask, correct, show."""
    config = settings(arguments)
    zone, now = Zone(config.timezone), clock.now()
    first = parse_moment(arguments.when, zone, now)
    until = parse_moment(arguments.to, zone, now) if arguments.to else None
    change = {"drop": True} if arguments.drop else {"set": values(arguments.set)}
    with reach(config, offline=arguments.offline) as there:
        request, plan = _first_that_fits(there, requests(first, until, change, zone))
        if arguments.dry_run or not arguments.json:
            _show(plan, planned(plan, change), as_json=arguments.json)
        if arguments.dry_run:
            return 0
        require_consent("Correct this for good?", given=arguments.yes)
        done = there.ask("aggregator", "correct", request)
    _show(done, result(done), as_json=arguments.json)
    return 0


def values(words: list[str]) -> dict[str, float | None]:
    """Read `METRIC=VALUE` words; raises BadInput."""
    found: dict[str, float | None] = {}
    for word in words:
        name, equals, value = word.partition("=")
        try:
            found[name] = None if value in _UNKNOWN else float(value)
        except ValueError:
            equals = ""
        if not (name and equals):
            raise BadInput(f"can't read {word!r}", hint="--set power=300, or --set power=unknown")
    return found


def requests(
    first: Stretch, until: Stretch | None, change: Mapping[str, Any], zone: Zone
) -> Iterator[dict[str, Any]]:
    """Yield the requests that could be meant: a day's readings first, then the bare day."""
    of_day = {name: value for name, value in change.get("set", {}).items() if name in _OF_A_DAY}
    if until or first.day is None:
        if of_day:
            raise BadInput(f"{next(iter(of_day))} can only be set of a whole day, as 2026-06-01")
        end = until and (until.until if until.day else until.first)
        span = {"from": zone.iso(first.first), "to": zone.iso(end)} if end else {}
        yield {**(span or {"timestamp": zone.iso(first.first)}), **change}
        return
    if not of_day:
        yield {"from": zone.iso(first.first), "to": zone.iso(first.until), **change}
    if of_day == change.get("set", {}):
        bucket = {"timestamp": zone.iso(first.first), **of_day}
        day = {"date": first.day.isoformat()}
        yield {**day, "drop": True} if "drop" in change else {**day, "bucket": bucket}


def _first_that_fits(
    there: Asker, candidates: Iterator[dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a request and what it would change; raises what stands in the way of the last."""
    failure: MonitorError = Refused("energy_kwh and export_kwh can't be set with other metrics")
    for request in candidates:
        try:
            return request, there.ask("aggregator", "correct", {**request, "dry_run": True})
        except MonitorError as error:
            failure = error
    if "{" in failure.hint:  # made for those who write the request themselves
        raise Refused(str(failure), hint=_WHERE_HINT) from None
    raise failure


def planned(plan: Mapping[str, Any], change: Mapping[str, Any]) -> Iterator[str]:
    """Say what will be corrected, and what the days are now."""
    wanted = ", ".join(f"{name} = {_value(value)}" for name, value in change.get("set", {}).items())
    what = f"set to {wanted}" if wanted else "dropped: their time becomes unknown"
    if plan["readings"]:
        count = plan["readings"]
        yield f"{count} reading{'s are' if count > 1 else ' is'} {what}:"
        for point in plan["selected"]:
            yield f"  {point['timestamp']}  {_value(point.get('power'))} W"
        if plan["readings"] > len(plan["selected"]):
            yield f"  and {plan['readings'] - len(plan['selected'])} more"
    else:
        yield f"the day {plan['days'][0]} is {what if wanted else 'dropped'}"
    yield from (f"now:    {_day(day, bucket)}" for day, bucket in plan["before"].items())


def result(done: Mapping[str, Any]) -> Iterator[str]:
    """Say what the days became."""
    for day, bucket in done["after"].items():
        if bucket != done["before"][day] or len(done["after"]) == 1:
            yield f"before: {_day(day, done['before'][day])}"
            yield f"after:  {_day(day, bucket)}"


def _day(day: str, bucket: Mapping[str, Any] | None) -> str:
    if bucket is None:
        return f"{day}  nothing known"
    share = bucket.get("coverage")
    known = "coverage unknown" if share is None else f"{share * 100:.1f} % known"
    return f"{day}  {_value(bucket.get('energy_kwh'))} kWh, {known}"


def _value(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _show(data: Mapping[str, Any], lines: Iterator[str], *, as_json: bool) -> None:
    if as_json:
        write_json(data)
    else:
        write_lines(lines)
