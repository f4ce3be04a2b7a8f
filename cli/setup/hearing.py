"""Whether a broker lets us in, and what a device says there: heard for a moment."""

import queue
from collections.abc import Mapping
from typing import Any

from cli.connection import Connection
from services.collector.payload import Fault, decode_value
from shared.config import Config, parse
from shared.errors import Refused, Retryable
from shared.reading import POWER
from shared.sources import Sensor, sensors_of

PATIENCE_S = 15.0
_SHOWN = 300  # characters of a message, to find the keys in


def greet(mqtt: Mapping[str, Any]) -> None:
    """Sign in and go; raises Retryable or Refused."""
    with _connection(_config({"mqtt": dict(mqtt), "sources": {POWER: _ANY}})):
        pass


def hear(raw: Mapping[str, Any], patience_s: float = PATIENCE_S) -> str:
    """Return the first value that comes, with its unit; raises Retryable when none does."""
    config = _config(raw)
    sensor = sensors_of(config.sources)[POWER]
    with _connection(config) as broker:
        broker.subscribe(sensor.topic)
        try:
            message = broker.messages.get(timeout=patience_s)
        except queue.Empty:
            raise Retryable(
                f"nothing has come on {sensor.topic} within {patience_s:g} s",
                hint="look at the topic letter by letter; No is right for a device that speaks "
                "less often",
            ) from None
    return _read(bytes(message.payload), sensor)


_ANY = {"topic": "any", "unit": "W"}


def _config(raw: Mapping[str, Any]) -> Config:
    return parse(dict(raw), {"TZ": "UTC"})


def _connection(config: Config) -> Connection:
    return Connection(config, config.mqtt)


def _read(payload: bytes, sensor: Sensor) -> str:
    found = decode_value(payload, sensor.path)
    if isinstance(found, Fault):
        text = payload.decode(errors="replace")[:_SHOWN]
        shown = "".join(letter if letter.isprintable() else " " for letter in text)
        where = f"at {'.'.join(sensor.path)} " if sensor.path else ""
        raise Refused(f"no number {where}in: {shown}", hint="name the keys that lead to it")
    return "that it does not know now" if found is None else f"{found:g} {sensor.unit}"
