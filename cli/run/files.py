"""Write the broker's and the web server's files and stop: for containers, where others run them.

`python -m cli.run.files BROKER_HOST`, with the configuration found as everywhere else.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.complain import complain
from cli.run.broker import OwnBroker
from cli.run.places import RunPlaces, make_private
from cli.run.web import OwnWeb
from shared.config import load
from shared.errors import MonitorError
from shared.sources import heard_topics

BROKER_PORT = 1883
WEB_PORT = 8080
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a container's own network; what is published is decided outside


_WITH_SYNCER = """\
A remote is configured. Its container starts with the profile `remote` only:
  docker compose --profile remote up --detach
or for good, with this line in .env beside docker-compose.yml: COMPOSE_PROFILES=remote
"""


def write(broker_host: str, environ: Mapping[str, str]) -> str:
    """Write everything below paths.state_dir; return what a person should know, "" for nothing.

    Passwords that are there stay as they are.
    """
    config = load(None, environ)
    places = RunPlaces(config.paths.state_dir)
    make_private(places.run)
    broker = OwnBroker(
        config.mqtt,
        places,
        Path("mosquitto"),
        address=_EVERYWHERE,
        host=broker_host,
        port=BROKER_PORT,
        heard=heard_topics(config.sources),
    )
    broker.prepare(0)
    web = OwnWeb(
        config, places, Path("lighttpd"), broker=broker, address=_EVERYWHERE, port=WEB_PORT
    )
    web.write()
    return _WITH_SYNCER if config.github or config.remote else ""


if __name__ == "__main__":
    try:
        sys.stdout.write(write(sys.argv[1], os.environ))
    except MonitorError as error:
        sys.exit(complain(error))
