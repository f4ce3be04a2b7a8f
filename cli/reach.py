"""The way to the services: over the broker, or with `--offline` straight to their cores."""

from argparse import ArgumentParser
from contextlib import AbstractContextManager

from cli.asker import Asker
from shared.config import Config


def add_offline(parser: ArgumentParser) -> None:
    """Declare `--offline`."""
    parser.add_argument(
        "--offline",
        action="store_true",
        help="work on the files directly; only while the monitor is stopped",
    )


def add_tier(parser: ArgumentParser, *tiers: str) -> None:
    """Declare which of the files is asked for, by default all that can be."""
    parser.add_argument(
        "tier", nargs="?", default="all", choices=(*tiers, "all"), help="default: all"
    )


def reach(config: Config, *, offline: bool = False) -> AbstractContextManager[Asker]:
    """Return who carries out requests, to be used in a `with` statement."""
    if offline:
        from cli.offline import Offline  # noqa: PLC0415 - brings the aggregator along

        return Offline(config)
    from cli.request import Requester  # noqa: PLC0415 - brings paho along

    return Requester(config)
