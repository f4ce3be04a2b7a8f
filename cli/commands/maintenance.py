"""`power-monitor maintenance on|off|toggle`: say that somebody works on the house."""

from argparse import ArgumentParser, Namespace

from cli.output import add_examples, add_json, answer
from cli.settings import settings


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Switch maintenance on or off; it survives a restart. Readings are kept either way; while "
        "it is on no alert is raised and no static site published."
    )
    parser.add_argument("state", choices=("on", "off", "toggle"), help="what it shall be")
    add_json(parser)
    add_examples(parser, "maintenance on", "maintenance toggle")


def execute(arguments: Namespace) -> int:
    """Ask the collector, who keeps the state."""
    from cli.request import Requester  # noqa: PLC0415 - brings paho along

    with Requester(settings(arguments)) as requester:
        data = requester.maintain(arguments.state)
    answer(data, [f"maintenance is {data['maintenance']}"], as_json=arguments.json)
    return 0
