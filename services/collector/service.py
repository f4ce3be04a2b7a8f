"""The collector's composition root."""

import time

from services.collector.context import make_context
from services.collector.home_assistant import HomeAssistant
from services.collector.worker import open_worker
from shared import clock
from shared.config import Config
from shared.service import Shell

NAME = "collector"


def run(config: Config) -> int:
    """Collect until SIGTERM or SIGINT; return the exit status."""
    shell = Shell(NAME, config)
    settings = config.home_assistant
    source = HomeAssistant(settings.url, settings.token, clock.now)
    context = make_context(config, shell, source, clock.now, time.monotonic)
    return shell.run(open_worker(context))
