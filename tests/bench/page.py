"""What the page costs the network: its first load, a second one, a poll that finds nothing."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import CDPSession, Page
from support.browser import Visitor, chromium

from bench.demo import demo
from bench.table import Row

_TODAY = "daily.json"


@dataclass(slots=True)
class Traffic:
    """Requests, and bytes as they come over the wire, headers included."""

    requests: int = 0
    received: int = 0

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.received / 1000:.1f} kB"


class Meter:
    """Counts the traffic of one page."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.on("Network.loadingFinished", self._finished)
        self._session.send("Network.enable")
        self.read()

    def read(self) -> Traffic:
        """Return what was counted, and begin anew."""
        counted, self._now = getattr(self, "_now", Traffic()), Traffic()
        return counted

    def _finished(self, event: dict[str, float]) -> None:
        if event["encodedDataLength"]:  # nothing was asked for what the cache has
            self._now.requests += 1
            self._now.received += int(event["encodedDataLength"])


def measure() -> Row:
    """Load the demo's page, load it again, and wait for a poll."""
    with tempfile.TemporaryDirectory() as directory, demo(Path(directory)) as running:
        running.wait_until_filled()
        first, second, poll, whole = _visit(running.page)
    return Row(
        "the page: first load; second; one poll that finds nothing new",
        f"{first}; {second}; {poll}",
        f"a poll that fetches {_TODAY} anew: {whole}",
        "-",
    )


def _visit(url: str) -> tuple[Traffic, Traffic, Traffic, Traffic]:
    with chromium() as browser:
        visitor = Visitor(browser)
        page = visitor.open("about:blank", now=None)
        meter = Meter(page)
        found = []
        for _ in range(2):
            page.goto(url, wait_until="networkidle")
            found.append(meter.read())
        for cache in ("no-cache", "reload"):
            page.evaluate(f"fetch('{_TODAY}', {{cache: '{cache}'}}).then(it => it.text())")
            page.wait_for_load_state("networkidle")
            found.append(meter.read())
        page.context.close()
    first, second, poll, whole = found
    return first, second, poll, whole
