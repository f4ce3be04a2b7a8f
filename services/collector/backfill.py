"""Fills missed time: asks the aggregator what is missing, and Home Assistant what happened then."""

import logging
import os

from services.collector.context import Context
from services.collector.delivery import Delivery
from services.collector.filler import Filler, Window
from services.collector.home_assistant import NotFound, TooLarge
from services.collector.listener import Listener
from services.collector.peer import Peer
from services.collector.sampler import Sampler
from services.collector.spans import Span, decode_gaps, merge
from services.collector.task import Task
from shared.errors import BadInput, MonitorError, Refused, Retryable
from shared.inbox import Message
from shared.messages import Request, decode_response, dump
from shared.times import iso_utc

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 10.0
_DAY_S = 86400.0
_LONGEST_BACK_OFF_S = 300.0
_FIRST_BACK_OFF_S = 30.0
_MOST_DOUBLINGS = 7  # about an hour
_ASKS_FOR_A_PERSON = 3
_ASK_SPACING_S = 10.0
_PROGRESS_EVERY_S = 60.0
_SETTLE_S = 1.0
_IDLE_S = 1.0
_ACKNOWLEDGED_SOON_S = 0.05
_PROBLEM = "backfill"


class Backfill:
    """Fills gaps oldest first, one request to Home Assistant a step; used by one thread."""

    def __init__(
        self,
        context: Context,
        peer: Peer,
        listener: Listener,
        delivery: Delivery,
        sampler: Sampler,
    ) -> None:
        self._context = context
        self._peer = peer
        self._delivery = delivery
        self._sampler = sampler
        self._wanted_at: float | None = None  # monotonic
        self._asked_at = float("-inf")
        self._tasks: list[Task] = []
        self._window: Window | None = None
        self._tried: list[Span] = []
        self._empty: list[Span] = []
        self._left_out: list[Span] = []  # too much at once; they may be less another time
        self._times_left_out = 0
        self._again_at = float("inf")  # monotonic
        self._filler = Filler(context, peer, listener)
        if not context.metrics:
            self._tell_state(None)  # others wait for what history has
        self._failures = 0
        self._retry_at = float("-inf")
        self._told_at = float("-inf")

    @property
    def response_topic(self) -> str:
        """Where the aggregator answers."""
        return self._context.outlet.topics.response("aggregator", "gaps")

    def want(self) -> None:
        """Ask for gaps soon: time was missed, or can be had exactly now."""
        if not self._context.metrics:
            return  # nobody remembers what a device said
        self._retry_at = float("-inf")
        if self._wanted_at is None:
            self._wanted_at = max(self._context.monotonic(), self._asked_at + _ASK_SPACING_S)

    def receiver_back(self) -> None:
        """Look for gaps: the aggregator was away, and the broker keeps only so much for it."""
        if self._context.metrics:
            self._tried = list(self._empty)
            self.want()

    def link_changed(self, *, up: bool) -> None:
        """Look for gaps whenever the broker is back: it may have lost what it had."""
        if up and self._context.metrics:
            self._tried = list(self._empty)
            self._wanted_at = self._context.monotonic()
        for task in self._tasks:
            task.asks, task.ask_at = 0, float("-inf")

    def command(self, request: Request, since: float, until: float) -> None:
        """Fill what is missing between two instants, whatever was tried before, and answer."""
        if not self._context.metrics:
            hint = "only Home Assistant remembers what was; devices that speak by MQTT do not"
            raise Refused("there is nothing to fill gaps from", hint=hint)
        if self._peer.refusal:
            raise self._peer.refusal
        # Before a round that waits for somebody else, but not into the middle of a window.
        self._tasks.insert(1 if self._window else 0, Task(since, until, os.urandom(8), request))

    def receive(self, message: Message) -> None:
        """Take an answer of the aggregator."""
        task = self._tasks[0] if self._tasks else None
        if task is None or task.gaps is not None or message.correlation != task.correlation:
            message.acknowledge()
            return
        try:
            gaps = decode_gaps(decode_response(message.payload))
        except BadInput as error:
            self._context.outlet.refuse(message, "malformed", str(error))
        except MonitorError as error:
            message.acknowledge()
            self._not_told(task, error)
        else:
            message.acknowledge()
            self._begin(task, gaps)

    def step(self) -> float:
        """Do at most one thing; return the seconds until there is more to do."""
        task = self._task() if self._context.outlet.linked else None
        if task is None:
            return _IDLE_S
        if task.gaps is None:
            return self._ask(task)
        return self._fill(task, task.gaps)

    def close(self) -> None:
        """Answer those who still wait."""
        stopping = MonitorError("the collector is stopping", hint="try again in a minute")
        for task in self._tasks:
            if task.request:
                self._context.outlet.respond(task.request, stopping)
        self._tasks.clear()

    # What is missing

    def _task(self) -> Task | None:
        monotonic = self._context.monotonic()
        if self._again_at <= monotonic:
            self._left_out, self._again_at = [], float("inf")
            self.want()
        if not self._tasks and self._wanted_at is not None and self._wanted_at <= monotonic:
            self._wanted_at = None
            now = self._context.now()
            skip = merge([*self._tried, *self._left_out])
            since = now - self._context.config.data.backfill_days * _DAY_S
            self._tasks.append(Task(since, now, os.urandom(8), skip=skip))
        return self._tasks[0] if self._tasks else None

    def _ask(self, task: Task) -> float:
        monotonic = self._context.monotonic()
        if monotonic < task.ask_at:
            return task.ask_at - monotonic
        if task.request and task.asks >= _ASKS_FOR_A_PERSON:
            hint = "is it running? pgrep -af 'cli.run|services.aggregator'"
            self._fail(task, Retryable("the aggregator does not answer", hint=hint))
            return 0.0
        if not task.asks:
            # A reading that is sent while the answer is on its way is not missing.
            task.settled_until = self._sampler.settled_until()
        topics = self._context.outlet.topics
        payload = dump({"since": iso_utc(task.since), "exact": True})
        topic = topics.request("aggregator", "gaps")
        self._context.outlet.ask(topic, payload, task.correlation, self.response_topic)
        self._asked_at = monotonic
        task.ask_at = monotonic + min(ANSWER_TIMEOUT_S * 2**task.asks, _LONGEST_BACK_OFF_S)
        task.asks += 1
        return task.ask_at - monotonic

    def _not_told(self, task: Task, error: MonitorError) -> None:
        if self._context.health.problem(_PROBLEM, error, self._context.now()):
            log.warning("the aggregator does not tell what is missing: %s", error)
        if task.request:
            self._fail(task, error)

    def _begin(self, task: Task, gaps: list[Span]) -> None:
        any_new = task.told(gaps, task.settled_until)
        self._filler.begin()
        self._retry_at, self._failures = float("-inf"), 0
        self._tell_state(task)
        if any_new:
            self._tell_progress("backfill begins", task)

    # What happened then

    def _fill(self, task: Task, gaps: list[Span]) -> float:
        if self._window:
            return self._send(task, self._window)
        if not gaps:
            return self._round_done(task)
        wait = max(self._peer.wait_s, self._retry_at - self._context.monotonic())
        if wait <= 0:
            self._fetch(task, gaps)
        return max(0.0, wait)

    def _fetch(self, task: Task, gaps: list[Span]) -> None:
        try:
            self._window = self._filler.fetch(gaps)
        except NotFound as error:
            # When history is back, what is missing is asked for anew.
            self._context.health.problem("history", error, self._context.now())
            self._fail(task, error)
        except TooLarge as error:
            self._shrink(task, gaps, error)
        except MonitorError as error:
            self._fetch_failed(task, error)
        else:
            self._failures = 0
            self._context.health.healed(_PROBLEM)

    def _send(self, task: Task, window: Window) -> float:
        if not self._delivery.room:
            return _ACKNOWLEDGED_SOON_S
        for _ in range(self._delivery.room):
            reading = next(window.readings, None)
            if reading is None:
                self._window_done(task, window)
                return 0.0
            self._delivery.send(reading, backfilled=True)
            window.sent += 1
        return 0.0

    def _window_done(self, task: Task, window: Window) -> None:
        self._window = None
        task.filled(window.spans, window.empty, window.sent)
        task.leave(window.ahead)
        self._tried = merge([*self._tried, *window.spans])
        self._empty = merge([*self._empty, *window.empty])
        health = self._context.health
        health.count("readings_backfilled", window.sent)
        self._tell_state(task)
        health.done("backfill", self._context.now())
        if self._context.monotonic() - self._told_at >= _PROGRESS_EVERY_S:
            self._tell_progress("backfill goes on", task)

    def _round_done(self, task: Task) -> float:
        if task.is_over:
            self._finish(task)
            return 0.0
        if not self._delivery.idle:
            return _ACKNOWLEDGED_SOON_S
        # An answer holds only so many gaps: done is when there is nothing left to ask for.
        task.ask_again(self._context.monotonic() + _SETTLE_S)
        return _SETTLE_S

    def _finish(self, task: Task) -> None:
        self._tasks.remove(task)
        self._tell_state(None)
        if not self._left_out:
            self._times_left_out = 0
            self._context.health.healed(_PROBLEM)
        self._context.health.done("backfill", self._context.now())
        if task.found:
            log.info("backfill is done: %d readings", task.sent)
        if task.request:
            self._context.outlet.respond(task.request, task.answer(self._context.zone))

    # What goes wrong

    def _shrink(self, task: Task, gaps: list[Span], error: MonitorError) -> None:
        """Ask for less at once; one stretch that is too much even so is left out."""
        if not self._filler.ask_for_less():
            self._context.health.problem(_PROBLEM, error, self._context.now())
            self._leave_out(task, self._filler.window(gaps))

    def _leave_out(self, task: Task, spans: list[Span]) -> None:
        """Go on without some time, and try it again later, and later each time."""
        task.filled(spans, spans, 0)
        self._left_out = merge([*self._left_out, *spans])
        monotonic = self._context.monotonic()
        self._retry_at = monotonic + _FIRST_BACK_OFF_S
        if self._again_at == float("inf"):
            self._times_left_out += 1
            delay = _FIRST_BACK_OFF_S * 2.0 ** min(self._times_left_out, _MOST_DOUBLINGS)
            self._again_at = monotonic + delay

    def _fetch_failed(self, task: Task, error: MonitorError) -> None:
        self._failures += 1
        self._filler.ask_for_less()  # it may have been too much for a small machine
        delay = min(_FIRST_BACK_OFF_S * 2 ** (self._failures - 1), _LONGEST_BACK_OFF_S)
        self._retry_at = self._context.monotonic() + delay
        self._peer.note_refusal(error)
        if self._context.health.problem(_PROBLEM, error, self._context.now()):
            log.warning("backfill waits: %s (%s)", error, error.hint)
        if task.request:
            self._fail(task, error)

    def _fail(self, task: Task, error: MonitorError) -> None:
        self._tasks.remove(task)
        self._tell_state(None)
        self._window = None
        if task.request:
            self._context.outlet.respond(task.request, error)

    def _tell_state(self, task: Task | None) -> None:
        """Put into health how far a round is, or that there is none."""
        self._context.health.tell("backfill", task and task.state(self._context.zone))

    def _tell_progress(self, what: str, task: Task) -> None:
        self._told_at = self._context.monotonic()
        gaps, zone = task.gaps, self._context.zone
        if gaps:
            start, end = zone.iso(gaps[0][0]), zone.iso(gaps[-1][1])
            log.info("%s: %d gaps from %s to %s", what, len(gaps), start, end)
