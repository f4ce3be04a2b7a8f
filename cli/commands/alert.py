"""`power-monitor alert test`: see whether alerts arrive where they should."""

from argparse import ArgumentParser, Namespace

from cli.output import add_examples, add_json, answer
from cli.settings import settings


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Send a test to the webhook, as a real alert would be sent, and say whether it was taken. "
        "Which alerts are on is told by `power-monitor status`."
    )
    parser.add_argument("action", choices=("test",), help="what to do")
    add_json(parser)
    add_examples(parser, "alert test", "alert test --json")


def execute(arguments: Namespace) -> int:
    """Ask the aggregator, who sends all alerts."""
    from cli.request import Requester  # noqa: PLC0415 - brings paho along

    with Requester(settings(arguments)) as requester:
        data = requester.ask("aggregator", "alert", {"action": arguments.action})
    answer(data, ["the webhook took the test; look whether it arrived"], as_json=arguments.json)
    return 0
