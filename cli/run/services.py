"""The resident services as forked children of one process that imported everything once."""

import gc
import os
from collections.abc import Callable
from importlib import import_module

from cli.run.heart import Heart
from cli.run.program import Program
from shared.config import Config
from shared.service import SUPERVISOR_VARIABLE

_STAGE = 2  # after broker and web server


def names(config: Config) -> tuple[str, ...]:
    """Return the services this configuration needs."""
    return ("collector", "aggregator", *(("syncer",) if config.github or config.remote else ()))


def programs(config: Config, effective: Callable[[], Config]) -> list[Program]:
    """Import the services; `effective` is asked for the configuration at each start."""
    return [_service(name, effective) for name in names(config)]


def share_memory() -> None:
    """Keep the collector's hands off what is imported, so that its pages stay shared."""
    gc.collect()
    gc.freeze()


def _service(name: str, effective: Callable[[], Config]) -> Program:
    run = import_module(f"services.{name}.service").run

    supervisor = str(os.getpid())
    heart = Heart()

    def body() -> int:
        heart.lend()
        os.environ[SUPERVISOR_VARIABLE] = supervisor
        status: int = run(effective())
        return status

    return Program(name, body, stage=_STAGE, prepare=heart.renew, stuck=heart.stopped)
