"""Our own lighttpd instance: page, data and the websocket to the broker at one origin."""

from contextlib import nullcontext, suppress
from pathlib import Path

from cli.run import page, ports
from cli.run.answers import accepts, speaks_http
from cli.run.broker import LOCAL, OwnBroker
from cli.run.places import RunPlaces, make_private, write_private
from cli.run.program import Program, execute
from cli.run.web_configuration import has_websocket, web_configuration
from shared.config import Config
from shared.site import encode_site

NAME = "lighttpd"
_FAVOURITE_PORT = 8080


class OwnWeb:
    """lighttpd for one state directory; `prepare` writes all it needs before each start."""

    name = NAME

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
        self._encrypts = config.web.tls_key is not None
        self._answered = False

    @property
    def url(self) -> str:
        """The page's address, as this machine sees it."""
        return self._page().url

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
        speaks = accepts if self._encrypts else speaks_http
        answers = speaks(self.address, self.port)
        self._answered = self._answered or answers
        return answers

    def keep(self, port: int) -> None:
        """Take the one that runs since before us."""
        self.port = port
        self._answered = True

    def prepare(self, _failures: int) -> None:
        """Choose the port and write what lighttpd reads; raises OSError.

        A disk that refuses is in nobody's way once there is what lighttpd has worked with.
        """
        with suppress(OSError) if self._answered else nullcontext():
            if self._fixed:
                self._note()  # even if it comes to nothing: that was wanted, and can be told
            self._choose_port()
            self._note()
            self.write()

    def write(self) -> None:
        """Write the configuration and what the page needs to know."""
        make_private(self._places.site)
        write_private(self._places.site / "site.json", self._site())
        configuration = web_configuration(
            self._config, self._places, self.address, self.port, self._broker
        )
        write_private(self._file("lighttpd.conf"), configuration)

    def _page(self) -> page.Page:
        return page.Page(self.address, self.port, self._encrypts)

    def _note(self) -> None:
        page.note(self._places, self._page())

    def _file(self, name: str) -> Path:
        return self._places.run.absolute() / name

    def _choose_port(self) -> None:
        if self._answered:
            return
        if self._fixed:
            if trouble := ports.trouble(self.address, self.port):
                raise OSError(trouble)
            return
        wanted = self.port or ports.remembered(self._places.ports).get(NAME, _FAVOURITE_PORT)
        self.port = ports.choose(self.address, wanted)
        ports.remember(self._places.ports, NAME, self.port)

    def _site(self) -> str:
        """Return what the page needs; the viewer's password opens only what is shown anyway."""
        mqtt = None
        if self._broker and has_websocket():
            password = (self._broker.credentials_dir / "viewer").read_text().strip()
            mqtt = {"path": "/mqtt", "username": "viewer", "password": password}
        return encode_site(self._config, mqtt=mqtt).decode()
