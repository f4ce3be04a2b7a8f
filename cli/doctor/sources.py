"""The metrics that come by MQTT: when each was last heard, and how devices sign in."""

from collections.abc import Mapping
from typing import Any

from cli.broker_users import DEVICE
from cli.doctor.finding import Finding, Findings, fail, ok, warn
from cli.overview import Overview
from cli.spans import span
from shared.config import Config
from shared.sources import Derived, sensors_of
from shared.times import parse_timestamp

_LOCAL = ("127.0.0.1", "localhost", "::1")


def sources(config: Config, seen: Overview) -> Findings:
    """Ask the collector, which is the only one who listens all the time."""
    health = seen.heard.health.get("collector", {})
    told, problems = health.get("sources"), health.get("problems", ())
    if "collector" not in seen.heard.online or not isinstance(told, dict):
        yield warn("the collector does not say what it hears", "start or restart the monitor")
        return
    troubles = {problem["name"]: problem for problem in problems}
    for name in sensors_of(config.sources):
        trouble = troubles.get(f"source:{name}")
        if trouble:
            yield fail(f"{name}: {trouble['text']}", trouble.get("hint", ""))
        else:
            yield _heard(name, told.get(name, {}), seen.now)
    for name, source in config.sources.items():
        if isinstance(source, Derived):
            yield ok(f"{name} is the {source.operation} of {', '.join(source.parts)}")
    if config.mqtt.host is None and sensors_of(config.sources):
        yield _signing_in(config)


def _heard(name: str, told: Mapping[str, Any], now: float) -> Finding:
    if told.get("last_message") is None:
        return warn(f"{name}: nothing has come on {told.get('topic')} yet", "wait for its period")
    age = span(max(0.0, now - parse_timestamp(str(told["last_message"]))))
    value = "is unknown" if told["value"] is None else f"is {told['value']:g} {told['unit']}"
    ignored = f", {told['ignored']} of {told['messages']} ignored" if told["ignored"] else ""
    return ok(f"{name} {value}, heard {age} ago on {told['topic']}{ignored}")


def _signing_in(config: Config) -> Finding:
    password = f"password in {(config.mqtt.credentials_dir or config.paths.state_dir) / DEVICE}"
    if config.mqtt.listen in _LOCAL:
        hint = 'for devices of your network: {"mqtt": {"listen": "0.0.0.0"}}; see integrations.md'
        return warn(f"devices sign in as {DEVICE}, {password}: only from this machine", hint)
    return ok(f"devices sign in at port {config.mqtt.port} as {DEVICE}, {password}")
