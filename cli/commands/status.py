"""`power-monitor status`: how it is, on one screen."""

from argparse import ArgumentParser, Namespace

from cli.output import add_examples, add_json, answer
from cli.settings import settings

_NOT_RUNNING = 1


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Show how the monitor is: services, last reading, today's energy and cost, files, remote, "
        "what comes next, and what is in the way. The exit status is 0 when all services run and "
        "the page is served."
    )
    add_json(parser)
    add_examples(parser, "status", "status --json")


def execute(arguments: Namespace) -> int:
    """Look and show."""
    from cli.overview import look  # noqa: PLC0415 - brings paho along
    from cli.status_screen import screen  # noqa: PLC0415 - the same
    from cli.terminal import here  # noqa: PLC0415 - the same
    from shared import clock  # noqa: PLC0415 - the same

    seen = look(settings(arguments), clock.now())
    answer(seen.document(), screen(seen, here()), as_json=arguments.json)
    return 0 if seen.running else _NOT_RUNNING
