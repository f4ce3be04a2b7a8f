"""Our own lighttpd instance: page, data and the websocket to the broker at one origin."""

from collections.abc import Callable
from pathlib import Path

import orjson

from cli.run import ports
from cli.run.answers import reachable, speaks_http
from cli.run.broker import LOCAL, OwnBroker
from cli.run.places import DASHBOARD, TEMPLATES, RunPlaces, make_private, write_private
from cli.run.program import Program, execute
from cli.run.template import fill, is_safe
from shared.config import Config
from shared.errors import ConfigError

NAME = "lighttpd"
_FAVOURITE_PORT = 8080
_MODULE_DIRECTORIES = ("/usr/lib/lighttpd", "/usr/lib64/lighttpd", "/usr/local/lib/lighttpd")


class OwnWeb:
    """lighttpd for one state directory; `prepare` writes all it needs before each start."""

    def __init__(
        self,
        config: Config,
        places: RunPlaces,
        executable: Path,
        *,
        broker: OwnBroker | None,
        address: str = LOCAL,
        port: int | None = None,
    ) -> None:
        self.address = address
        self.port = port or 0
        self._fixed = port is not None
        self._config = config
        self._places = places
        self._executable = executable
        self._broker = broker
        self._answered = False

    @property
    def url(self) -> str:
        """The page's address, as this machine sees it."""
        host = reachable(self.address)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def arguments(self) -> list[str]:
        """The command line, valid after `prepare`."""
        return [str(self._executable), "-D", "-f", str(self._file("lighttpd.conf"))]

    def program(self) -> Program:
        """Return what the supervisor runs."""
        body = execute(self.arguments)
        return Program(NAME, body, stage=1, ready=self.is_ready, prepare=self.prepare)

    def is_ready(self) -> bool:
        """Whether it answers a request."""
        answers = speaks_http(self.address, self.port)
        self._answered = self._answered or answers
        return answers

    def prepare(self, _failures: int) -> None:
        """Choose the port and write what lighttpd reads."""
        self._choose_port()
        self.write()

    def write(self) -> None:
        """Write the configuration and what the page needs to know."""
        make_private(self._places.site)
        write_private(self._places.site / "site.json", self._site())
        write_private(self._file("lighttpd.conf"), self._configuration())

    def _file(self, name: str) -> Path:
        return self._places.run.absolute() / name

    def _choose_port(self) -> None:
        if self._answered:
            return
        if self._fixed:
            if not ports.is_free(self.address, self.port):
                raise OSError(f"port {self.port} at {self.address} is taken")
            return
        wanted = self.port or ports.remembered(self._places.ports).get(NAME, _FAVOURITE_PORT)
        self.port = ports.choose(self.address, wanted)
        ports.remember(self._places.ports, NAME, self.port)

    def _site(self) -> str:
        """Return what the page needs; the viewer's password opens only what is shown anyway."""
        mqtt = None
        if self._broker:
            password = (self._broker.credentials_dir / "viewer").read_text().strip()
            mqtt = {"path": "/mqtt", "username": "viewer", "password": password}
        site = {"base_topic": self._config.mqtt.base_topic, "mqtt": mqtt}
        return orjson.dumps(site).decode() + "\n"

    def _configuration(self) -> str:
        paths = self._config.paths
        values = {
            "ADDRESS": f"[{self.address}]" if ":" in self.address else self.address,
            "PORT": str(self.port),
            "RUN_DIRECTORY": str(self._places.run.resolve()),
            "DASHBOARD": str(DASHBOARD.resolve()),
            "DATA_DIRECTORY": str(paths.data_dir.resolve()),
            "VOLATILE_DIRECTORY": str(paths.volatile_dir.resolve()),
            "SITE_DIRECTORY": str(self._places.site.resolve()),
        }
        for value in values.values():
            if not is_safe(value):
                raise ConfigError(f"{value!r} can't stand in lighttpd.conf")
        extras = self._extras()
        return fill((TEMPLATES / "lighttpd.conf").read_text(), {**values, **extras})

    def _extras(self) -> dict[str, str]:
        """Use compression and the websocket where this lighttpd has the modules."""
        deflate, websocket = has_module("mod_deflate"), has_module("mod_wstunnel")
        modules = ['"mod_deflate"'] * deflate
        proxied = ""
        if self._broker and websocket:
            modules.append('"mod_wstunnel"')
            where = {
                "BROKER_ADDRESS": self._broker.host,
                "BROKER_PORT": str(self._broker.port),
            }
            proxied = fill((TEMPLATES / "websocket.conf").read_text(), where)
        return {
            "MODULES": "".join(f", {module}" for module in modules),
            "DEFLATE": (TEMPLATES / "deflate.conf").read_text() if deflate else "",
            "WEBSOCKET": proxied,
        }


def has_module(name: str, exists: Callable[[Path], bool] = Path.exists) -> bool:
    """Whether lighttpd's module lies where distributions put it."""
    return any(exists(Path(directory) / f"{name}.so") for directory in _MODULE_DIRECTORIES)
