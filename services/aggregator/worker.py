"""The aggregator's way to the network: readings in, each acknowledged once it is safe."""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.aggregator.aggregator import Aggregator
from services.aggregator.alerts.desk import AlertDesk
from services.aggregator.commands import Commands
from services.aggregator.entities import Entities
from services.aggregator.keeping import WAITING_HINT
from services.aggregator.tiers import ROLLED_UP
from shared import clock
from shared.config import Config
from shared.damage import tell_damage
from shared.errors import BadInput, Retryable
from shared.inbox import Message
from shared.messages import ONLINE, FileUpdated, decode_reading_message, encode_file_updated
from shared.reading import Reading
from shared.service import Handler, Shell
from shared.topics import HOME_ASSISTANT_STATUS

log = logging.getLogger(__name__)

_RETRY_S = 5.0
_REMARKS = 50  # remembered, so that a rollup does not repeat them
_CLOCK_RETRY_S = 1.0
_DATA_HINT = "the aggregator's log has all of it"
_CLOCK_HINT = "date -u; is a time server reached?"


class AggregatorWorker:
    """Decodes, hands on, acknowledges; keeps what the disk refused until it does not."""

    def __init__(self, shell: Shell, config: Config) -> None:
        self._shell = shell
        self._configured = config.metrics
        self._aggregator = Aggregator(config, self._announce, self._complain, self._remark)
        self._commands = Commands(
            self._aggregator, self._configured, config.data.backfill_days, _clocks
        )
        self._entities = Entities(shell, config, self._complain)
        self._alerts = AlertDesk(shell, config, self._aggregator, self._complain)
        state = config.paths.state_dir
        self._places = (
            config.paths.data_dir,
            config.paths.volatile_dir,
            state,
            state / "journal",
            state / "book",
            config.mqtt.credentials_dir or state / "credentials",
        )
        self._remarked: set[str] = set()
        self._refused: list[tuple[Message, Reading]] = []
        self._retry_at = 0.0

    def start(self) -> None:
        """Read what was left last time, damaged files among it."""
        self._tell_damage()
        self._aggregator.load()
        self._entities.load()
        self._alerts.start()

    def handlers(self) -> Mapping[str, Handler]:
        """Return request topic -> what carries it out."""
        topics = self._shell.topics
        table = self._commands.table()
        asked = {topics.request("aggregator", name): handler for name, handler in table.items()}
        return {**asked, **self._alerts.handlers()}

    def topics(self) -> Sequence[str]:
        """Return the topics listened to, beside requests."""
        return [self._shell.topics.reading, *self._entities.topics, *self._alerts.topics()]

    def receive(self, messages: Sequence[Message]) -> None:
        """Take readings to safety together, then acknowledge each."""
        for message in messages:
            if message.topic == HOME_ASSISTANT_STATUS:
                self._entities.heard(message)
                continue
            if self._alerts.hear(message):
                continue
            try:
                reading = decode_reading_message(
                    message.payload, self._configured, self._aggregator.heartbeat
                )
            except BadInput as error:
                self._shell.refuse(message, "malformed", str(error))
            else:
                self._refused.append((message, reading))
        self._take()

    def link_changed(self, *, up: bool) -> None:
        """Tell anew what is retained; readings not acknowledged come again by themselves."""
        self._entities.link_changed(up=up)
        if up:
            self._alerts.link_up()

    def step(self) -> float:
        """Do what is due; return in how many seconds something is due next."""
        now, tick = _clocks()
        self._alerts.step(now, tick)
        if tick < self._retry_at:
            return self._retry_at - tick
        if self._refused:
            self._take()
        if now < clock.earliest_believable():
            text = f"the clock shows {self._aggregator.zone.day_of(now)}, which can't be right"
            self._shell.health.problem("clock", text, now, hint=_CLOCK_HINT)
            return _CLOCK_RETRY_S
        self._shell.health.healed("clock")
        try:
            wait = self._aggregator.step(now=now, tick=tick)
            self._entities.step(self._aggregator)
        except Retryable as error:
            return self._disk_trouble(error)
        if self._refused:
            return min(wait, _RETRY_S)
        self._disk_healed()
        self._tell_waiting(now)
        self._tell_facts(now)
        return wait

    def close(self) -> None:
        """Try once more what the disk refused; it is not acknowledged otherwise."""
        if self._refused:
            self._take()
        self._alerts.close()
        self._aggregator.close()

    def _take(self) -> None:
        now, tick = _clocks()
        readings = [reading for _, reading in self._refused]
        if not readings:
            return
        try:
            lost = self._aggregator.take(readings, now=now, tick=tick)
        except Retryable as error:
            self._disk_trouble(error)
            return
        for message, _ in self._refused:
            message.acknowledge()
        self._refused = []
        self._alerts.take(readings, now)
        self._shell.health.count("readings", len(readings))
        self._shell.health.done("reading", now)
        if lost and self._shell.health.count("readings_too_late", lost):
            log.warning("a reading came when its day's journal was gone: counted, not booked")

    def _disk_trouble(self, error: Retryable) -> float:
        now, tick = _clocks()
        if self._shell.health.problem("disk", error, now):
            log.error("%s (%s)", error, error.hint)
        self._retry_at = tick + _RETRY_S
        return _RETRY_S

    def _disk_healed(self) -> None:
        if self._shell.health.healed("disk"):
            log.info("the disk takes writes again")
            # The broker may have had to drop what came: the collector looks for gaps.
            availability = self._shell.topics.availability(self._shell.name)
            self._shell.publish(availability, ONLINE, retain=True)

    def _announce(self, update: FileUpdated) -> None:
        self._shell.health.done(f"{update.tier}.json", clock.now())
        self._shell.publish(
            self._shell.topics.file_updated(update.tier), encode_file_updated(update)
        )

    def _complain(self, text: str) -> None:
        self._shell.health.count("damaged_files")
        log.warning("%s", text)
        self._tell_damage()

    def _remark(self, text: str) -> None:
        if text not in self._remarked:
            self._remarked = {*list(self._remarked)[-_REMARKS:], text}
            log.warning("%s", text)

    def _tell_damage(self) -> None:
        """Keep a problem open until a person has taken the files set aside away."""
        tell_damage(self._shell.health, self._places, clock.now())

    def _tell_waiting(self, now: float) -> None:
        """Say that readings are kept for an archive that does not take them."""
        waiting = self._aggregator.keeping.waiting
        if not waiting:
            self._shell.health.healed("archive")
        elif self._shell.health.problem("archive", waiting, now, hint=WAITING_HINT):
            log.warning("%s (%s)", waiting, WAITING_HINT)

    def _tell_facts(self, now: float) -> None:
        zone = self._aggregator.zone
        self._shell.health.facts = {
            "next_rollups": {tier.name: zone.iso(tier.next_due(zone, now)) for tier in ROLLED_UP},
            "points": {"daily": self._aggregator.daily.points, **self._aggregator.rollups.points},
            "alerts": self._shell.health.facts.get("alerts"),
            "disk": {"data": _space(self._places[0]), "state": _space(self._places[2])},
        }


def _space(directory: Path) -> dict[str, int] | None:
    """Return what is left on a directory's file system, or None when it does not say."""
    try:
        about = os.statvfs(directory)
    except OSError:
        return None
    return {
        "free_bytes": about.f_bavail * about.f_frsize,
        "total_bytes": about.f_blocks * about.f_frsize,
    }


def _clocks() -> tuple[float, float]:
    return clock.now(), time.monotonic()
