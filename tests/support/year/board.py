"""The board: three services on one disk and one clock, each started, killed and stepped."""

import resource
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, cast

from services.aggregator.aggregator import Aggregator
from services.aggregator.commands import Commands
from services.collector.context import make_context
from services.collector.worker import CollectorWorker, open_worker
from services.syncer.core import Core, Purpose
from services.syncer.directory import Directory
from services.syncer.patience import Patience
from services.syncer.worker import SyncerWorker
from shared.clock import earliest_believable
from shared.config import Config, parse
from shared.errors import Retryable
from shared.messages import (
    ONLINE,
    FileUpdated,
    decode_reading_message,
    decode_request,
    encode_file_updated,
)
from shared.reading import Reading
from shared.service import Shell
from shared.starts import note_start
from support.year.broker import TOPICS, Broker, Way
from support.year.death import Death, Killed
from support.year.world import METER, POWER, HomeAssistant

MINUTES = 10
SERVICES = ("collector", "aggregator", "syncer")
_RETRY_S = 5.0  # after the disk refused, as the aggregator's worker does
_MOST_STEPS = 5000


class Clock:
    """The world's time, the board's idea of it, and the time since it was switched on."""

    def __init__(self, now: float) -> None:
        self.true = now
        self.ahead_s = 0.0
        self.booted = now

    def now(self) -> float:
        """Return what the board's clock shows."""
        return self.true + self.ahead_s

    def steady(self) -> float:
        """Return the clock that never jumps."""
        return self.true - self.booted + 100.0

    def world(self) -> float:
        """Return what time it is."""
        return self.true


class AggregatorService:
    """The aggregator's core with what its worker does around it."""

    def __init__(self, board: "Board") -> None:
        config = board.config
        self._board = board
        self.core = Aggregator(
            config, self._announce, board.complaints.append, board.remarks.append
        )
        self.core.load()
        self._metrics = config.metrics
        self._commands = Commands(
            self.core, self._metrics, config.data.backfill_days, self._clocks
        ).table()
        self._waiting: list[Reading] = []
        self._retry_at = float("-inf")
        self._in_trouble = False
        board.broker.ask = self.ask

    def ask(self, command: str, payload: bytes) -> Mapping[str, Any]:
        """Carry out a request."""
        return self._commands[command](decode_request(command, payload, limit=1 << 20))

    def step(self) -> float:
        """Take what came and do what is due."""
        clock, broker = self._board.clock, self._board.broker
        if broker.linked and broker.queue:
            self._waiting += [
                decode_reading_message(raw, self._metrics, self.core.heartbeat)
                for raw in broker.queue
            ]
            broker.queue.clear()
        if clock.steady() < self._retry_at:
            return self._retry_at - clock.steady()
        try:
            self._take()
            if clock.now() < earliest_believable():
                return 1.0
            wait = self.core.step(now=clock.now(), tick=clock.steady())
        except Retryable:
            self._in_trouble = True
            self._retry_at = clock.steady() + _RETRY_S
            return _RETRY_S
        if self._in_trouble:
            self._in_trouble = False
            self._board.say_aggregator_is_there()
        return wait

    def close(self) -> None:
        """Give descriptors back, as the end of a process does."""
        self._board.broker.ask = None
        self.core.close()

    def _take(self) -> None:
        if self._waiting:
            now, tick = self._clocks()
            lost = self.core.take(self._waiting, now=now, tick=tick)
            self._board.too_late += lost
            self._waiting = []

    def _announce(self, update: FileUpdated) -> None:
        topic = TOPICS.file_updated(update.tier)
        if update.tier in ("monthly", "yearly"):
            self._board.broker.tell("syncer", topic, encode_file_updated(update))

    def _clocks(self) -> tuple[float, float]:
        return self._board.clock.now(), self._board.clock.steady()


