"""`power-monitor fetch`: bring the history back from the remote."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

import orjson

from cli.request import Requester
from shared.config import load

_DAY_TIMEOUT_S = 1800.0  # a day at a reading a second, on a small board
_WORDS = {
    "new": "comes back",
    "theirs": "is replaced by the remote's",
    "ours": "stays as it is here",
}


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Fetch what is at the remote and merge it into what is here, day by day; a copy of what "
        "was here before is kept. With --archive bring archived readings back, too."
    )
    parser.add_argument(
        "tier", nargs="?", default="all", choices=("monthly", "yearly", "all"), help="default: all"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only tell, day by day, what would change"
    )
    parser.add_argument(
        "--archive",
        metavar="PERIOD",
        help="bring back the readings of a month such as 2026-11, a year or a day",
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def execute(arguments: Namespace) -> int:
    """Ask the syncer to fetch."""
    config = load(arguments.config, os.environ)
    with Requester(config) as requester:
        if arguments.archive:
            data = _archive(requester, arguments)
        else:
            asked = {"tier": arguments.tier, "dry_run": arguments.dry_run}
            data = requester.ask("syncer", "fetch", asked)
    if arguments.json:
        sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif not arguments.archive:
        sys.stdout.writelines(f"{line}\n" for line in told(data))
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
    return f"{entry['date']}: here {_kwh(here)}, there {_kwh(there)}: {_WORDS[entry['change']]}"


def _kwh(energy: float | None) -> str:
    return "nothing" if energy is None else f"{energy:.3f} kWh"


def _archive(requester: Requester, arguments: Namespace) -> dict[str, Any]:
    """Bring a period back one day after the other, so that there is progress to see."""
    found = requester.ask("syncer", "fetch", {"archive": arguments.archive, "dry_run": True})
    days: list[str] = found["days"]
    quiet = arguments.json
    if not quiet:
        sys.stdout.write(f"{len(days)} days of {arguments.archive} are in the archive\n")
    done: dict[str, Any] = {}
    for number, day in enumerate([] if arguments.dry_run else days, start=1):
        done |= requester.ask("syncer", "fetch", {"archive": day}, _DAY_TIMEOUT_S)["days"]
        if not quiet:
            counts = ", ".join(f"{count} {name}" for name, count in done[day].items() if count)
            sys.stdout.write(f"{number}/{len(days)} {day}: {counts}\n".replace("_", " "))
            sys.stdout.flush()
    return {"days": days if arguments.dry_run else done, "dry_run": arguments.dry_run}
