"""Do the services do their work? For container health checks, OpenRC, and after an upgrade.

`python -m cli.run.alive [--within SECONDS] [--since TIME] [--steady SECONDS] [--page ADDRESS PORT]
[SERVICE ...]`: exit status 0 when each service is online and its own loop has told its health
lately, or since a time (Unix), and stays so without being started again; and when the page is
served. What stands in its way (Home Assistant, the disk) is another question: `power-monitor
status` answers that.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from cli.complain import complain
from cli.connection import Connection
from cli.run import services
from cli.run.page import Page
from cli.run.steady import Watch
from shared import clock
from shared.config import Config, load
from shared.errors import BadInput, MonitorError
from shared.messages import ONLINE
from shared.times import parse_timestamp
from shared.topics import Topics

LONGEST_SILENCE_S = 180.0  # a service tells its health once a minute
_PATIENCE_S = 10.0
_RETRY_S = 1.0

Heard = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options, in seconds, with the page to look at and the services that are named."""

    within_s: float = _PATIENCE_S
    since: float | None = None
    steady_s: float = 0.0
    page: tuple[str, int] | None = None
    names: tuple[str, ...] = ()


def main(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Wait until all do their work; name those that don't."""
    config = load(None, environ)
    asked = read(words)
    names = asked.names or services.names(config)
    page = Page(*asked.page, config.web.tls_key is not None) if asked.page else None
    topics = Topics(config.mqtt.base_topic)
    wanted = [topic(name) for name in names for topic in (topics.availability, topics.health)]
    watch = Watch(asked.steady_s, time.monotonic() + asked.within_s)
    heard: Heard = {}
    while True:
        heard |= _kept(config, wanted)
        since = clock.now() - LONGEST_SILENCE_S if asked.since is None else asked.since
        trouble = {name: why for name in names if (why := reason(name, topics, heard, since))}
        if page and (why := page.trouble()):
            trouble["page"] = why
        starts = {name: start for name in names if (start := started(name, topics, heard))}
        if watch.holds(time.monotonic(), trouble, starts):
            return 0
        if watch.is_over(time.monotonic()):
            break
        time.sleep(_RETRY_S)
    sys.stderr.writelines(f"{name}: {why}\n" for name, why in watch.trouble.items())
    return 1


def read(words: Sequence[str]) -> Asked:
    """Read the command line; it comes from our own scripts, so there is nothing to explain."""
    match list(words):
        case ["--within", seconds, *rest]:
            return replace(read(rest), within_s=float(seconds))
        case ["--since", instant, *rest]:
            return replace(read(rest), since=float(instant))
        case ["--steady", seconds, *rest]:
            return replace(read(rest), steady_s=float(seconds))
        case ["--page", address, port, *rest]:
            return replace(read(rest), page=(address, int(port)))
        case names:
            return Asked(names=tuple(names))


def reason(name: str, topics: Topics, heard: Heard, since: float) -> str:
    """Return why a service can't be taken to do its work, "" when it can."""
    if heard.get(topics.availability(name)) != ONLINE:
        return "is not online" if heard else "the broker does not answer"
    try:
        health: Any = orjson.loads(heard.get(topics.health(name), b""))
        told = parse_timestamp(health["timestamp"])
    except (BadInput, KeyError, TypeError, ValueError):
        return "has told no health"
    return "" if told >= since else f"its loop is silent since {health['timestamp']}"


def started(name: str, topics: Topics, heard: Heard) -> float | None:
    """Return when a service says that it was started; None while it says nothing."""
    try:
        health: Any = orjson.loads(heard.get(topics.health(name), b""))
        return parse_timestamp(health["timestamp"]) - float(health["uptime_seconds"])
    except (BadInput, KeyError, TypeError, ValueError):
        return None


def _kept(config: Config, topics: Sequence[str]) -> Heard:
    """Return what the broker keeps at these topics; nothing while it is away."""
    try:
        with Connection(config) as connection:
            return dict(connection.retained(*topics))
    except MonitorError:
        return {}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ))
    except MonitorError as error:
        sys.exit(complain(error))
