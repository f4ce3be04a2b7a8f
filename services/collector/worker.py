"""The collector's work as shared.service calls it: commands, answers, and what is due."""

import logging
from collections.abc import Mapping, Sequence

from services.collector.backfill import Backfill
from services.collector.context import Context
from services.collector.delivery import Delivery
from services.collector.listener import Listener
from services.collector.maintenance import Maintenance
from services.collector.outbox import Outbox
from services.collector.peer import Peer
from services.collector.readings import Readings
from services.collector.sampler import Sampler
from shared.clock import earliest_believable
from shared.errors import BadInput, Refused, Retryable
from shared.inbox import Message
from shared.messages import ONLINE, Request
from shared.service import Answer, Handler
from shared.times import iso_utc, parse_date, parse_timestamp

log = logging.getLogger(__name__)

_DAY_S = 86400.0
_CLOCK_POLL_S = 1.0
_HINT = 'send: 2026-11-20, or {"since": "2026-11-20T10:00:00+01:00", "until": "2026-11-21"}'


class CollectorWorker:
    """Samples, listens, fills what was missed, keeps the maintenance state."""

    def __init__(self, context: Context, outbox: Outbox, maintenance: Maintenance) -> None:
        self._context = context
        self._maintenance = maintenance
        self._delivery = Delivery(context, outbox)
        self._peer = Peer(context)
        self._listener = listener = Listener(context)
        self._readings = Readings(context, self._peer, listener, self._delivery, self._missed)
        self._sampler = Sampler(context, self._peer, listener, self._readings, self._missed)
        self._backfill = Backfill(context, self._peer, listener, self._delivery, self._sampler)

    def handlers(self) -> Mapping[str, Handler]:
        """Return what carries out each request."""
        topics = self._context.outlet.topics
        return {
            topics.request("collector", "collect"): self._collect,
            topics.request("collector", "backfill"): self._fill,
            topics.maintenance_request: self._maintain,
        }

    def topics(self) -> Sequence[str]:
        """Return where the aggregator tells what is missing, and that it is there."""
        return (self._backfill.response_topic, self._aggregator_topic)

    def receive(self, messages: Sequence[Message]) -> None:
        """Take what sensors say, and what the aggregator says."""
        for message in messages:
            if self._listener.hears(message.topic):
                self._listener.take(message)
            elif message.topic == self._backfill.response_topic:
                self._backfill.receive(message)
            elif message.topic == self._aggregator_topic:
                if message.payload == ONLINE:
                    self._backfill.receiver_back()
                message.acknowledge()
            else:
                self._context.outlet.refuse(message, "unexpected", "")

    def link_changed(self, *, up: bool) -> None:
        """Look after what the broker may have lost."""
        if up:
            self._listener.begin()
            self._tell_maintenance()
        else:
            self._delivery.link_lost()
        self._backfill.link_changed(up=up)

    def step(self) -> float:
        """Do what is due, at most one request to Home Assistant."""
        self._delivery.step()
        self._listener.look()
        if not self._clock_is_believable():
            return _CLOCK_POLL_S
        wait = self._sampler.step()
        return min(wait, self._backfill.step()) if wait > 0 and self._sampler.has_time else wait

    def close(self) -> None:
        """Put everything in safety."""
        self._sampler.close()
        self._backfill.close()
        self._readings.close(last=self._clock_is_believable())
        self._delivery.close()
        self._context.source.close()

    @property
    def _aggregator_topic(self) -> str:
        return self._context.outlet.topics.availability("aggregator")

    def _missed(self) -> None:
        self._backfill.want()

    def _clock_is_believable(self) -> bool:
        now, earliest = self._context.now(), earliest_believable()
        if now < earliest:
            text = f"the clock shows {iso_utc(now)[:10]}, which is before this release"
            hint = "nothing is collected until it is right: is network time (NTP) running?"
            self._context.health.problem("clock", text, now, hint=hint)
            return False
        if self._context.source.clock.skew_s is None:
            self._context.health.healed("clock")
        return True

    # Commands

    def _collect(self, request: Request) -> None:
        if not self._clock_is_believable():
            raise Refused("the clock is not right yet", hint="is network time (NTP) running?")
        self._sampler.collect(request)

    def _fill(self, request: Request) -> None:
        now = self._context.now()
        if not self._clock_is_believable():
            raise Refused("the clock is not right yet", hint="is network time (NTP) running?")
        days = self._context.config.data.backfill_days
        since = self._instant(request.get("since"), now - days * _DAY_S)
        until = min(self._instant(request.arguments.get("until"), now), now)
        if since >= until:
            raise Refused("since must be earlier than until and now", hint=_HINT)
        self._backfill.command(request, since, until)

    def _instant(self, raw: object, default: float) -> float:
        """Read a timestamp, or a date as the begin of its local day."""
        if raw is None:
            return default
        try:
            text = str(raw)
            if "T" in text or ":" in text:
                return parse_timestamp(text)
            return self._context.zone.day_start(parse_date(text))
        except BadInput as error:
            raise BadInput(str(error), hint=_HINT) from None

    def _maintain(self, request: Request) -> Answer:
        word = request.get("state") if "state" in request.arguments else request.get("maintenance")
        self._maintenance.request(str(word or ""))
        self._tell_maintenance()
        return {"maintenance": self._maintenance.state}

    def _tell_maintenance(self) -> None:
        topic = self._context.outlet.topics.maintenance
        self._context.outlet.publish(topic, self._maintenance.state.encode(), retain=True)


def open_worker(context: Context) -> CollectorWorker:
    """Build the worker on its directory in `paths.state_dir`."""
    directory = context.config.paths.state_dir / "collector"
    maintenance = Maintenance(directory / "maintenance")
    try:
        maintenance.load()
    except Retryable as error:
        log.error("%s (%s)", error, error.hint)  # noqa: TRY400 - the story is no news
    return CollectorWorker(context, Outbox(directory / "outbox.jsonl"), maintenance)
