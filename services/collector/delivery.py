"""Gets readings to the broker: what it does not acknowledge in time goes to the outbox on disk."""

import logging
from collections import deque
from dataclasses import dataclass
from typing import Any

from services.collector.context import Context
from services.collector.outbox import Outbox
from shared.damage import tell_damage
from shared.errors import Retryable
from shared.messages import encode_reading
from shared.reading import Reading

log = logging.getLogger(__name__)

PATIENCE_S = 10.0  # for an acknowledgement; also groups what is written while the broker is away
MOST_IN_FLIGHT = 500
_MOST_IN_MEMORY = 5000  # only while the disk refuses
_DAY_S = 86400.0
_PROBLEM = "outbox"


@dataclass(slots=True)
class _Parcel:
    """A reading on its way; `ticket` is the broker client's, `stored` that it is on disk too."""

    time: float
    payload: bytes
    retain: bool
    since: float  # monotonic
    stored: bool = False
    ticket: Any = None


class Delivery:
    """Every reading given to `send` reaches the broker or the disk; used by one thread."""

    def __init__(self, context: Context, outbox: Outbox) -> None:
        self._context = context
        self._outbox = outbox
        self._parcels: deque[_Parcel] = deque()
        self._offset = 0  # up to where the outbox has been published
        self._newest = float("-inf")
        self._tell_damage()

    @property
    def room(self) -> int:
        """How many more readings may be on their way."""
        return max(0, MOST_IN_FLIGHT - len(self._parcels))

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not self._parcels

    def send(self, reading: Reading, *, backfilled: bool = False) -> None:
        """Take a reading; the newest one is retained by the broker."""
        retain = not backfilled and reading.time >= self._newest
        if retain:
            self._newest = reading.time
            self._tell_damage()
        payload = encode_reading(reading, self._context.zone)
        parcel = _Parcel(reading.time, payload, retain, self._context.monotonic())
        self._parcels.append(parcel)
        self._publish(parcel)

    def step(self) -> None:
        """Look after what is on its way."""
        self._forget_arrived()
        for parcel in self._parcels:
            if parcel.ticket is None:
                self._publish(parcel)
        overdue = self._context.monotonic() - PATIENCE_S
        if any(parcel.since <= overdue and not parcel.stored for parcel in self._parcels):
            self._store()
        elif self._context.outlet.linked:
            self._drain()

    def link_lost(self) -> None:
        """Read again what was read from the outbox and did not arrive; it is still there."""
        self._forget_arrived()
        if any(parcel.stored for parcel in self._parcels):
            self._parcels = deque(parcel for parcel in self._parcels if not parcel.stored)
            self._offset = 0

    def close(self) -> None:
        """Put on disk what has not arrived."""
        self._forget_arrived()
        self._store()

    def _publish(self, parcel: _Parcel) -> None:
        if self._context.outlet.linked:
            topic = self._context.outlet.topics.reading
            outlet = self._context.outlet
            parcel.ticket = outlet.publish(topic, parcel.payload, retain=parcel.retain)

    def _forget_arrived(self) -> None:
        if any(_arrived(parcel) for parcel in self._parcels):
            self._parcels = deque(parcel for parcel in self._parcels if not _arrived(parcel))

    def _store(self) -> None:
        """Move what has not arrived to the disk, all at once: a write a reading wears flash."""
        waiting = [parcel for parcel in self._parcels if not parcel.stored]
        if not waiting:
            return
        health, now = self._context.health, self._context.now()
        try:
            lost = self._outbox.append([parcel.payload for parcel in waiting])
            days = self._context.config.data.backfill_days
            lost += self._outbox.drop_before(now - (days + 1) * _DAY_S)
        except Retryable as error:
            self._refused(error)
            self._bound_memory()
            return
        health.healed(_PROBLEM)
        health.count("readings_to_outbox", len(waiting))
        if lost:
            health.count("readings_dropped_from_outbox", lost)
            self._offset = 0
        self._parcels.clear()
        self._offset = 0

    def _bound_memory(self) -> None:
        for parcel in self._parcels:
            parcel.since = self._context.monotonic()
        while len(self._parcels) > _MOST_IN_MEMORY:
            self._parcels.popleft()
            self._context.health.count("readings_lost")

    def _drain(self) -> None:
        """Publish what is on disk, and delete it once all of it has arrived."""
        size = self._outbox.size
        if not size:
            return
        if self._offset >= size:
            if not any(parcel.stored for parcel in self._parcels):
                self._remove()
            return
        found, self._offset = self._outbox.batch(self._offset, self.room)
        for time, payload in found:
            retain = time >= self._newest
            self._newest = max(self._newest, time)
            parcel = _Parcel(time, payload, retain, self._context.monotonic(), stored=True)
            self._parcels.append(parcel)
            self._publish(parcel)

    def _remove(self) -> None:
        try:
            aside = self._outbox.remove()
        except Retryable as error:
            self._refused(error)
            return
        self._offset = 0
        self._context.health.healed(_PROBLEM)
        log.info("the outbox is empty again")
        if aside:
            self._context.health.count("damaged_files")
            log.warning("%s: some readings in it could not be read: set aside", aside)
            self._tell_damage()

    def _refused(self, error: Retryable) -> None:
        if self._context.health.problem(_PROBLEM, error, self._context.now()):
            log.error("readings can't be kept on disk: %s (%s)", error, error.hint)

    def _tell_damage(self) -> None:
        tell_damage(self._context.health, [self._outbox.directory], self._context.now())


def _arrived(parcel: _Parcel) -> bool:
    try:
        return parcel.ticket is not None and bool(parcel.ticket.is_published())
    except (RuntimeError, ValueError):
        return False  # the client could not even queue it
