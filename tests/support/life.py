"""A house whose hours pass at once, on a board whose clock may be wrong.

Home Assistant's clock is right; the board's shows `error_s` more. Both go on at their usual pace
and are set forward together: a day takes as long as its ticks take.
"""

import json
import time
from pathlib import Path
from typing import Any, Self

import orjson

from services.aggregator.history import History
from services.collector.ticks import Ticks
from shared.errors import Retryable
from shared.times import Zone, parse_timestamp
from support.broker import Broker
from support.house import House
from support.one_sensor import POWER
from support.truth import MOST_KW, Truth
from support.wait import wait_until

DAY_S = 86400.0
PATIENCE_S = 120.0
_A_MOMENT_S = 7.0  # after a tick Home Assistant's history has all before it
_RIGHT = 1e-3  # of the energy of a day or an hour
ROLLED_UP = ("weekly", "monthly", "yearly")


class Life:
    """A whole monitor with Home Assistant and a remote, from `now` on; use it in a `with` block.

    Home Assistant remembers `known_days` before `now`; there are changes for `days` after it.
    """

    def __init__(
        self,
        directory: Path,
        broker: Broker,
        now: float,
        *,
        zone: str = "Europe/Berlin",
        minutes: int = 10,
        known_days: float = 2.0,
        days: float = 5.0,
        **config: Any,
    ) -> None:
        self.minutes = minutes
        self.remote = directory / "stick"
        self.remote.mkdir()
        data = {"local_collection_interval_minutes": minutes}
        remote = {"type": "directory", "path": str(self.remote)}
        self.house = House(
            directory, broker, now, timezone=zone, data=data, remote=remote, **config
        )
        self.truth = Truth(now - known_days * DAY_S, now + days * DAY_S)
        self.house.home_assistant.clock = self.now
        self.house.home_assistant.insert(POWER, self.truth.rows)
        self._offset_s, self.error_s = now - time.time(), 0.0
        self._in_zone(zone)

    def __enter__(self) -> Self:
        self.house.__enter__()
        self._client = self.house.broker.client()
        self._client.__enter__()
        self._client.subscribe(f"{self.house.topics.responses}#")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self.house.__exit__()

    # Time

    def now(self) -> float:
        """Return the true time, which is Home Assistant's."""
        return time.time() + self._offset_s

    @property
    def shown(self) -> float:
        """What the board's clock shows."""
        return self.now() + self.error_s

    def set(self, now: float, error_s: float | None = None) -> None:
        """Let it be an instant at once, and the board's clock be wrong by so much."""
        assert self.house.clock
        self._offset_s = now - time.time()
        self.error_s = self.error_s if error_s is None else error_s
        self.house.clock.set(self.shown)
        self.nudge()

    def nudge(self) -> None:
        """Have the services look at their clock now: they do so each second anyway."""
        for service in ("collector", "aggregator", "syncer"):
            self._client.publish(self.house.topics.request(service, "log"))

    def live(self, until: float) -> None:
        """Let time pass until a true instant; the collector takes each tick on the way."""
        tick = self._ticks.after(self.shown)
        while tick <= until + self.error_s:
            asked = self._asked()
            self.set(tick + _A_MOMENT_S - self.error_s)
            self._wait_for_request(asked, tick)
            self.ask("collector", "log")  # it has its answer: no clock moves on the way
            tick = self._ticks.after(tick)
        self.set(max(until, self.now()))

    def _wait_for_request(self, asked: int, tick: float) -> None:
        what = f"a look at Home Assistant at {self.zone.iso(tick)}"
        wait_until(lambda: self._asked() > asked, PATIENCE_S, what=what)

    def _asked(self) -> int:
        return self.house.home_assistant.requests.count("/api/states/*")

    # Services

    def start(self) -> None:
        """Start all services."""
        self.house.start("aggregator", "collector", "syncer")

    def move(self, zone: str) -> None:
        """Configure another time zone, while the services are stopped."""
        file = self.house.stack.data.parent / "config.json"
        file.write_text(json.dumps({**json.loads(file.read_bytes()), "timezone": zone}))
        self._in_zone(zone)

    def _in_zone(self, zone: str) -> None:
        self.zone = Zone(zone)
        self._ticks = Ticks(self.zone, self.minutes * 60.0)

    def ask(self, service: str, command: str) -> Any:
        """Send a command and return the data of its answer."""
        topic = self.house.topics.response(service, command)
        before = len(self._client.of(topic))
        self._client.publish(self.house.topics.request(service, command))
        wait_until(lambda: len(self._client.of(topic)) > before, PATIENCE_S, what=command)
        answer = orjson.loads(self._client.of(topic)[-1].payload)
        assert answer["status"] == "ok", answer
        return answer["data"]

    # What became of it

    def points(self, tier: str) -> list[dict[str, Any]]:
        """Return a file's points."""
        points: list[dict[str, Any]] = self.house.stack.document(tier).get("data_points", [])
        return points

    def days(self, tier: str = "monthly") -> list[str]:
        """Return the dates of a file's points."""
        return [str(point["timestamp"])[:10] for point in self.points(tier)]

    def until_whole(self, since: float, until: float) -> None:
        """Wait until intervals speak for all of a time; until the last tick, for what is over."""
        until = min(until, self._ticks.at_or_before(self.now() - _A_MOMENT_S + 1))

        def missing() -> list[tuple[str, str]]:
            self.nudge()
            history = History(self.house.stack.state, self.zone)
            try:
                gaps = history.gaps(since, until, exact=True, now=until)
            except Retryable as error:  # the aggregator compresses a day just now
                return [(str(error), "")]
            return [(self.zone.iso(start), self.zone.iso(end)) for start, end in gaps]

        self._until_none(missing)

    def until_right(self, first: str, last: str, followed_s: float = 0.0) -> None:
        """Wait until every day and hour of these days has the energy that flowed, and all of it.

        A difference of clocks that is followed moves edges by as much (decision 0091).
        """
        moved_kwh = abs(followed_s) * MOST_KW / 3600

        def wrong() -> list[str]:
            self.nudge()
            days = [day for day in self.days() if first <= day <= last]
            found = [] if {first, last} <= set(days) else [f"{first} or {last} is not there"]
            for tier in ROLLED_UP:
                near = [one for one in self.points(tier) if first <= one["timestamp"][:10] <= last]
                found += [
                    f"{tier} {text}" for one in near if (text := self._wrong(one, tier, moved_kwh))
                ]
            return found

        self._until_none(wrong)

    def _wrong(self, point: dict[str, Any], tier: str, moved_kwh: float) -> str:
        start = parse_timestamp(point["timestamp"])
        edges = self.zone.hour_edges(self.zone.day_of(start))
        if start not in edges:
            return f"{point['timestamp']} begins nothing in this zone"
        end = edges[edges.index(start) + 1] if tier == "weekly" else edges[-1]
        flowed = self.truth.kwh(start, end)
        off = abs(point["energy_kwh"] - flowed)
        if point["coverage"] == 1 and off <= _RIGHT * flowed + moved_kwh:
            return ""
        return f"{point['timestamp']}: {point['energy_kwh']} of {flowed:.6f} kWh"

    def until_safe(self) -> None:
        """Wait until the remote has what the files say."""

        def other() -> list[str]:
            self.nudge()
            return [tier for tier in ("monthly", "yearly") if self._there(tier) != self._here(tier)]

        self._until_none(other)

    def _here(self, tier: str) -> bytes:
        return (self.house.stack.data / f"{tier}.json").read_bytes()

    def _there(self, tier: str) -> bytes:
        found = sorted(self.remote.rglob(f"{tier}.json"))
        return found[0].read_bytes() if found else b""

    def rebuilt(self) -> None:
        """Have everything made anew; AssertionError if that changes any point."""
        today = str(self.zone.day_of(self.shown))
        dirty = self.house.stack.state / "dirty.json"
        self._until_none(lambda: [d for d in json.loads(dirty.read_bytes())["days"] if d < today])
        before = {tier: self.points(tier) for tier in ROLLED_UP}
        self.ask("aggregator", "rebuild")
        assert {tier: self.points(tier) for tier in before} == before

    @staticmethod
    def _until_none(troubles: Any) -> None:
        last: list[Any] = []

        def none() -> bool:
            last[:] = troubles()
            return not last

        try:
            wait_until(none, PATIENCE_S)
        except AssertionError:
            raise AssertionError(str(last[:10])) from None
