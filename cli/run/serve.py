"""Become the own broker or the own web server: for systemd and OpenRC, which run each alone.

`python -m cli.run.serve broker`, `python -m cli.run.serve web ADDRESS PORT`: write what the server
reads, as `power-monitor run` does before each start, then be that server. The pid stays.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from cli.complain import complain
from cli.run import backoff, ports
from cli.run.broker import NAME as BROKER
from cli.run.broker import OwnBroker, known_port
from cli.run.places import RunPlaces, executable, make_private, write_private
from cli.run.web import OwnWeb
from shared import leaks
from shared.config import Config, load
from shared.config_secrets import without_variables
from shared.errors import ConfigError, MonitorError, Refused, Retryable
from shared.sources import heard_topics

_USAGE = "python -m cli.run.serve broker, or: python -m cli.run.serve web ADDRESS PORT"


def serve(words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by the server that `words` name; MonitorError when it can't be."""
    leaks.prevent()
    config = load(None, environ)
    places = RunPlaces(config.paths.state_dir)
    make_private(places.run)
    match list(words):
        case ["broker"]:
            arguments = broker(config, places)
        case ["web", address, port] if port.isdecimal():
            arguments = web(config, places, address, int(port))
        case _:
            raise Refused("that is no server of ours", hint=_USAGE)
    os.execve(arguments[0], arguments, without_variables(environ))  # noqa: S606 - no shell is wanted


def broker(config: Config, places: RunPlaces) -> list[str]:
    """Write the broker's files; return its command line."""
    own = _broker(config, places)
    uptime_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    own.prepare(count_start(places.run / "broker-starts", places.broker_database, uptime_s))
    return own.arguments


def web(config: Config, places: RunPlaces, address: str, port: int) -> list[str]:
    """Write the web server's files; return its command line."""
    own = _broker(config, places) if config.mqtt.host is None else None
    if own and not own.port:
        raise Retryable("our own broker was never started", hint="start it first")
    server = OwnWeb(config, places, _installed("lighttpd"), broker=own, address=address, port=port)
    try:
        server.prepare(0)
    except OSError as error:
        raise Retryable(str(error), hint=f"who has it? ss -ltnp 'sport = :{port}'") from None
    return server.arguments


def _broker(config: Config, places: RunPlaces) -> OwnBroker:
    """Return the broker at the port it had last time: the services were told that one."""
    port = ports.remembered(places.ports).get(BROKER)
    heard = heard_topics(config.sources)
    found, address = _installed("mosquitto"), config.mqtt.listen
    port = known_port(config.mqtt, address) or port
    return OwnBroker(config.mqtt, places, found, address=address, port=port, heard=heard)


def _installed(name: str) -> Path:
    found = executable(name)
    if found is None:
        raise ConfigError(f"{name} is not installed", hint=f"install the package {name}")
    return found


def count_start(file: Path, database: Path, uptime_s: float) -> int:
    """Note a start; return how many before it failed, one after the other.

    Nobody tells us how the last run ended. One that came up saved its database when it was
    stopped; one that failed left it alone, and this start follows soon.
    """
    try:
        before, started = file.read_text().split()
        failures, ran_s = int(before), uptime_s - float(started)
        saved = database.exists() and database.stat().st_mtime > file.stat().st_mtime
    except (OSError, ValueError):
        failures, ran_s, saved = 0, 0.0, True
    soon = 0 < ran_s < backoff.STEADY_S
    count = backoff.failures(failures, ran_s) if soon and not saved else 0
    write_private(file, f"{count} {uptime_s:.1f}\n")
    return count


if __name__ == "__main__":
    try:
        serve(sys.argv[1:], os.environ)
    except MonitorError as error:
        sys.exit(complain(error))
