"""How the monitor is: what its services tell, what its files say, and what is in the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from cli.connection import Connection
from cli.documents_here import FileHere, files_here
from cli.install.manifest import INSTALLER, is_installed, lacks_unit
from cli.run.page import noted
from cli.run.services import names
from cli.told import fitting
from shared.config import Config
from shared.errors import BadInput, MonitorError
from shared.messages import ONLINE, decode_reading_message
from shared.reading import HEARTBEAT_INTERVALS
from shared.times import Zone, parse_timestamp
from shared.topics import SERVICES, Topics
from shared.version import VERSION

PAGE = "page"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something in the way, with what to type."""

    of: str
    text: str
    hint: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the broker keeps of the monitor; `error` says why there is nothing."""

    where: str = ""
    error: MonitorError | None = None
    online: frozenset[str] = frozenset()
    health: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reading: Mapping[str, Any] | None = None
    maintenance: str | None = None
    alerts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Served:
    """The page of our own web server; `trouble` says why nobody can see it."""

    url: str
    trouble: str
    hint: str


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it at the instant `now`; `expected` are the services this configuration needs.

    `without_unit` are those that nothing starts here; `page` is None without a web server of ours.
    """

    now: float
    zone: Zone
    heartbeat_s: float
    expected: tuple[str, ...]
    heard: Heard
    files: list[FileHere]
    page: Served | None = None
    without_unit: frozenset[str] = frozenset()

    @property
    def running(self) -> bool:
        """Whether every service that is needed says that it is there, and the page is served."""
        served = self.page is None or not self.page.trouble
        return not self.heard.error and set(self.expected) <= self.heard.online and served

    @property
    def today(self) -> Mapping[str, Any] | None:
        """The bucket of today; None when daily.json is of another day or knows nothing."""
        daily = self.files[0]
        return daily.today if daily.date == str(self.zone.day_of(self.now)) else None

    @property
    def next_jobs(self) -> dict[str, str]:
        """What happens next, and when."""
        jobs: dict[str, str] = dict(self.heard.health.get("aggregator", {}).get("next_rollups", {}))
        attempt = self.heard.health.get("syncer", {}).get("next_attempt")
        return jobs | ({"remote": attempt} if attempt else {})

    def troubles(self) -> list[Trouble]:
        """Return what is in the way, the gravest first."""
        if self.heard.error:
            error = self.heard.error
            return [Trouble("broker", str(error), error.hint), *self._of_files()]
        told = [
            Trouble(name, problem["text"], problem.get("hint", ""), problem.get("since"))
            for name, health in self.heard.health.items()
            if name in self.heard.online
            for problem in health.get("problems", ())
        ]
        alerts = [
            Trouble("alert", str(alert.get("text", name)), "", alert.get("since"))
            for name, alert in self.heard.alerts.items()
            if alert.get("state") == "on"
        ]
        page = self.page
        unseen = [Trouble(PAGE, page.trouble, page.hint)] if page and page.trouble else []
        return [*self.away(), *unseen, *told, *alerts, *self._stale(), *self._of_files()]

    def away(self) -> list[Trouble]:
        """Return which services are needed and not there."""
        away = [name for name in self.expected if name not in self.heard.online]
        return [
            # One that was added to the configuration since it was installed.
            Trouble(name, "is not running: nothing starts it yet", f"sudo {INSTALLER}")
            if name in self.without_unit
            else Trouble(name, "is not running", f"power-monitor logs {name}")
            for name in away
        ]

    def _stale(self) -> list[Trouble]:
        reading = self.heard.reading
        known = {"collector", "home_assistant"} & {
            problem["name"]
            for problem in self.heard.health.get("collector", {}).get("problems", ())
        }
        if "collector" not in self.heard.online or known:
            return []
        if reading is None:
            return [Trouble("collector", "no reading yet", "power-monitor collect")]
        age = self.now - parse_timestamp(str(reading.get("timestamp")))
        if age <= self.heartbeat_s:
            return []
        return [Trouble("collector", "the last reading is old", "power-monitor collect")]

    def _of_files(self) -> list[Trouble]:
        by_problem: dict[str, list[str]] = {}
        for file in self.files:
            if file.problem:
                by_problem.setdefault(file.problem, []).append(file.path.name)
        return [
            Trouble("files", f"{', '.join(names)}: {problem}", "power-monitor doctor")
            for problem, names in by_problem.items()
        ]

    def document(self) -> dict[str, Any]:
        """Return it for `--json`."""
        heard = self.heard
        return {
            "version": VERSION,
            "now": self.zone.iso(round(self.now)),
            "timezone": self.zone.name,
            "broker": {"address": heard.where, "reachable": heard.error is None},
            "services": {
                name: {
                    "needed": name in self.expected,
                    "online": name in heard.online,
                    "health": heard.health.get(name),
                }
                for name in SERVICES
            },
            "page": self.page and {"url": self.page.url, "reachable": not self.page.trouble},
            "reading": heard.reading,
            "today": self.today,
            "currency": self.files[0].currency,
            "files": [file.document() for file in self.files],
            "maintenance": heard.maintenance,
            "next": self.next_jobs,
            "problems": [
                {"of": one.of, "text": one.text, "hint": one.hint, "since": one.since}
                for one in self.troubles()
            ],
        }


def look(config: Config, now: float) -> Overview:
    """Ask the broker and look at the files."""
    state, expected = config.paths.state_dir, names(config)
    return Overview(
        now,
        Zone(config.timezone),
        HEARTBEAT_INTERVALS * config.data.interval_s,
        expected,
        _listen(config),
        files_here(config.paths),
        _served(config),
        frozenset(name for name in expected if lacks_unit(state, name)),
    )


def _served(config: Config) -> Served | None:
    page = noted(config)
    if page is None:
        return None
    installed = is_installed(config.paths.state_dir)
    hint = f"sudo {INSTALLER}" if installed else "power-monitor run; is lighttpd installed?"
    return Served(page.url, page.trouble(), hint)


def _listen(config: Config) -> Heard:
    connection = None
    try:
        connection = Connection(config)
        topics = connection.topics
        with connection:
            kept = connection.retained(
                topics.availability("+"),
                topics.health("+"),
                topics.reading,
                topics.maintenance,
                topics.alert("#"),
            )
    except MonitorError as error:
        return Heard(connection.where if connection else "", error)
    return heard_of(kept, topics, connection.where, config.metrics)


def heard_of(
    kept: Mapping[str, bytes], topics: Topics, where: str, metrics: frozenset[str]
) -> Heard:
    """Make sense of what the broker at `where` keeps, topic -> payload."""
    prefix = topics.alert("")
    return Heard(
        where,
        None,
        frozenset(name for name in SERVICES if kept.get(topics.availability(name)) == ONLINE),
        {
            name: fitting(said)
            for name in SERVICES
            if (said := _object(kept.get(topics.health(name))))
        },
        _reading(kept.get(topics.reading, b""), metrics),
        kept.get(topics.maintenance, b"").decode(errors="replace") or None,
        {
            topic.removeprefix(prefix): _object(payload)
            for topic, payload in kept.items()
            if topic.startswith(prefix)
        },
    )


def _reading(payload: bytes, metrics: frozenset[str]) -> dict[str, Any] | None:
    """Return a reading that the aggregator would take, as it came."""
    try:
        decode_reading_message(payload, metrics, 0.0)
    except BadInput:
        return None
    return _object(payload)


def _object(payload: bytes | None) -> dict[str, Any]:
    """Decode what somebody else may have sent: nothing of it is worth an exception here."""
    try:
        decoded = orjson.loads(payload or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
