"""Readings: states that were read wait here until history tells of the time before them."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.collector.assemble import (
    make_steps,
    observe_all,
    spot_values,
    stored_units,
)
from services.collector.context import Context
from services.collector.delivery import Delivery
from services.collector.history import UNLIMITED, Steps
from services.collector.home_assistant import NotFound, TooLarge
from services.collector.job import Held, jitter, retry_delay
from services.collector.listener import Listener
from services.collector.metrics import Metric
from services.collector.peer import CLOCK_HINT, Peer
from services.collector.picture import Picture
from services.collector.spans import Span
from services.collector.states import History, State
from shared.errors import MonitorError, Permanent, Retryable
from shared.messages import reading_object
from shared.reading import Reading, is_voltage
from shared.units import parse_number

log = logging.getLogger(__name__)

HISTORY_SPACING_S = 10.0
# A row stamped exactly with the start of a request is in no answer: ask from before the stretch,
# and from no whole second, at which devices that speak once a second have their rows.
SLACK_S = 1.000_333
_SAME_ROW_S = 0.002
_PROBLEM = "history"
_LATE_RECORDER = Retryable("the recorder is late")


@dataclass(frozen=True, slots=True)
class Last:
    """The last reading taken, and which metrics were seen then."""

    at: float
    answering: frozenset[str]


class Readings:
    """Makes each reading once, with its interval where history can be had; used by one thread.

    `on_gap` is called when time was missed, or can be had exactly now.
    """

    def __init__(
        self,
        context: Context,
        peer: Peer,
        listener: Listener,
        delivery: Delivery,
        on_gap: Callable[[], None],
    ) -> None:
        self._context = context
        self._peer = peer
        self._listener = listener
        self._delivery = delivery
        self._on_gap = on_gap
        self._gauges = [metric for metric in context.metrics if not metric.is_meter]
        self._held: deque[Held] = deque()
        self._history_from = float("-inf")  # monotonic: no request before
        self._history_tries = 0
        self._last: Last | None = None
        self._bare: Span | None = None  # the first and the last reading without their interval
        self._units: dict[str, str | None] = {}

    def hold(self, held: Held) -> None:
        """Take the states of an instant later than all before."""
        self._held.append(held)

    def tell_voltage(self, at: float) -> None:
        """Say whether the house has power, as far as it is heard, while nothing else is known.

        Without an interval and without power, so that this time can still be filled.
        """
        steps = self._listener.steps(at)
        values = {
            name: function.value_at(at, UNLIMITED)
            for name, function in steps.items()
            if is_voltage(name)
        }
        if any(value is not None for value in values.values()):
            units = {name: self._listener.units[name] for name in values}
            self._delivery.send(Reading(at, values, units))

    def close(self, *, last: bool) -> None:
        """Send what still waits for its history without it, and as the `last` what was heard."""
        if last and self._context.power_is_heard and int(self._context.now()) > self.newest:
            monotonic = self._context.monotonic()
            self.hold(Held(float(int(self._context.now())), {}, monotonic, monotonic))
        while self._held:
            self._send(self._held.popleft(), {})

    @property
    def earliest_held(self) -> float | None:
        """The first instant whose reading is not out yet."""
        return self._held[0].at if self._held else None

    @property
    def newest(self) -> float:
        """The time of the newest reading, unless the clock went back since."""
        times = [held.at for held in self._held]
        if self._last:
            times.append(self._last.at)
        return max((at for at in times if at <= self._context.now()), default=float("-inf"))

    def due(self) -> float:
        """Return when (monotonic) to ask for history; a waiting person does not wait to settle."""
        if not self._held:
            return UNLIMITED
        if not self._held[0].states:
            return self._held[0].due
        asked = any(held.request for held in self._held)
        due = min(held.due for held in self._held) if asked else self._held[0].due
        return max(due, self._history_from)

    def release(self) -> None:
        """Ask for the history of the time that held readings speak for, and send them."""
        monotonic = self._context.monotonic()
        asked = any(held.request for held in self._held)
        batch = [held for held in self._held if asked or held.due <= monotonic]
        if not (self._gauges and all(held.states for held in batch)):
            self._send_all(batch, {})
            return
        if self._peer.refusal:
            self._history_failed(batch, self._peer.refusal)
            return
        self._history_from = monotonic + HISTORY_SPACING_S
        try:
            history = self._ask_history(batch)
        except MonitorError as error:
            self._history_failed(batch, error)
            return
        units = self._known_units(batch)
        if self._lags(batch, history) and self._retry_history(batch, None):
            return
        self._history_came()
        for held in batch:
            # What Home Assistant's clock has not come to yet goes bare, and is filled when it has.
            known = held.at <= self._peer.present
            steps = make_steps(self._context.metrics, history, units, held.states) if known else {}
            self._send(held, steps)
        self._done(batch)
        self._complete_bare(batch[-1].at)

    def _ask_history(self, batch: list[Held]) -> History:
        start = self._start(batch[0].at)
        witnessed = self._witnessed(batch[0], start) >= {metric.name for metric in self._gauges}
        back = SLACK_S if witnessed else self._context.heartbeat_s + SLACK_S
        entities = [metric.entity for metric in self._gauges]
        end = batch[-1].at + SLACK_S
        history = self._context.source.history(entities, start - back, end)
        for metric in self._gauges:
            if metric.name not in self._context.vital or history.get(metric.entity):
                continue
            if batch[-1].states[metric.name]:
                raise self._nothing_of(metric)
        return history

    def _nothing_of(self, metric: Metric) -> Permanent:
        text = f"Home Assistant's history has nothing of {metric.entity}"
        if self._peer.present < UNLIMITED:
            return Permanent(f"{text} yet: its clock is far behind ours", hint=CLOCK_HINT)
        hint = "does the recorder exclude it? See recorder: in configuration.yaml"
        return Permanent(text, hint=hint)

    def _history_failed(self, batch: list[Held], error: MonitorError) -> None:
        if self._retry_history(batch, error):
            return
        self._peer.note_refusal(error)
        if isinstance(error, NotFound):
            hint = "add history: and recorder: to Home Assistant's configuration.yaml"
            error = Permanent("Home Assistant has no history", hint=hint)
        if self._context.health.problem(_PROBLEM, error, self._context.now()):
            log.warning("readings go without their interval: %s (%s)", error, error.hint)
        self._send_all(batch, {})
        if isinstance(error, TooLarge):
            self._on_gap()  # in parts it can be had

    def _retry_history(self, batch: list[Held], error: MonitorError | None) -> bool:
        """Set the next try, if there is to be one; without an error it is for a late recorder."""
        self._history_tries += 1
        monotonic, tries = self._context.monotonic(), self._history_tries
        reason = error or _LATE_RECORDER
        delay = retry_delay(reason, tries, jitter())
        if delay is None or monotonic + delay > batch[0].deadline:
            return False
        self._history_from = monotonic + delay
        return True

    def _history_came(self) -> None:
        if self._context.health.healed(_PROBLEM):
            log.info("Home Assistant's history is back")
            self._on_gap()

    def _complete_bare(self, at: float) -> None:
        """Look for gaps once more when the tick after a bare reading is settled."""
        if self._bare and at >= self._context.ticks.after(self._bare[0]):
            last = self._bare[1]
            self._bare = (last, last) if at < self._context.ticks.after(last) else None
            self._on_gap()

    def _send_all(self, batch: list[Held], steps: dict[str, Steps]) -> None:
        for held in batch:
            self._send(held, steps)
        self._done(batch)

    def _done(self, batch: list[Held]) -> None:
        for _ in batch:
            self._held.popleft()
        self._history_tries = 0
        self._units |= units_of(batch[-1].states)
        self._context.health.done("tick", self._context.now())

    def _known_units(self, batch: list[Held]) -> dict[str, str | None]:
        return self._units | units_of(batch[-1].states)

    def _lags(self, batch: list[Held], history: History) -> bool:
        """Tell whether the last change before the tick is not in the recorder yet."""
        held = batch[-1]
        for metric in self._gauges:
            state, rows = held.states[metric.name], history.get(metric.entity)
            if not state or not rows or not rows[0].at < state.changed < held.at:
                continue
            if rows[-1].at < state.changed - _SAME_ROW_S and rows[-1].text != state.text:
                return True
        return False

    def _start(self, at: float) -> float:
        """Return where the stretch before a reading begins: at the tick or reading before it."""
        start = self._context.ticks.before(at)
        if self._last and self._last.at < at:
            start = max(start, self._last.at)
        return self._listener.start(start, at) if self._context.power_is_heard else start

    def _witnessed(self, held: Held, start: float) -> frozenset[str]:
        """Return the metrics seen at both ends of a stretch: there a value holds however long."""
        if self._last is None or self._last.at != start or not self._peer.sees_our_present:
            return frozenset()
        return self._last.answering & held.answering

    def _send(self, held: Held, steps: dict[str, Steps]) -> None:
        metrics = self._context.metrics
        start = self._start(held.at)
        witnessed = self._witnessed(held, start)
        holds = {
            metric.name: UNLIMITED if metric.name in witnessed else self._context.heartbeat_s
            for metric in metrics
        }
        values = spot_values(held.at, held.states, observe_all(metrics, held.states), steps, holds)
        units = stored_units(metrics, self._units | units_of(held.states))
        picture = Picture(start, held.at, values, units, dict(steps), holds)
        picture.add_steps(self._listener.steps(start), self._listener.units)
        picture.derive(self._context.composites)
        reading = picture.reading(surely=bool(witnessed) or self._context.power_is_heard)
        if reading.interval is None:
            self._bare = (self._bare or (reading.time,))[0], reading.time
        self._delivery.send(reading)
        self._answer(held, reading)
        self._remember(held, start)

    def _answer(self, held: Held, reading: Reading) -> None:
        if held.request:
            document = reading_object(reading, self._context.zone.iso(reading.time))
            document["units"] = dict(reading.units)
            self._context.outlet.respond(held.request, {"reading": document})

    def _remember(self, held: Held, start: float) -> None:
        self._listener.told(held.at)
        # Also where the clock went back: what came since was told of another time.
        missed = self._last is not None and not start <= self._last.at < held.at
        self._last = Last(held.at, held.answering)
        if missed:
            self._on_gap()


def units_of(states: Mapping[str, State | None]) -> dict[str, str | None]:
    """Return the unit of each metric whose state tells it, or has a number without one."""
    return {
        name: state.unit
        for name, state in states.items()
        if state and (state.unit is not None or parse_number(state.text) is not None)
    }
