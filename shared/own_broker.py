"""Where the monitor's own broker is: whoever starts it writes it down, everybody else reads it."""

from dataclasses import replace
from pathlib import Path

import orjson

from shared.config import MqttConfig


def place(state_dir: Path) -> Path:
    """Return the file of `{"host", "port"}`."""
    return state_dir / "run" / "broker.json"


def located(mqtt: MqttConfig, state_dir: Path) -> MqttConfig:
    """Return how the broker is reached: configured, or our own.

    Without either it is sought where a broker usually is. Raises PermissionError for a user who
    may not know.
    """
    if mqtt.host is not None:
        return mqtt
    try:
        there = orjson.loads(place(state_dir).read_bytes())
        return replace(mqtt, host=str(there["host"]), port=int(there["port"]))
    except PermissionError:
        raise
    except (OSError, KeyError, TypeError, ValueError):
        return mqtt
