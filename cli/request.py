"""Ask a running service to do something, over the broker, as its user `admin`."""

import queue
import secrets
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cli.run.places import RunPlaces
from shared.config import Config, MqttConfig
from shared.errors import Refused, Retryable
from shared.messages import decode_response
from shared.service import credentials
from shared.topics import Topics

USER = "admin"
CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 180.0
_KEEPALIVE_S = 30
_STATUS_HINT = "is `power-monitor run`, or the service, running?"


class Requester:
    """A connection for requests; use it in a `with` statement."""

    def __init__(self, config: Config) -> None:
        self._mqtt = _reachable(config)
        self._topics = Topics(config.mqtt.base_topic)
        self._word = f"cli-{secrets.token_hex(8)}"
        self._answers: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self._ready: queue.Queue[ReasonCode] = queue.Queue()
        self._client = self._make_client()

    def __enter__(self) -> Self:
        where = f"{self._mqtt.address}:{self._mqtt.port}"
        try:
            self._client.connect(self._mqtt.address, self._mqtt.port, _KEEPALIVE_S)
            self._client.loop_start()
            code = self._ready.get(timeout=CONNECT_TIMEOUT_S)
        except (OSError, queue.Empty):
            raise Retryable(f"no broker answers at {where}", hint=_STATUS_HINT) from None
        if code.is_failure:
            self._close()
            raise Refused(
                f"the broker at {where} refuses the user {USER}: {code}",
                hint="run this as the user the monitor runs as; mqtt.credentials has the passwords",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def ask(
        self,
        service: str,
        command: str,
        arguments: Mapping[str, Any],
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> dict[str, Any]:
        """Return the data of the answer; raises MonitorError with what the service said."""
        correlation = secrets.token_bytes(8)
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = f"{self._topics.responses}{self._word}"
        properties.CorrelationData = correlation
        topic = self._topics.request(service, command)
        self._client.publish(topic, orjson.dumps(arguments), qos=1, properties=properties)
        while True:
            try:
                message = self._answers.get(timeout=timeout_s)
            except queue.Empty:
                raise Retryable(f"the {service} does not answer", hint=_STATUS_HINT) from None
            if getattr(message.properties, "CorrelationData", None) == correlation:
                return decode_response(bytes(message.payload))

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{self._topics.base.replace('/', '-')}-{self._word}",
            protocol=paho.MQTTv5,
        )
        if self._mqtt.username:
            client.username_pw_set(self._mqtt.username, self._mqtt.password)
        if self._mqtt.tls:
            client.tls_set()
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_connect = self._connected
        client.on_subscribe = lambda *told: self._ready.put(told[3][0])
        client.on_message = lambda *told: self._answers.put(told[2])
        return client

    def _connected(
        self, client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        if code.is_failure:
            self._ready.put(code)
        else:
            client.subscribe(f"{self._topics.responses}{self._word}", qos=1)

    def _close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _reachable(config: Config) -> MqttConfig:
    """Return how the broker is reached: configured, or the one that `run` started."""
    mqtt = config.mqtt
    if mqtt.host is None:
        try:
            where = orjson.loads(RunPlaces(config.paths.state_dir).broker.read_bytes())
            mqtt = _at(mqtt, str(where["host"]), int(where["port"]))
        except (OSError, orjson.JSONDecodeError, KeyError, ValueError):
            pass  # then it is where a broker usually is
    return credentials(mqtt, USER)


def _at(mqtt: MqttConfig, host: str, port: int) -> MqttConfig:
    return MqttConfig(
        host=host,
        port=port,
        username=mqtt.username,
        password=mqtt.password,
        tls=mqtt.tls,
        base_topic=mqtt.base_topic,
        credentials_dir=mqtt.credentials_dir,
    )
