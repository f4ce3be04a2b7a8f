"""The page: whether the web server answers, and shows the files."""

from http.client import HTTPConnection, HTTPException

from cli.doctor.finding import Findings, ok, warn
from cli.run import ports
from cli.run.places import RunPlaces
from cli.run.web import NAME
from shared.config import Config

_TIMEOUT_S = 5.0
_LOCAL = "127.0.0.1"
_OK = 200


def page(config: Config) -> Findings:
    """Ask for the page and for a file; only of a web server that `run` has started."""
    port = ports.remembered(RunPlaces(config.paths.state_dir).ports).get(NAME)
    if port is None:
        yield ok("no web server of ours was started here")
        return
    for path in ("/", "/yearly.json"):
        url = f"http://{_LOCAL}:{port}{path}"
        try:
            connection = HTTPConnection(_LOCAL, port, timeout=_TIMEOUT_S)
            connection.request("GET", path)
            status = connection.getresponse().status
            connection.close()
        except (OSError, HTTPException) as error:
            yield warn(f"{url} does not answer: {error}", "is lighttpd running?")
            return
        if status == _OK:
            yield ok(f"{url} answers")
        else:
            yield warn(f"{url} answers {status}", "ls -l the data directory: may lighttpd read it?")
