"""An MQTT client for tests: it waits for the broker's word and keeps what it received."""

import queue
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from support.wait import DEADLINE_S, wait_until

NOT_AUTHORISED = 135
KEEPALIVE_S = 30


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it arrived."""

    topic: str
    payload: bytes
    retained: bool
    properties: Properties | None


class Client:
    """A client of one broker user; MQTT 5 unless told otherwise."""

    def __init__(
        self,
        port: int,
        user: str | None = None,
        password: str | None = None,
        *,
        client_id: str = "",
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        transport: Literal["tcp", "websockets", "unix"] = "tcp",
        path: str = "/mqtt",
        trust: Path | None = None,
    ) -> None:
        """Speak TLS when there is a certificate to `trust`."""
        self.messages: list[Received] = []
        self.largest_packet: int | None = None  # bytes, as the broker told it
        self._port = port
        self._last_sent: paho.MQTTMessageInfo | None = None
        self._codes: queue.Queue[ReasonCode] = queue.Queue()
        self._paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=protocol,
            transport=transport,
        )
        if transport == "websockets":
            self._paho.ws_set_options(path=path)
        if trust:
            self._paho.tls_set(ca_certs=str(trust))
        if user:
            self._paho.username_pw_set(user, password)
        self._paho.on_connect = self._connected
        self._paho.on_publish = lambda *told: self._codes.put(told[3])
        self._paho.on_subscribe = lambda *told: self._codes.put(told[3][0])
        self._paho.on_message = self._keep

    def connect(self) -> int:
        """Connect; return the broker's reason code, 0 when let in."""
        self._paho.connect("127.0.0.1", self._port, KEEPALIVE_S)
        self._paho.loop_start()
        return self._code()

    def publish(
        self,
        topic: str,
        payload: bytes | str = b"",
        *,
        retain: bool = False,
        qos: int = 1,
        response_topic: str = "",
        correlation: bytes = b"",
    ) -> int:
        """Publish; return the reason code of the acknowledgement, at QoS 0 always 0."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if response_topic:
            properties.ResponseTopic = response_topic
        if correlation:
            properties.CorrelationData = correlation
        self._paho.publish(topic, payload, qos=qos, retain=retain, properties=properties)
        return self._code()

    def send(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1 in a stream, without waiting for the acknowledgement."""
        self._last_sent = self._paho.publish(topic, payload, qos=1)

    def wait_until_sent(self) -> None:
        """Wait until the broker has acknowledged the stream."""
        if self._last_sent:
            self._last_sent.wait_for_publish(DEADLINE_S)
            wait_until(self._last_sent.is_published, what="the stream acknowledged")

    def subscribe(self, topic_filter: str, qos: int = 1) -> int:
        """Subscribe; return the reason code, below 128 when granted."""
        self._paho.subscribe(topic_filter, qos)
        return self._code()

    def wait_for(self, topic: str, deadline_s: float = DEADLINE_S) -> Received:
        """Return the last message received on a topic, waiting for the first."""
        found = wait_until(lambda: self.of(topic), deadline_s, what=f"a message on {topic}")
        return found[-1]

    def of(self, topic: str) -> list[Received]:
        """Return all messages received on a topic so far."""
        return [message for message in list(self.messages) if message.topic == topic]

    def close(self) -> None:
        """Disconnect and end the network thread."""
        self._paho.disconnect()
        self._paho.loop_stop()

    def __enter__(self) -> Self:
        assert self.connect() == 0, "the broker refused the connection"
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _code(self) -> int:
        return int(self._codes.get(timeout=DEADLINE_S).value)

    def _connected(
        self, _client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, told: Any
    ) -> None:
        self.largest_packet = getattr(told, "MaximumPacketSize", None)
        self._codes.put(code)

    def _keep(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self.messages.append(
            Received(message.topic, bytes(message.payload), message.retain, message.properties)
        )
