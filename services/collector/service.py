"""The collector's composition root."""

import time
from collections.abc import Callable

from services.collector.context import House, make_context
from services.collector.home_assistant import HomeAssistant
from services.collector.no_house import NoHouse
from services.collector.worker import open_worker
from shared import clock
from shared.config import Config
from shared.reading import HEARTBEAT_INTERVALS
from shared.service import Shell
from shared.sources import heard_topics
from shared.starts import note_start

NAME = "collector"


def run(config: Config) -> int:
    """Collect until SIGTERM or SIGINT; return the exit status."""
    note_start(config.paths.state_dir, NAME, clock.now())
    shell = Shell(NAME, config)
    house = open_house(config, clock.now)
    context = make_context(config, shell, house, clock.now, time.monotonic)
    return shell.run(open_worker(context), devices=heard_topics(config.sources))


def open_house(config: Config, now: Callable[[], float]) -> House:
    """Return the Home Assistant that metrics come from, or what stands in its place."""
    settings = config.home_assistant
    if not settings.entities:
        return NoHouse()
    follow_s = HEARTBEAT_INTERVALS * config.data.interval_s
    return HomeAssistant(settings.url, settings.token, now, follow_s=follow_s)