class Board:
    """Files below `directory`, a remote beside them; services are None while they are away."""

    def __init__(
        self, directory: Path, clock: Clock, source: HomeAssistant, seed: int, *, meter: bool
    ) -> None:
        self.directory = directory
        self.remote = directory / "stick"
        self.remote.mkdir(parents=True)
        self.clock = clock
        self.source = source
        self.chance = Random(f"board {seed}")
        self.meter = meter
        self.zone = "Europe/Berlin"
        self.broker = Broker(self.chance)
        self.death = Death()
        self.complaints: list[str] = []
        self.remarks: list[str] = []
        self.too_late = 0
        self.deaths = 0
        self.collector: CollectorWorker | None = None
        self.aggregator: AggregatorService | None = None
        self.syncer: SyncerWorker | None = None
        self._ways: dict[str, Way] = {}
        source.belong_to(clock.now)

    @property
    def config(self) -> Config:
        """The configuration, for the zone it is in now."""
        entities = {"power": POWER, **({"energy": METER} if self.meter else {})}
        return parse(
            {
                "home_assistant": {"url": "http://127.0.0.1", "token": "t", "entities": entities},
                "mqtt": {"base_topic": TOPICS.base},
                "data": {"local_collection_interval_minutes": MINUTES},
                "paths": {
                    "data_dir": str(self.directory / "data"),
                    "state_dir": str(self.directory / "state"),
                },
                "remote": {"path": str(self.remote)},
                "timezone": self.zone,
            },
            {},
        )

    @property
    def busy(self) -> bool:
        """Whether there is more to do than to wait for the next tick."""
        way = self._ways.get("collector")
        filling = bool(way and way.health.facts.get("backfill"))
        return bool(self.collector and filling)

    def start(self, name: str) -> None:
        """Start a service, unless it is there."""
        if getattr(self, name) is not None:
            return
        try:
            note_start(self.config.paths.state_dir, name, self.clock.now())
            getattr(self, f"_start_{name}")()
        except Retryable:
            return  # a disk that refuses: whoever starts it tries again
        except Killed:
            self.died(name)

    def stop(self, name: str) -> None:
        """End a service as a signal does."""
        service = getattr(self, name)
        try:
            if service is not None:
                service.close()
        except Killed:
            self.death.disarm()
        self._gone(name)

    def kill(self, name: str) -> None:
        """End a service as kill -9 does."""
        if name == "aggregator" and self.aggregator:
            self.aggregator.close()  # closes descriptors, and writes nothing
        self._gone(name)

    def wipe(self) -> None:
        """Put an empty disk in place of the board's."""
        for name in ("data", "state"):
            shutil.rmtree(self.directory / name, ignore_errors=True)

    def link(self, *, up: bool) -> None:
        """Lose the broker, or have it back."""
        self.broker.linked = up
        for service in (self.collector, self.syncer):
            if service:
                service.link_changed(up=up)

    def say_aggregator_is_there(self) -> None:
        """Tell the others, as its birth message does."""
        for name in ("collector", "syncer"):
            self.broker.tell(name, TOPICS.availability("aggregator"), ONLINE)

    def disk_takes(self, most_bytes: int | None) -> None:
        """Let no file grow beyond a size; None: let them grow again."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        soft = resource.RLIM_INFINITY if most_bytes is None else most_bytes
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def step(self) -> float:
        """Let each service do what it has to do now; return in how many seconds there is more."""
        for _ in range(_MOST_STEPS):
            wait = min(self._step(name) for name in SERVICES)
            if wait > 0 and not self._has_mail():
                return wait
        raise AssertionError("the services never come to rest")

    def _has_mail(self) -> bool:
        waits = any(
            self.broker.inboxes[name] for name in ("collector", "syncer") if getattr(self, name)
        )
        return waits or bool(self.broker.queue and self.aggregator and self.broker.linked)

    def _step(self, name: str) -> float:
        service = getattr(self, name)
        if service is None:
            return 1.0
        try:
            if name != "aggregator" and self.broker.inboxes[name]:
                service.receive(self.broker.take_inbox(name))
            return float(service.step())
        except Killed:
            self.died(name)
            return 1.0

    def died(self, name: str) -> None:
        """Let a service be gone that was killed between two writes."""
        self.death.disarm()
        self.deaths += 1
        self.kill(name)

    def _gone(self, name: str) -> None:
        setattr(self, name, None)
        self.broker.inboxes.pop(name, None)
        if name == "aggregator":
            self.broker.ask = None

    def _start_collector(self) -> None:
        way = self._ways["collector"] = Way("collector", self.broker)
        context = make_context(self.config, way, self.source, self.clock.now, self.clock.steady)
        self.collector = open_worker(context)
        self.collector.link_changed(up=self.broker.linked)

    def _start_aggregator(self) -> None:
        self.aggregator = AggregatorService(self)
        self.say_aggregator_is_there()

    def _start_syncer(self) -> None:
        way, config = Way("syncer", self.broker), self.config
        state = config.paths.state_dir / "syncer"
        remote = Directory(self.remote, state / "directory-seen")
        core = Core(config, Purpose(), self.clock.now, self.clock.steady)
        core.records.load(remote.identity)
        patience = Patience(core.records, "year", self.chance.random, now=self.clock.now)
        patience.take_up(self.clock.steady())
        self.syncer = SyncerWorker(
            cast("Shell", way),
            core,
            remote,
            None,
            patience,
            now=self.clock.now,
            tick=self.clock.steady,
        )
        self.syncer.link_changed(up=self.broker.linked)
