"""The resident services as forked children of one process that imported once what they share."""

import gc
import os
from collections.abc import Callable
from importlib import import_module

from cli.run.heart import Heart
from cli.run.program import Program
from shared.config import Config
from shared.service import SUPERVISOR_VARIABLE

_STAGE = 2  # after broker and web server
# What only one needs is imported by that one: else it would be there twice, untouched among what is
# shared and again where it is used, because using an object writes to it.
_SHARED = ("shared.service", "shared.connection")


def names(config: Config) -> tuple[str, ...]:
    """Return the services this configuration needs."""
    return ("collector", "aggregator", *(("syncer",) if config.github or config.remote else ()))


def programs(config: Config, effective: Callable[[], Config]) -> list[Program]:
    """Return the services; `effective` is asked for the configuration at each start."""
    return [_service(name, effective) for name in names(config)]


def _service(name: str, effective: Callable[[], Config]) -> Program:
    package = f"services.{name}.service"
    supervisor = str(os.getpid())
    heart = Heart()

    def prepare(failures: int) -> None:
        for module in _SHARED:
            import_module(module)  # here, so that those who start together share it
        gc.collect()
        gc.freeze()  # keeps the collector's hands off what is imported, so that pages stay shared
        heart.renew(failures)

    def body() -> int:
        heart.lend()
        os.environ[SUPERVISOR_VARIABLE] = supervisor
        status: int = import_module(package).run(effective())
        return status

    return Program(name, body, stage=_STAGE, prepare=prepare, stuck=heart.stopped, heart=heart)
