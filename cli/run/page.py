"""Where the own web server serves the page: noted at each of its starts, for the command line."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from cli.run.answers import reachable
from cli.run.places import RunPlaces, write_private
from shared.config import Config

if TYPE_CHECKING:
    from http.client import HTTPConnection

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Page:
    """An address and a port, and whether it is HTTPS there."""

    address: str
    port: int
    encrypts: bool

    @property
    def url(self) -> str:
        """The page's address, as this machine sees it."""
        host = reachable(self.address)
        return f"http{'s' * self.encrypts}://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def status(self, path: str = "/") -> int:
        """Return the HTTP status of a path; raises OSError when nobody answers in HTTP."""
        from http.client import HTTPException  # noqa: PLC0415 - `run` only notes, and is small

        connection = self._connection()
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except HTTPException as error:
            raise OSError(f"something else answers there: {error!r}") from None
        finally:
            connection.close()

    def trouble(self) -> str:
        """Return why nobody can see the page, "" when it is served."""
        try:
            self.status()
        except OSError as error:
            return f"{self.url} does not answer: {error.strerror or error}"
        return ""

    def _connection(self) -> "HTTPConnection":
        from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - the same
        from ssl import CERT_NONE, create_default_context  # noqa: PLC0415 - the same

        if not self.encrypts:
            return HTTPConnection(reachable(self.address), self.port, timeout=_TIMEOUT_S)
        context = create_default_context()
        # Whether browsers trust the certificate is not asked here, only whether it is served.
        context.check_hostname = False
        context.verify_mode = CERT_NONE
        return HTTPSConnection(
            reachable(self.address), self.port, timeout=_TIMEOUT_S, context=context
        )


def note(places: RunPlaces, page: Page) -> None:
    """Write down where the page is served, or is meant to be."""
    told = {"address": page.address, "port": page.port}
    write_private(places.web, orjson.dumps(told).decode() + "\n")


def forget(places: RunPlaces) -> None:
    """No page is served any more, on purpose."""
    with suppress(FileNotFoundError):
        places.web.unlink()


def noted(config: Config) -> Page | None:
    """Return where the page was last served; None when there never was one of ours."""
    try:
        told = orjson.loads(RunPlaces(config.paths.state_dir).web.read_bytes())
        return Page(str(told["address"]), int(told["port"]), config.web.tls_key is not None)
    except (OSError, ValueError, KeyError, TypeError):
        return None
