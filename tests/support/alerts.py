"""A watch over a house with a clock to turn, and what it told."""

from collections.abc import Iterable

import orjson

from services.aggregator.alerts.machine import Machine
from services.aggregator.alerts.memory import Notice, decode, encode
from services.aggregator.alerts.watch import Watch
from shared.config import AlertsConfig
from shared.reading import Interval, Reading, Stats
from shared.times import Zone, parse_timestamp

ZONE = Zone("Europe/Berlin")
HEARTBEAT_S = 1500.0
ROOM = {"data": (10**9, 10**10), "state": (10**9, 10**10)}


class Watched:
    """The core of the alerts; `restart` keeps what a file keeps."""

    def __init__(
        self,
        now: str,
        *,
        synced: bool = False,
        patience_s: float = 0.0,
        booted: str = "",
        journal: Iterable[Reading] = (),
        **settings: object,
    ) -> None:
        self.now = at(now)
        self.booted = at(booted) if booted else self.now - 1e6
        self.served = self.now
        self.spaces = dict(ROOM)
        self.starts: dict[str, list[float]] = {}
        self.used: float | None = None
        self.quiet = False
        self.journal = list(journal)
        self.told: list[Notice] = []
        self._settings = AlertsConfig(**settings)  # type: ignore[arg-type] # what a test gives
        self._synced = synced
        self._patience_s = patience_s
        self.watch = self._make()
        self._wake()

    def _make(self) -> Watch:
        return Watch(
            self._settings, ZONE, HEARTBEAT_S, synced=self._synced, patience_s=self._patience_s
        )

    def _wake(self) -> None:
        last = max((reading.time for reading in self.journal), default=None)
        self.watch.wake(last, self._machine())
        self.watch.recall(sorted(self.journal, key=lambda reading: reading.time), self.now)

    def _machine(self) -> Machine:
        start = ZONE.day_start(ZONE.day_of(self.now))
        return Machine(
            self.now, self.booted, self.spaces, self.used, start, self.served, self.starts
        )

    def restart(self, *, booted: str = "") -> None:
        """End the process, perhaps with the machine, and start again."""
        raw = orjson.dumps(encode(self.watch.snapshot()))
        self.booted = at(booted) if booted else self.booted
        self.served = self.now
        self.watch = self._make()
        self.watch.begin(decode(orjson.loads(raw)))
        self._wake()

    def collector(self, *, started: str, **health: object) -> None:
        """Hear the collector's health; `started` is when it was started."""
        self.watch.hear(
            "collector",
            {"uptime_seconds": self.now - at(started), **health},
            self.now,
            self.now - self.served,
        )

    def take(self, *readings: Reading) -> None:
        """Take readings that are safe."""
        self.journal += readings
        self.watch.take(readings, self.now)

    def look(self) -> None:
        """Look, and take what there is to tell."""
        self.watch.look_back(
            self._machine(),
            lambda since, until: sorted(
                (r for r in self.journal if r.start < until and r.time > since - HEARTBEAT_S),
                key=lambda reading: reading.start,
            ),
            quiet=self.quiet,
        )
        self.watch.look(self._machine(), quiet=self.quiet)
        self.told += self.watch.memory.waiting
        self.watch.memory.waiting = []

    def until(self, now: str, *, step_s: float = 30.0) -> list[Notice]:
        """Let time pass, looking all the while; return what was told."""
        count = len(self.told)
        while self.now < at(now):
            self.now = min(at(now), self.now + step_s)
            self.look()
        return self.told[count:]

    def shown(self, name: str) -> tuple[str, str]:
        """Return state and text of an alert's topic."""
        shown = self.watch.memory.shown[name]
        return shown.state, shown.text


def names(notices: list[Notice]) -> list[tuple[str, str]]:
    """Return the alert and the event of each message."""
    return [(one.name, one.event) for one in notices]


def at(text: str) -> float:
    """Return an instant of the test's day: `14:20`, or with a date before it."""
    full = text if "T" in text else f"2026-11-22T{text}"
    return parse_timestamp(f"{full}:00+01:00")


def reading(
    now: str, power: float | None, coverage: float = 1.0, seconds: int = 600, **more: float | None
) -> Reading:
    """Return a reading with an interval of constant power."""
    known = coverage > 0
    watts = 0.0 if power is None else power
    stats = {"power": Stats(watts, watts, watts, coverage)} if known else {}
    kwh = watts * coverage * seconds / 3.6e6
    interval = Interval(seconds, coverage, kwh if known else None, 0.0 if known else None, stats)
    return Reading(at(now), {"power": power, **more}, {}, interval)
