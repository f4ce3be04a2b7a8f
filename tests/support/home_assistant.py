"""A real Home Assistant of today, in a network of its own that reaches nothing but this machine."""

import os
import shutil
import subprocess
import uuid
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from support.home_assistant_root import home_assistant_root
from support.wait import wait_until

CAN_START = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("debootstrap", "unshare", "nsenter", "ip"))),
    reason="Home Assistant in a directory needs root, debootstrap, and a network of its own",
)
POWER = "sensor.house_power"
_SET_POWER = "input_number.house_power"
_CONFIGURATION = """
homeassistant: {name: House, time_zone: %s, country: DE, unit_system: metric}
http: {}
frontend: {}
config: {}
recorder: {commit_interval: 1}
history: {}
logger: {default: warning}
input_number:
  house_power: {min: -20000, max: 20000, initial: 400, mode: box}
template:
  - sensor:
      - name: House power
        unique_id: house_power
        device_class: power
        state_class: measurement
        unit_of_measurement: W
        state: "{{ states('input_number.house_power') }}"
"""
_PORT = 8123
_NETWORKS, _MOST_NETWORKS = IPv4Address("10.249.0.0"), 1 << 14
_CLIENT = "http://127.0.0.1/"
_START_S = 300
_STOP_S = 60
_TIMEOUT_S = 30


class HomeAssistant:
    """One process; `host` is this machine's address as it sees it. Use it in a `with` block."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._root = home_assistant_root()
        self._home = f"srv/{uuid.uuid4().hex}"
        # Four addresses are a network; two runs on one machine must not have the same.
        network = _NETWORKS + 4 * (os.getpid() % _MOST_NETWORKS)
        self.host, self._address = str(network + 1), str(network + 2)
        self.url = f"http://{self._address}:{_PORT}"
        self.token = ""

    def __enter__(self) -> Self:
        home = self._root / self._home
        home.mkdir(parents=True)
        (home / "configuration.yaml").write_text(_CONFIGURATION % self._zone)
        self._start()
        try:
            self._connect()
            wait_until(self._answers, _START_S, what=f"Home Assistant: {self.log}")
            self.token = self._onboard()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop()
        if kind is None:
            shutil.rmtree(self._root / self._home)

    @property
    def root(self) -> Path:
        """The directory that is its machine."""
        return self._root

    @property
    def log(self) -> str:
        """All it has said, warnings and errors only."""
        return (self._root / self._home / "output").read_text()

    @property
    def problems(self) -> list[str]:
        """The lines of its log that speak of MQTT, or of any error."""
        lines = self.log.splitlines()
        return [line for line in lines if "mqtt" in line.lower() or " ERROR " in line]

    def use_broker(self, port: int, user: str, password: str) -> None:
        """Set up its MQTT integration, as a person does in its pages."""
        flow = self.post("config/config_entries/flow", {"handler": "mqtt"})
        given = {"broker": self.host, "port": port, "username": user, "password": password}
        done = self.post(f"config/config_entries/flow/{flow['flow_id']}", given)
        assert done["type"] == "create_entry", done

    def reload(self, domain: str) -> None:
        """Have an integration begin anew."""
        entries = self._get("config/config_entries/entry")
        [entry] = [one for one in entries if one["domain"] == domain]
        self.post(f"config/config_entries/entry/{entry['entry_id']}/reload", {})

    def set_power(self, watts: float) -> None:
        """Let the house take this much."""
        self.call("input_number", "set_value", _SET_POWER, value=watts)

    def call(self, domain: str, service: str, entity: str, **data: Any) -> None:
        """Do what a person does on its pages: press, turn on, turn off."""
        self.post(f"services/{domain}/{service}", {"entity_id": entity, **data})

    def states(self) -> dict[str, dict[str, Any]]:
        """Return entity -> its state and attributes."""
        return {state["entity_id"]: state for state in self._get("states")}

    def state(self, entity: str) -> str | None:
        """Return an entity's state, None when there is no such entity."""
        found = self.states().get(entity)
        return str(found["state"]) if found else None

    def post(self, path: str, data: Any) -> Any:
        """Ask its API; AssertionError when it refuses."""
        answer = requests.post(
            f"{self.url}/api/{path}", json=data, headers=self._headers, timeout=_TIMEOUT_S
        )
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json()

    def _get(self, path: str) -> Any:
        answer = requests.get(f"{self.url}/api/{path}", headers=self._headers, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _start(self) -> None:
        # It waits for a line, so that its network is there before it looks for one.
        hass = f"read go; exec /opt/home-assistant/bin/hass -c /{self._home} --skip-pip"
        with (self._root / self._home / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *("unshare", "--net", "--pid", "--fork", "--kill-child"),
                    *(f"--mount-proc={self._root}/proc", "chroot", str(self._root)),
                    *("env", "-i", "PATH=/usr/bin:/bin", "HOME=/root", "LANG=C.UTF-8"),
                    *("sh", "-c", hass),
                ],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
            )

    def _connect(self) -> None:
        pid = str(self._process.pid)
        own, theirs = (Path(f"/proc/{process}/ns/net") for process in ("self", pid))
        wait_until(lambda: theirs.readlink() != own.readlink(), what="a network of its own")
        here = f"ha-{pid}"
        for line in (
            f"ip link add {here} type veth peer name eth0 netns {pid}",
            f"ip address add {self.host}/30 dev {here}",
            f"ip link set {here} up",
            f"nsenter --target {pid} --net ip link set lo up",
            f"nsenter --target {pid} --net ip address add {self._address}/30 dev eth0",
            f"nsenter --target {pid} --net ip link set eth0 up",
        ):
            subprocess.run(line.split(), check=True, timeout=_TIMEOUT_S)
        assert self._process.stdin
        with self._process.stdin as waiting:
            waiting.write(b"go\n")

    def _stop(self) -> None:
        self._process.kill()  # and with it all that it started
        self._process.wait(_STOP_S)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log
        try:
            return requests.get(f"{self.url}/manifest.json", timeout=_TIMEOUT_S).ok
        except requests.ConnectionError:
            return False

    def _onboard(self) -> str:
        owner = {"name": "Owner", "username": "owner", "password": "owner", "language": "en"}
        code = self.post("onboarding/users", {"client_id": _CLIENT, **owner})["auth_code"]
        asked = {"grant_type": "authorization_code", "code": code, "client_id": _CLIENT}
        answer = requests.post(f"{self.url}/auth/token", data=asked, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        return str(answer.json()["access_token"])
