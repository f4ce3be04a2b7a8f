"""`power-monitor push`: bring the remote up to date now."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from cli.ground import require_remote
from cli.output import add_examples, add_json, answer
from cli.reach import add_offline, reach
from cli.settings import settings

_HELD = 2  # exit status: understood, and not done


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Push monthly and yearly, finished years and, if configured, finished days' readings. What "
        "others changed there is merged in first."
    )
    parser.add_argument(
        "tier", nargs="?", default="all", choices=("monthly", "yearly", "all"), help="default: all"
    )
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
    lines += [f"{path}: pushed" for path in data["pushed"]]
    lines += [f"{path}: unchanged" for path in data["unchanged"]]
    lines += [f"kept beside: {what}" for what in data["kept_aside"]]
    for path, days in data["held"].items():
        lines.append(f"{path}: not pushed, {len(days)} days are gone here: {', '.join(days[:5])}")
    if data["held"]:
        lines.append("  try: power-monitor fetch, or power-monitor push --force to let them go")
    return lines or ["nothing to push yet"]
