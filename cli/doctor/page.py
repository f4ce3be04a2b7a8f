"""The page: whether the web server answers, and shows the files."""

from cli.doctor.finding import Findings, fail, ok, warn
from cli.install.manifest import INSTALLER, is_installed
from cli.overview import Served
from cli.run.page import noted
from shared.config import Config

_OK = 200


def page(config: Config, seen: Served | None) -> Findings:
    """Ask for the page and for a file; only of a web server of ours."""
    served = noted(config)
    if seen is None or served is None:
        if is_installed(config.paths.state_dir):
            yield fail("the page was never served", f"sudo {INSTALLER}")
        else:
            yield ok("no web server of ours was started here")
        return
    if seen.trouble:
        yield fail(seen.trouble, seen.hint)
        return
    for path in ("", "yearly.json"):
        status = served.status(f"/{path}")
        if status == _OK:
            yield ok(f"{seen.url}{path} answers")
        else:
            hint = "ls -l the data directory: may lighttpd read it?"
            yield warn(f"{seen.url}{path} answers {status}", hint)
