"""`power-monitor push`: bring the remote up to date now."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from cli.ground import require_remote
from cli.output import add_examples, add_json, answer
from cli.reach import add_offline, add_tier, reach
from cli.settings import settings

_HELD = 2  # exit status: understood, and not done
_NAMED_DAYS = 5
_HELD_WORDS = {
    "ahead": (
        "days there are not over yet by the clock here",
        "is the clock right? date; if it is, and they may go: power-monitor push --force",
    ),
    "dropped": (
        "days that were dropped here are still there",
        "to let them go there, too: power-monitor push --force",
    ),
    "lost": (
        "days are gone here and there",
        "try: power-monitor fetch --archive MONTH; to let them go: power-monitor push --force",
    ),
}


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Push monthly and yearly, finished years and, if configured, finished days' readings. What "
        "others changed there is merged in first."
    )
    add_tier(parser, "monthly", "yearly")
    parser.add_argument(
        "--force", action="store_true", help="push although days are gone that are there"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be pushed")
    add_offline(parser)
    add_json(parser)
    add_examples(parser, "push", "push --dry-run", "push monthly --offline")


def execute(arguments: Namespace) -> int:
    """Ask the syncer to push."""
    asked = {"tier": arguments.tier, "force": arguments.force, "dry_run": arguments.dry_run}
    config = settings(arguments)
    require_remote(config)
    with reach(config, offline=arguments.offline) as there:
        data = there.ask("syncer", "push", asked)
    answer(data, told(data), as_json=arguments.json)
    return _HELD if data.get("held") else 0


def told(data: Mapping[str, Any]) -> list[str]:
    """Say what a push did, or would do, in a person's words."""
    if "would" in data:
        return [f"{path}: {what}" for path, what in data["would"].items()]
    lines = [f"{path}: {len(days)} days merged in" for path, days in data["merged"].items()]
    healed = data["healed"].items()
    lines += [
        f"{path}: {len(days)} days put back that the remote had lost" for path, days in healed
    ]
    lines += [f"{path}: pushed" for path in data["pushed"]]
    lines += [f"{path}: unchanged" for path in data["unchanged"]]
    lines += [f"kept beside: {what}" for what in data["kept_aside"]]
    for path, days in data["held"].items():
        text, hint = _HELD_WORDS[data["held_because"][path]]
        lines += [f"{path}: not pushed, {text}: {_listed(days)}", f"  {hint}"]
    return lines or ["nothing to push yet"]


def _listed(days: Sequence[str]) -> str:
    return ", ".join(days) if len(days) <= _NAMED_DAYS else f"{days[0]} to {days[-1]}"
