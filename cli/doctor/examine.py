"""The whole examination: one part after the other, none kept from its turn by another's trouble."""

import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.complain import hint_of
from cli.doctor import broker, files, house, machine, page, remote, sources, webhook
from cli.doctor.finding import Finding, Findings, fail, ok
from cli.ground import as_root
from cli.overview import look
from cli.settings import raw_settings, settings
from shared import clock
from shared.config import Config
from shared.config_files import open_to_all, read
from shared.errors import ConfigError, MonitorError


@dataclass(frozen=True, slots=True)
class Part:
    """What was looked at, and what was found."""

    name: str
    findings: list[Finding]


def examine(arguments: Namespace) -> Iterator[Part]:
    """Yield part after part, as they are found."""
    yield _part("versions", machine.versions)
    config: list[Config] = []
    yield _part("configuration", lambda: _configuration(arguments, config))
    if config:
        yield from _of(config[0])


def _of(config: Config) -> Iterator[Part]:
    now = clock.now()
    yield _part("clock", lambda: machine.time(config, now))
    yield _part("disks", lambda: machine.disks(config))
    seen = look(config, now)
    yield _part("broker", lambda: broker.broker(config, seen))
    yield _part("services", lambda: broker.services(seen))
    if config.home_assistant.entities:
        yield _part("Home Assistant", lambda: house.house(config))
    if config.sources:
        yield _part("sources", lambda: sources.sources(config, seen))
    syncer = seen.heard.health.get("syncer", {})
    yield _part("remote", lambda: remote.remote(config, syncer, now))
    aggregator = seen.heard.health.get("aggregator", {})
    yield _part("alerts", lambda: webhook.webhook(config, aggregator))
    yield _part("files", lambda: files.documents(config, seen))
    yield _part("readings", lambda: files.journal(config, seen))
    yield _part("page", lambda: page.page(config, seen.page))


def _configuration(arguments: Namespace, found: list[Config]) -> Findings:
    try:
        found.append(settings(arguments))
    except ConfigError as error:
        yield from (fail(line) for line in str(error).splitlines())
        yield fail("nothing else can be looked at before it is right", hint_of(error))
        return
    path, _ = raw_settings(arguments.config)
    _, mode = read(path)
    rights = (
        "others can read it, it has no secrets" if open_to_all(mode) else "readable by its owner"
    )
    yield ok(f"{path.absolute()}, {rights}")
    named = [name for name in os.environ if name.startswith("POWER_MONITOR_")]
    if named:
        yield ok(f"from the environment: {', '.join(sorted(named))}")


def _part(name: str, findings: Callable[[], Findings]) -> Part:
    found: list[Finding] = []
    try:
        found.extend(findings())
    except MonitorError as error:
        found.append(fail(str(error), hint_of(error)))
    except OSError as error:
        found.append(fail(str(error), as_root(Path(error.filename or "/"))))
    return Part(name, found)
