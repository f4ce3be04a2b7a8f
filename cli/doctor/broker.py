"""The broker and the services behind it."""

from dataclasses import replace

from cli.connection import Connection, reachable
from cli.doctor.finding import Finding, Findings, fail, ok, warn
from cli.overview import PAGE, Overview
from cli.spans import size, span
from shared.config import Config, MqttConfig
from shared.errors import Refused
from shared.service import credentials
from shared.version import VERSION

_OTHERS = 0o077
_LOOK = "set allow_anonymous false in its configuration, and give each user a password"


def broker(config: Config, seen: Overview) -> Findings:
    """Look whether the broker answers, and keeps out who has no business there."""
    if seen.heard.error:
        yield fail(str(seen.heard.error), seen.heard.error.hint)
        return
    yield ok(f"answers at {seen.heard.where}, and lets the command line in")
    yield from _strangers(config)
    yield from _passwords(config)


def services(seen: Overview) -> Findings:
    """Look what the services tell of themselves."""
    if seen.heard.error:
        yield warn("nothing can be heard of them while the broker does not answer")
        return
    away = seen.away()
    yield from (fail(f"{one.of} {one.text}", one.hint) for one in away)
    for name in (name for name in seen.expected if name in seen.heard.online):
        health = seen.heard.health.get(name, {})
        if health.get("version") != VERSION:
            yield warn(f"{name} is of version {health.get('version')}", "restart the monitor")
        memory, uptime = size(health.get("memory_bytes")), span(health.get("uptime_seconds", 0))
        yield ok(f"{name} runs since {uptime}, {memory}")
    told = [one for one in seen.troubles() if one not in away and one.of != PAGE]
    yield from (warn(f"{one.of}: {one.text}", one.hint) for one in told)
    if seen.heard.maintenance == "on":
        yield warn("maintenance is on", "power-monitor maintenance off")


def _strangers(config: Config) -> Findings:
    """Try what must be refused."""
    mqtt = reachable(config)
    if _enters(config, replace(mqtt, username=None, password=None)):
        verdict = fail if config.mqtt.host is None else warn
        yield verdict("the broker lets in whoever comes, without a name", _LOOK)
    else:
        yield ok("nobody gets in without a name and password")
    if config.mqtt.username is None and mqtt.credentials_dir:
        yield _viewer(config, mqtt)


def _viewer(config: Config, mqtt: MqttConfig) -> Finding:
    """Try the page's user, whose password is handed to whoever opens the page."""
    unnamed = replace(mqtt, username=None, password=None)
    viewer = credentials(unnamed, "viewer")
    if not viewer.username:
        return warn("the page's user `viewer` has no password here", "restart the monitor")
    try:
        with Connection(config, viewer) as connection:
            too_much = connection.may_ask()
    except Refused as error:
        return fail(f"the page's user is refused: {error}", "restart the monitor")
    if too_much:
        return fail("the page's user may ask for everything", "check the broker's ACL")
    return ok("the page's user may look, and nothing else")


def _enters(config: Config, mqtt: MqttConfig) -> bool:
    try:
        with Connection(config, mqtt):
            return True
    except Refused:
        return False


def _passwords(config: Config) -> Findings:
    directory = config.mqtt.credentials_dir
    if config.mqtt.username or not directory or not directory.is_dir():
        return
    open_ones = [path.name for path in directory.iterdir() if path.stat().st_mode & _OTHERS]
    if open_ones:
        yield fail(f"others can read {directory}/{open_ones[0]}", f"chmod 600 {directory}/*")
    else:
        yield ok(f"the broker's passwords in {directory} are their owner's alone")
