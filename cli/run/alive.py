"""Do the services do their work? For container health checks, OpenRC, and after an upgrade.

`python -m cli.run.alive [--within SECONDS] [--since TIME] [SERVICE ...]`: exit status 0 when each
service is online and its own loop has told its health lately, or since a time (Unix). What stands
in its way (Home Assistant, the disk) is another question: `power-monitor status` answers that.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from cli.complain import complain
from cli.connection import Connection
from cli.run import services
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


def main(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Wait until all do their work; name those that don't."""
    config = load(None, environ)
    options, names = _read(words)
    names = names or list(services.names(config))
    topics = Topics(config.mqtt.base_topic)
    wanted = [topic(name) for name in names for topic in (topics.availability, topics.health)]
    deadline = time.monotonic() + options.get("--within", _PATIENCE_S)
    heard: Heard = {}
    while True:
        heard |= _kept(config, wanted)
        since = options.get("--since", clock.now() - LONGEST_SILENCE_S)
        silent = {name: why for name in names if (why := reason(name, topics, heard, since))}
        if not silent:
            return 0
        if time.monotonic() > deadline:
            break
        time.sleep(_RETRY_S)
    sys.stderr.writelines(f"{name}: {why}\n" for name, why in silent.items())
    return 1


def _read(words: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    """Return options with their values, and the services named."""
    options, names = {}, list(words)
    while names and names[0] in {"--within", "--since"}:
        options[names[0]] = float(names[1])
        names = names[2:]
    return options, names


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
