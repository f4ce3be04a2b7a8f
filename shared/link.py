"""The link to the broker: a thin client around paho that hands everything to an inbox."""

import hashlib
import logging
import random
import time
from collections.abc import Sequence
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from shared.config import MqttConfig
from shared.inbox import Inbox, LinkChange, Message
from shared.messages import MAX_MERGE_BYTES, OFFLINE, ONLINE
from shared.sources import LARGEST_PAYLOAD_BYTES
from shared.topics import Topics

log = logging.getLogger(__name__)

RECEIVE_MAXIMUM = 1000  # unacknowledged messages the broker may send: one group commit's worth
_KEEPALIVE_S = 30
_CONNECT_TIMEOUT_S = 10.0
_SESSION_EXPIRY_S = 30 * 24 * 3600  # a board may be away for weeks
_FIRST_BACK_OFF_S = 1.0
_LONGEST_BACK_OFF_S = 30.0
_OFFLINE_TIMEOUT_S = 2.0
_PACKET_OVERHEAD_BYTES = 64 * 1024

# Retained copies are old news: the broker must not send them on subscribing.
_OPTIONS = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
# And a request that somebody has retained must show that it is: it would come back for ever.
_REQUEST_OPTIONS = SubscribeOptions(
    qos=1, retainAsPublished=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND
)

# What devices say counts when it is said: nothing is kept for us while we are away. Whether they
# are there is kept by the broker, and must be told; such a copy shows that it is one.
_DEVICE_OPTIONS = SubscribeOptions(qos=0, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE)

_HINTS = {
    "Not authorized": "check mqtt.username and mqtt.password in the configuration",
    "Bad user name or password": "check mqtt.username and mqtt.password in the configuration",
    "Session taken over": "is the same service running twice with one base topic?",
}


class Link:
    """MQTT 5 with a fixed client id, a persistent session, last will, birth and clean offline.

    Every message is acknowledged by hand, once the service has done with it what it must.
    """

    def __init__(
        self,
        config: MqttConfig,
        service: str,
        inbox: Inbox,
        *,
        requests: Sequence[str],
        subscriptions: Sequence[str],
        devices: Sequence[str] = (),
    ) -> None:
        self._config = config
        self._topics = Topics(config.base_topic)
        self._service = service
        self._filters = [
            *((topic, _REQUEST_OPTIONS) for topic in requests),
            *((topic, _OPTIONS) for topic in subscriptions),
            *((topic, _DEVICE_OPTIONS) for topic in devices),
        ]
        self._devices = frozenset(devices)
        self._inbox = inbox
        self._connection = 0  # counts connections: an acknowledgement is only good on its own
        self._told_down = False
        self._client = self._make_client()

    def start(self) -> None:
        """Connect in the background, now and whenever the link is lost."""
        self._jitter_back_off()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = MAX_MERGE_BYTES + _PACKET_OVERHEAD_BYTES
        self._client.connect_async(
            self._config.address,
            self._config.port,
            keepalive=_KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Say `offline` and go, without waking the last will."""
        offline = self.publish(self._topics.availability(self._service), OFFLINE, retain=True)
        if offline:
            try:
                offline.wait_for_publish(_OFFLINE_TIMEOUT_S)
            except (RuntimeError, ValueError):
                log.debug("the broker went before the offline message was out")
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def ended(self) -> bool:
        """Whether paho's thread has died of something: nothing will be heard or said any more."""
        return getattr(self._client, "_thread", self) is None

    @property
    def up(self) -> bool:
        """Whether the broker is there now."""
        return self._client.is_connected()

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        correlation: bytes | None = None,
        response_topic: str = "",
    ) -> paho.MQTTMessageInfo | None:
        """Send a message, or return None when the broker is away: nothing piles up in memory."""
        if not self.up:
            return None
        properties = None
        if correlation is not None or response_topic:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            if correlation is not None:
                properties.CorrelationData = correlation
            if response_topic:
                properties.ResponseTopic = response_topic
        info = self._client.publish(topic, payload, qos, retain, properties)
        return info if info.rc in (paho.MQTT_ERR_SUCCESS, paho.MQTT_ERR_NO_CONN) else None

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id(self._config, self._service),
            protocol=paho.MQTTv5,
            manual_ack=True,
        )
        if self._config.username:
            client.username_pw_set(self._config.username, self._config.password)
        if self._config.tls:
            client.tls_set()
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.max_queued_messages_set(RECEIVE_MAXIMUM)
        client.will_set(self._topics.availability(self._service), OFFLINE, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _jitter_back_off(self) -> None:
        jitter = random.uniform(1.0, 2.0)  # noqa: S311 - spreads load, keeps no secret
        self._client.reconnect_delay_set(
            max(1, round(_FIRST_BACK_OFF_S * jitter)), round(_LONGEST_BACK_OFF_S * jitter)
        )

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._tell_down(str(reason))
            return
        self._connection += 1
        if self._filters:
            client.subscribe(self._filters)
        client.publish(self._topics.availability(self._service), ONLINE, qos=1, retain=True)
        log.info("broker %s:%s is there", self._config.address, self._config.port)
        self._told_down = False
        self._inbox.put(LinkChange(up=True))

    def _on_connect_fail(self, _client: paho.Client, _data: Any) -> None:
        self._tell_down("no answer")

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self._connection += 1
        self._jitter_back_off()
        if reason.is_failure:
            self._tell_down(str(reason))
        self._inbox.put(LinkChange(up=False))

    def _tell_down(self, reason: str) -> None:
        if self._told_down:
            return
        self._told_down = True
        hint = _HINTS.get(reason, "is it running? mqtt.host and mqtt.port say where it is sought")
        where = f"{self._config.address}:{self._config.port}"
        log.warning("broker %s is away: %s (%s)", where, reason, hint)

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        connection, mid, qos = self._connection, message.mid, message.qos

        def acknowledge() -> None:
            # After a reconnect the broker sends the message again under a number of its own.
            if qos and connection == self._connection:
                client.ack(mid, qos)

        properties = message.properties
        self._inbox.put(
            Message(
                message.topic,
                self._payload(message),
                message.retain,
                acknowledge,
                getattr(properties, "ResponseTopic", ""),
                getattr(properties, "CorrelationData", None),
                time.monotonic(),
            ),
            droppable=qos == 0,
        )

    def _payload(self, message: paho.MQTTMessage) -> bytes:
        """Return the payload; of a device's one byte too many shows that it is too large."""
        if message.topic in self._devices:
            return bytes(message.payload[: LARGEST_PAYLOAD_BYTES + 1])
        return bytes(message.payload)


def client_id(config: MqttConfig, service: str) -> str:
    """Return an id that stays the same and that no other user of the broker can guess.

    Whoever connects with a client's id takes its session over, queued readings included. Boards
    that share a password have ids of their own, too, as far as their base topics differ.
    """
    secret = hashlib.sha256(f"{service}:{config.password}".encode()).hexdigest()[:16]
    return f"{Topics(config.base_topic).word}-{service}-{secret}"
