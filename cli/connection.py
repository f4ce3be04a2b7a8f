"""A connection of the command line to the broker, as its user `admin`."""

import queue
import secrets
import socket
from collections.abc import Mapping
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cli.ground import as_root, forbidden
from cli.settings import running_elsewhere
from shared.config import Config, MqttConfig
from shared.errors import Refused, Retryable
from shared.own_broker import located
from shared.service import credentials
from shared.topics import Topics

USER = "admin"
CONNECT_TIMEOUT_S = 5.0
_BARRIER_TIMEOUT_S = 5.0
_KEEPALIVE_S = 30


class Connection:
    """What is subscribed arrives in `messages`; use it in a `with` statement."""

    def __init__(self, config: Config, mqtt: MqttConfig | None = None) -> None:
        self._config = config
        self._mqtt = mqtt or reachable(config)
        self.topics = Topics(config.mqtt.base_topic)
        self.word = f"cli-{secrets.token_hex(8)}"  # ours alone, in topics and as the client's id
        self.messages: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self._codes: queue.Queue[ReasonCode] = queue.Queue()
        self._published: queue.Queue[ReasonCode] = queue.Queue()
        self._client = self._make_client()

    @property
    def where(self) -> str:
        """The broker's address, for people."""
        return f"{self._mqtt.address}:{self._mqtt.port}"

    def __enter__(self) -> Self:
        try:
            self._client.connect(self._mqtt.address, self._mqtt.port, _KEEPALIVE_S)
            self._client.loop_start()
            code = self._codes.get(timeout=CONNECT_TIMEOUT_S)
        except (OSError, queue.Empty):
            self._close()
            raise Retryable(
                f"no broker answers at {self.where}", hint=start_hint(self._config)
            ) from None
        if code.is_failure:
            self._close()
            raise Refused(
                f"the broker at {self.where} refuses the user {self._mqtt.username or 'nobody'}: "
                f"{code}",
                hint=f"{as_root(self._config.paths.state_dir)}; mqtt.credentials has the passwords",
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def subscribe(self, *filters: str) -> None:
        """Subscribe; raises Refused when the broker does not let us read that."""
        for topic_filter in filters:
            self._client.subscribe(topic_filter, qos=1)
            try:
                code = self._codes.get(timeout=CONNECT_TIMEOUT_S)
            except queue.Empty:
                raise Retryable(f"the broker at {self.where} does not answer") from None
            if code.is_failure:
                raise Refused(f"the broker at {self.where} refuses to tell {topic_filter}: {code}")

    def publish(
        self, topic: str, payload: bytes, *, response_topic: str = "", correlation: bytes = b""
    ) -> None:
        """Send a message of QoS 1."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if response_topic:
            properties.ResponseTopic = response_topic
        if correlation:
            properties.CorrelationData = correlation
        self._client.publish(topic, payload, qos=1, properties=properties)

    def may_ask(self) -> bool:
        """Whether the broker takes requests of this user: tried with one nobody hears."""
        self.publish(self.topics.request(self.word, "nothing"), b"")
        try:
            return not self._published.get(timeout=CONNECT_TIMEOUT_S).is_failure
        except queue.Empty:
            raise Retryable(f"the broker at {self.where} does not answer") from None

    def retained(self, *filters: str) -> Mapping[str, bytes]:
        """Return topic -> payload of what the broker keeps there.

        A message of our own comes after all of it, so nobody has to wait for silence.
        """
        barrier = self.topics.request(self.word, "end")
        self.subscribe(barrier, *filters)
        self.publish(barrier, b"")
        found: dict[str, bytes] = {}
        while True:
            try:
                message = self.messages.get(timeout=_BARRIER_TIMEOUT_S)
            except queue.Empty:  # another broker's rights may not let us talk to ourselves
                return found
            if message.topic == barrier:
                return found
            found[message.topic] = bytes(message.payload)

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{self.topics.word}-{self.word}",
            protocol=paho.MQTTv5,
        )
        if self._mqtt.username:
            client.username_pw_set(self._mqtt.username, self._mqtt.password)
        if self._mqtt.tls:
            client.tls_set()
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_socket_open = lambda *told: _send_at_once(told[2])
        client.on_connect = lambda *told: self._codes.put(told[3])
        client.on_subscribe = lambda *told: self._codes.put(told[3][0])
        client.on_publish = lambda *told: self._published.put(told[3])
        client.on_message = lambda *told: self.messages.put(told[2])
        return client

    def _close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _send_at_once(opened: Any) -> None:
    """Let no small message wait for others to travel with."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def start_hint(config: Config) -> str:
    """Say what to type when nothing answers."""
    if line := running_elsewhere(config):
        return f"another monitor of this checkout runs: {line} ..."
    if config.mqtt.host is not None:
        return "is that broker running? mqtt.host and mqtt.port say where it is sought"
    return "start the monitor: power-monitor run (or systemctl start power-monitor.target)"


def reachable(config: Config) -> MqttConfig:
    """Return how the broker is reached: configured, or the one that `run` started."""
    try:
        return credentials(located(config.mqtt, config.paths.state_dir), USER)
    except PermissionError:
        raise forbidden(config.paths.state_dir) from None
