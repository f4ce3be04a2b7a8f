"""Do the services do their work? For container health checks, OpenRC, and after an upgrade.

`python -m cli.run.alive [--within SECONDS] [--since TIME] [SERVICE ...]`: exit status 0 when each
service is online and its own loop has told its health lately, or since a time (Unix). What stands
in its way (Home Assistant, the disk) is another question: `power-monitor status` answers that.
"""

import os
import queue
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from cli.complain import complain
from cli.run import services
from shared import clock
from shared.config import MqttConfig, load
from shared.errors import BadInput, MonitorError
from shared.messages import ONLINE
from shared.own_broker import located
from shared.service import credentials
from shared.times import parse_timestamp
from shared.topics import Topics

USER = "viewer"
LONGEST_SILENCE_S = 180.0  # a service tells its health once a minute
_PATIENCE_S = 10.0
_RETRY_S = 1.0
_KEEPALIVE_S = 30

Heard = dict[str, bytes]


def main(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Wait until all do their work; name those that don't."""
    config = load(None, environ)
    options, names = _read(words)
    names = names or list(services.names(config))
    topics = Topics(config.mqtt.base_topic)
    wanted = [topic(name) for name in names for topic in (topics.availability, topics.health)]
    deadline = time.monotonic() + options.get("--within", _PATIENCE_S)
    heard: Heard = {}
    while True:
        # Looked up each time: right after the first start it is not written down yet.
        mqtt = credentials(located(config.mqtt, config.paths.state_dir), USER)
        heard |= _retained(mqtt, wanted, _RETRY_S)
        since = options.get("--since", clock.now() - LONGEST_SILENCE_S)
        silent = {name: why for name in names if (why := reason(name, topics, heard, since))}
        if not silent:
            return 0
        if time.monotonic() > deadline:
            break
    sys.stderr.writelines(f"{name}: {why}\n" for name, why in silent.items())
    return 1


def _read(words: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    """Return options with their values, and the services named."""
    options, names = {}, list(words)
    while names and names[0] in {"--within", "--since"}:
        options[names[0]] = float(names[1])
        names = names[2:]
    return options, names


def reason(name: str, topics: Topics, heard: Heard, since: float) -> str:
    """Return why a service can't be taken to do its work, "" when it can."""
    if heard.get(topics.availability(name)) != ONLINE:
        return "is not online" if heard else "the broker does not answer"
    try:
        health: Any = orjson.loads(heard.get(topics.health(name), b""))
        told = parse_timestamp(health["timestamp"])
    except (BadInput, KeyError, TypeError, ValueError):
        return "has told no health"
    return "" if told >= since else f"its loop is silent since {health['timestamp']}"


def _retained(mqtt: MqttConfig, topics: Sequence[str], wait_s: float) -> Heard:
    """Return what the broker keeps at these topics; whatever came within the time."""
    came: queue.Queue[paho.MQTTMessage] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(mqtt.username, mqtt.password)
    if mqtt.tls:
        client.tls_set()

    def connected(*_told: Any) -> None:
        client.subscribe([(topic, 0) for topic in topics])

    client.on_connect = connected
    client.on_message = lambda *told: came.put(told[2])
    heard: Heard = {}
    deadline = time.monotonic() + wait_s
    try:
        client.connect(mqtt.address, mqtt.port, _KEEPALIVE_S)
        client.loop_start()
        while len(heard) < len(topics):
            message = came.get(timeout=max(0.0, deadline - time.monotonic()))
            heard[message.topic] = bytes(message.payload)
    except (OSError, queue.Empty):
        time.sleep(max(0.0, deadline - time.monotonic()))
    client.disconnect()
    client.loop_stop()
    return heard


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ))
    except MonitorError as error:
        sys.exit(complain(error))
