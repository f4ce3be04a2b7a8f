"""`power-monitor fetch`: bring the history back from the remote."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from cli.asker import Asker
from cli.ground import require_remote
from cli.output import add_examples, add_json, answer
from cli.reach import add_offline, add_tier, reach
from cli.settings import settings
from shared.errors import Refused

_DAY_TIMEOUT_S = 1800.0  # a day at a reading a second, on a small board
_WORDS = {
    "new": "comes back",
    "theirs": "is replaced by the remote's",
    "ours": "stays as it is here",
    "corrected": "stays as a person corrected it here",
    "ahead": "is left there: it is not over yet by the clock here",
}


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Fetch what is at the remote and merge it into what is here, day by day; a copy of what "
        "was here before is kept. With --archive bring archived readings back, too."
    )
    add_tier(parser, "monthly", "yearly")
    parser.add_argument(
        "--dry-run", action="store_true", help="only tell, day by day, what would change"
    )
    parser.add_argument(
        "--archive",
        metavar="PERIOD",
        help="bring back the readings of a month such as 2026-11, a year or a day",
    )
    add_offline(parser)
    add_json(parser)
    add_examples(
        parser,
        "fetch --dry-run",
        "fetch yearly",
        "fetch --archive 2026-11",
        "fetch --offline",
    )


def execute(arguments: Namespace) -> int:
    """Ask the syncer to fetch."""
    config = settings(arguments)
    require_remote(config)
    with reach(config, offline=arguments.offline) as there:
        if arguments.archive:
            data = _archive(there, arguments)
        else:
            asked = {"tier": arguments.tier, "dry_run": arguments.dry_run}
            data = there.ask("syncer", "fetch", asked)
    answer(data, [] if arguments.archive else told(data), as_json=arguments.json)
    return 0


def told(data: Mapping[str, Any]) -> list[str]:
    """Say what a fetch did, or would do, in a person's words."""
    lines = []
    for path, there in data["files"].items():
        if "unreadable" in there:
            lines.append(f"{path}: can't be read: {there['unreadable']}")
            continue
        lines.append(f"{path}: {there['remote_days']} days there, {len(there['days'])} differ")
        lines += [f"  {_day(entry)}" for entry in there["days"]]
    if data.get("copy_of_before"):
        lines.append(f"what was here before: {data['copy_of_before']}")
    return lines


def _day(entry: Mapping[str, Any]) -> str:
    here, there = entry["here_kwh"], entry["there_kwh"]
    # The energy is shown; where it looks the same, what is not.
    beside = "" if _kwh(here) != _kwh(there) else _differing(entry.get("differs", ()))
    what = f"here {_kwh(here)}, there {_kwh(there)}{beside}"
    return f"{entry['date']}: {what}: {_WORDS[entry['change']]}"


def _differing(names: Sequence[str]) -> str:
    return f" (other {', '.join(names)})" if names else ""


def _kwh(energy: float | None) -> str:
    return "nothing" if energy is None else f"{energy:.3f} kWh"


def _archive(there: Asker, arguments: Namespace) -> dict[str, Any]:
    """Bring a period back one day after the other, so that there is progress to see."""
    asked = {"archive": arguments.archive, "dry_run": True}
    days: list[str] = there.ask("syncer", "fetch", asked)["days"]
    if not days:
        raise Refused(
            f"nothing of {arguments.archive} is in the archive",
            hint="power-monitor fetch --archive YEAR --dry-run names the days of a year",
        )
    if not arguments.json:
        sys.stdout.write(f"{len(days)} days of {arguments.archive} are in the archive\n")
    if arguments.dry_run:
        if not arguments.json:
            sys.stdout.writelines(f"  {day}\n" for day in days)
        return {"days": days, "dry_run": True}
    done: dict[str, Any] = {"days": {}, "copy_of_before": None}
    for number, day in enumerate(days, start=1):
        # One copy, of what was there before the first day.
        asked = {"archive": day, "copy": number == 1}
        answer = there.ask("syncer", "fetch", asked, _DAY_TIMEOUT_S)
        done["days"] |= answer["days"]
        done["copy_of_before"] = done["copy_of_before"] or answer["copy_of_before"]
        if not arguments.json:
            _progress(f"{number}/{len(days)} {day}", answer["days"].get(day, {}))
    if done["copy_of_before"] and not arguments.json:
        sys.stdout.write(f"what was here before: {done['copy_of_before']}\n")
    return done


def _progress(what: str, taken: Mapping[str, int]) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in taken.items() if count)
    sys.stdout.write(f"{what}: {counts or 'nothing'}\n".replace("_", " "))
    sys.stdout.flush()
