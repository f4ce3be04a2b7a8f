"""A real Chromium: one for each test worker, and for each test a visitor who is watched.

A visitor fails its test when the browser complains: an error in the console, a violation of the
Content-Security-Policy, an uncaught exception, a request to any other host.
"""

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Route,
    WebError,
    WebSocket,
    expect,
    sync_playwright,
)

# The same engine without a window takes half of the time: https://developer.chrome.com/blog/chrome-headless-shell
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # tests may run as root, and meet pages of ours only
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name is looked up, so nothing leaves the machine whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
NOON = "2026-11-22T12:00:00+01:00"
TIMEOUT_MS = 60_000  # for each step of a page; the machine may be busy
_LOCAL_SCHEMES = {"data", "blob", "about", "chrome"}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the distribution's browser; nothing is downloaded."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "chromium is not installed: scripts/test installs it"
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """Opens pages, each in a profile of its own, and keeps what the browser complained about."""

    def __init__(self, browser: Browser) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._forgiven: tuple[str, ...] = ()

    def open(
        self,
        url: str,
        *,
        now: float | str | None = NOON,
        ticking: bool = False,
        zone: str = "Europe/Berlin",
        locale: str = "en-GB",
        scheme: Literal["light", "dark"] = "light",
        size: tuple[int, int] = (1280, 800),
        elsewhere: Mapping[str, str | bytes | None] | None = None,
        home: str = "",
        **more: Any,
    ) -> Page:
        """Open a page in a fresh profile and return it once it is loaded.

        `now` (seconds since 1970 or ISO 8601; None is the real clock) stands still, or with
        `ticking` starts there and obeys `page.clock`. `zone`, `locale`, `scheme`, `size` are the
        browser's. `elsewhere` answers other addresses: address -> JSON, None for a host that is
        down (answering for others turns the browser's own cache off). `home` is an address whose
        host may be asked, if it is not that of `url`. `more` is for Playwright's `new_context`.
        """
        context = self._browser.new_context(
            timezone_id=zone,
            locale=locale,
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            **more,
        )
        self._contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        self._watch(context, home or url, elsewhere or {})
        page = context.new_page()
        _set_clock(page, now, ticking=ticking)
        page.goto(url)
        return page

    def forgive(self, *parts: str) -> None:
        """Expect complaints that contain one of these, such as "404"."""
        self._forgiven += parts

    def wait_for_complaint(self, part: str) -> None:
        """Wait until the browser complains with these words."""
        end = time.monotonic() + TIMEOUT_MS / 1000
        while not any(part in complaint for complaint in self.complaints):
            assert time.monotonic() < end, f"no complaint with {part!r} among {self.complaints}"
            for context in self._contexts:
                context.pages[0].wait_for_timeout(10)  # events arrive only while Playwright runs

    def close(self) -> None:
        """Close everything; AssertionError when the browser complained."""
        for context in self._contexts:
            for page in context.pages:
                with suppress(Error):  # it may be on its way elsewhere
                    page.evaluate("0")  # what it said before has been heard after this
            context.close()
        self._contexts.clear()
        complaints, self.complaints = self.complaints, []
        unforgiven = [
            complaint
            for complaint in complaints
            if not any(part in complaint for part in self._forgiven)
        ]
        assert unforgiven == [], "\n".join(["the browser complained:", *unforgiven])

    def _watch(
        self, context: BrowserContext, url: str, elsewhere: Mapping[str, str | bytes | None]
    ) -> None:
        home = urlsplit(url).netloc

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.complaints.append(f"console: {message.text} ({message.location['url']})")

        def failed(error: WebError) -> None:
            self.complaints.append(f"exception: {error.error}")

        def asked(address: str) -> None:
            parts = urlsplit(address)
            is_ours = parts.scheme in _LOCAL_SCHEMES or parts.netloc == home
            if not is_ours and address not in elsewhere:
                self.complaints.append(f"request to another host: {address}")

        def connected(socket: WebSocket) -> None:
            asked(socket.url)

        def requested(request: Request) -> None:
            asked(request.url)

        context.on("console", heard)
        context.on("weberror", failed)
        context.on("request", requested)
        context.on("page", lambda page: page.on("websocket", connected))
        for address, answer in elsewhere.items():
            context.route(address, _answering(answer))


def _answering(answer: str | bytes | None) -> Any:
    def handle(route: Route) -> None:
        if answer is None:
            route.abort("connectionfailed")
        else:
            route.fulfill(
                body=answer,
                content_type="application/json",
                headers={"Access-Control-Allow-Origin": "*"},
            )

    return handle


def _set_clock(page: Page, now: float | str | None, *, ticking: bool) -> None:
    if now is None:
        return
    instant = datetime.fromisoformat(now) if isinstance(now, str) else _instant(now)
    if ticking:
        page.clock.install(time=instant)
    else:
        page.clock.set_fixed_time(instant)


def _instant(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
