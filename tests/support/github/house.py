"""One house without processes: the real aggregator, the real core of the syncer, any remote."""

import random
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import orjson

from services.aggregator.aggregator import Aggregator
from services.aggregator.commands import Commands
from services.syncer.core import Core, Purpose
from services.syncer.effects import Ask, Effect, Job, Pause
from services.syncer.remote import Remote
from shared.config import Config, parse
from shared.documents import BOOK, Document, decode_document
from shared.errors import MonitorError
from shared.messages import FileUpdated, Request
from shared.times import Zone, days_between, parse_timestamp
from support.readings import collected

Result = TypeVar("Result")
ZONE = Zone("Europe/Berlin")
NOON = parse_timestamp("2026-11-22T12:00:00+01:00")


class Killed(BaseException):
    """The process ended at this effect, as by kill -9."""


class House:
    """Data and state below a directory; `restart` forgets what is only in memory."""

    def __init__(
        self, directory: Path, remote: Remote, *, archive: bool = False, now: float = NOON
    ) -> None:
        self.remote = remote
        self.now = now
        self.effects: list[Effect] = []
        self.announced: list[FileUpdated] = []
        self.before_effect: Callable[[Effect], None] = lambda _: None
        self.after_effect: Callable[[Effect], None] = lambda _: None
        self._purpose = Purpose(archive=archive)
        kept_at = {"path": str(directory / "stick"), "archive": archive}
        self.config = configuration(directory, remote=kept_at)
        self.restart()

    def restart(self) -> None:
        """Start both services anew from their files."""
        self.aggregator = Aggregator(
            self.config, self.announced.append, lambda _: None, lambda _: None
        )
        self.aggregator.load()
        commands = Commands(self.aggregator, frozenset({"power"}), 10, lambda: (self.now, self.now))
        self._commands = commands.table()
        self.aggregator.step(now=self.now, tick=self.now)
        self.core = Core(self.config, self._purpose, lambda: self.now, lambda: self.now)
        self.core.records.load(self.remote.identity)

    def ask(self, command: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Carry out a command of the aggregator."""
        return self._commands[command](Request(command, arguments))

    def add_days(self, first: str, last: str, mean: float = 400.0, coverage: float = 1.0) -> None:
        """Book days as if their readings had been rolled up."""
        days = days_between(date.fromisoformat(first), date.fromisoformat(last))
        self.ask("import", {"buckets": [point(day, mean, coverage) for day in days]})

    def correct(self, day: date, mean: float | None) -> None:
        """Set a day to a value, or drop it."""
        self.now += 1
        change = {"drop": True} if mean is None else {"bucket": point(day, mean, 1.0)}
        self.ask("correct", {"date": day.isoformat(), **change})

    def wait_until(self, moment: str) -> None:
        """Let the time pass up to a moment."""
        self.now = parse_timestamp(moment)
        self.aggregator.step(now=self.now, tick=self.now)

    def run(self, job: Job[Result]) -> Result:
        """Run a job to its end, or to its error."""
        answer: Any = None
        error: MonitorError | None = None
        while True:
            try:
                effect = job.throw(error) if error else job.send(answer)
            except StopIteration as end:
                result: Result = end.value
                return result
            self.effects.append(effect)
            answer, error = None, None
            try:
                self.before_effect(effect)
                answer = self._carry_out(effect)
                self.after_effect(effect)
            except MonitorError as failed:
                error = failed

    def push(self, name: str = "all", *, force: bool = False) -> Mapping[str, Any]:
        """Push on command."""
        return self.run(self.core.push(name, force=force))

    def sync(self) -> None:
        """Do what the service does at a start and after a message."""
        if self.core.needs_restore():
            self.run(self.core.restore())
        if self.core.unsynced():
            self.run(self.core.push_due())

    def file(self, path: str) -> bytes:
        """Return a file of the data directory."""
        return (self.config.paths.data_dir / path).read_bytes()

    def here(self, path: str) -> Document:
        """Return a document of the data directory."""
        return decode_document(self.file(path), _tier(path))

    def there(self, path: str) -> Document:
        """Return a document of the remote."""
        blob = self.remote.read(path)
        assert blob, f"{path} is not at the remote"
        return decode_document(blob.content, _tier(path))

    def _carry_out(self, effect: Effect) -> Any:
        if isinstance(effect, Ask):
            return self.ask(effect.command, orjson.loads(effect.payload))
        if isinstance(effect, Pause):
            return None
        return effect.carry_out(self.remote)


def configuration(directory: Path, **sections: Any) -> Config:
    """Return a configuration with everything below a directory."""
    return parse(
        {
            "home_assistant": {
                "url": "http://127.0.0.1",
                "token": "t",
                "entities": {"power": "sensor.p"},
            },
            "paths": {
                "data_dir": str(directory / "data"),
                "state_dir": str(directory / "state"),
            },
            "timezone": ZONE.name,
            **sections,
        },
        {},
    )


def _tier(path: str) -> str:
    return BOOK if path.startswith("history/") else path.removesuffix(".json")


def point(day: date, mean: float, coverage: float) -> dict[str, Any]:
    """Return a daily bucket as documents write it."""
    hours = (ZONE.day_end(day) - ZONE.day_start(day)) / 3600
    return {
        "timestamp": ZONE.iso(ZONE.day_start(day)),
        "power": {"mean": mean, "min": mean - 10, "max": mean + 10},
        "energy_kwh": round(mean * hours * coverage / 1000, 6),
        "export_kwh": 0,
        "samples": 144,
        "coverage": coverage,
    }


def edited(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a document as a person changed it."""
    document = orjson.loads(content)
    change(document)
    return orjson.dumps(document)


def noisy_readings(day: date, every_s: int = 60) -> bytes:
    """Return a day's journal lines, as many and as random as a real day's."""
    chance = random.Random(str(day))
    start, lines = ZONE.day_start(day), []
    for tick in range(int((ZONE.day_end(day) - start) / every_s)):
        mean = round(chance.uniform(100, 3000), 1)
        seconds = every_s if tick else every_s - 1  # none reaches into the day before
        if not seconds:
            continue
        at = Zone("UTC").iso(start + (tick + 1) * every_s - 1)
        lines.append(orjson.dumps(collected(at, seconds, mean, below=5, above=5)))
    return b"\n".join(lines) + b"\n"
