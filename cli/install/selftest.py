"""What selftest.sh looks at over the network: `python -m cli.install.selftest ADDRESS PORT`."""

import base64
import http.client
import json
import os
import queue
import ssl
import sys
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from cli.request import Requester
from cli.run.answers import reachable
from shared.config import Config, load
from shared.errors import MonitorError
from shared.own_broker import located
from shared.topics import TIERS

_TIMEOUT_S = 10.0
_VISIBLE_WITHIN_S = 15.0
_POLL_S = 0.2
_KEEPALIVE_S = 30
Headers = dict[str, str]


class Failed(Exception):
    """What was expected did not come; the text says what came instead."""


class SelfTest:
    """One installation, seen through its page and its broker."""

    def __init__(self, config: Config, address: str, port: int) -> None:
        self._config = config
        self._address = reachable(address)
        self._port = port

    def checks(self) -> dict[str, Callable[[], None]]:
        """Return what is looked at, in order."""
        own_broker = {"the page reaches the broker at /mqtt": self.websocket}
        return {
            "the page is served, and loads nothing from elsewhere": self.page,
            "the four files are served": self.files,
            "nothing else of the machine is served": self.nothing_else,
            **({} if self._config.mqtt.host else own_broker),
            "the broker lets nobody in without a name": self.anonymous,
            "a reading from Home Assistant arrives in daily.json": self.reading,
        }

    def page(self) -> None:
        """Ask for the page."""
        status, headers, body = self._get("/")
        _expect(status == http.client.OK, f"HTTP status {status}")
        _expect(b"<title>" in body, "no page")
        policy = headers.get("content-security-policy", "")
        _expect("default-src 'none'" in policy, f"Content-Security-Policy: {policy or 'none'}")

    def files(self) -> None:
        """Ask for each file."""
        for tier in TIERS:
            status, headers, body = self._get(f"/{tier}.json")
            _expect(status == http.client.OK, f"/{tier}.json: HTTP status {status}")
            kind = headers.get("content-type", "")
            _expect(kind == "application/json", f"/{tier}.json: Content-Type {kind}")
            _expect("data_points" in json.loads(body), f"/{tier}.json has no data_points")

    def nothing_else(self) -> None:
        """Ask for what must stay inside."""
        for path in ("/config.json", "/..%2f..%2fetc/passwd", "/index.lighttpd.html"):
            status, _, _ = self._get(path)
            _expect(status in {400, 403, 404}, f"{path}: HTTP status {status}")

    def websocket(self) -> None:
        """Begin a websocket."""
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Protocol": "mqtt",
        }
        status, _, _ = self._get("/mqtt", headers)
        _expect(status == http.client.SWITCHING_PROTOCOLS, f"HTTP status {status}")

    def anonymous(self) -> None:
        """Connect without a name."""
        mqtt = located(self._config.mqtt, self._config.paths.state_dir)
        answers: queue.Queue[ReasonCode] = queue.Queue()

        def connected(*told: Any) -> None:
            answers.put(told[3])

        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.on_connect = connected
        if mqtt.tls:
            client.tls_set()
        try:
            client.connect(mqtt.address, mqtt.port, _KEEPALIVE_S)
            client.loop_start()
            refused = answers.get(timeout=_TIMEOUT_S).is_failure
        except queue.Empty:
            raise Failed("no answer") from None
        finally:
            client.disconnect()
            client.loop_stop()
        _expect(refused, "it let us in")

    def reading(self) -> None:
        """Ask for a reading, and wait until the file that is served has it."""
        with Requester(self._config) as requester:
            taken = requester.ask("collector", "collect", {})["reading"]["timestamp"]
        deadline = time.monotonic() + _VISIBLE_WITHIN_S
        points: list[Any] = []
        while time.monotonic() < deadline:
            points = json.loads(self._get("/daily.json")[2])["data_points"]
            if any(point["timestamp"] == taken for point in points):
                return
            time.sleep(_POLL_S)
        last = points[-1]["timestamp"] if points else "nothing"
        raise Failed(f"taken at {taken}, but the last in daily.json is {last}")

    def _get(self, path: str, headers: Headers | None = None) -> tuple[int, Headers, bytes]:
        connection = self._connection()
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            body = b"" if answer.status == http.client.SWITCHING_PROTOCOLS else answer.read()
            return answer.status, names, body
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if not self._config.web.tls_key:
            return http.client.HTTPConnection(self._address, self._port, timeout=_TIMEOUT_S)
        context = ssl.create_default_context()
        # Whether browsers trust the certificate is not asked here, only whether it is served.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(
            self._address, self._port, timeout=_TIMEOUT_S, context=context
        )


def _expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like a sentence
    if not holds:
        raise Failed(otherwise)


def main(address: str, port: int) -> int:
    """Look at everything; return 1 when something is not as it should be."""
    status = 0
    for what, check in SelfTest(load(None, os.environ), address, port).checks().items():
        try:
            check()
        except (Failed, MonitorError, OSError, ValueError, KeyError) as error:
            status = 1
            hint = getattr(error, "hint", "")
            _say(f"FAILED  {what}: {error}" + (f"\n        try: {hint}" if hint else ""))
        else:
            _say(f"ok      {what}")
    return status


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
