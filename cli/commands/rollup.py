"""`power-monitor rollup`: bring the files up to date now."""

from argparse import ArgumentParser, Namespace

from cli.output import add_examples, add_json, answer
from cli.reach import add_offline, add_tier, reach
from cli.settings import settings


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Make finished days that are not made yet, and bring weekly, monthly and yearly up to "
        "date. This happens by itself every night and at each start; a file is written only if a "
        "point of it changes."
    )
    add_tier(parser, "weekly", "monthly", "yearly")
    add_offline(parser)
    add_json(parser)
    add_examples(parser, "rollup", "rollup weekly", "rollup --offline")


def execute(arguments: Namespace) -> int:
    """Ask the aggregator to roll up."""
    with reach(settings(arguments), offline=arguments.offline) as there:
        data = there.ask("aggregator", "rollup", {"tier": arguments.tier})
    lines = (f"{tier}.json: {points} points" for tier, points in data["tiers"].items())
    answer(data, lines, as_json=arguments.json)
    return 0
