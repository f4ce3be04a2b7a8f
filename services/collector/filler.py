"""What happened in a gap: current states for the units, then history, then one reading a tick."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.collector.assemble import make_steps, stored_units, values_at
from services.collector.context import Context
from services.collector.history import Steps
from services.collector.home_assistant import NotFound
from services.collector.listener import Listener
from services.collector.metrics import Metric
from services.collector.peer import Peer
from services.collector.picture import Picture
from services.collector.readings import SLACK_S, units_of
from services.collector.spans import Span, clip, first_window, subtract
from services.collector.states import State
from services.collector.ticks import Ticks
from shared.reading import Reading

LIMIT_BYTES = 2 * 1024 * 1024  # of one answer; rows in memory take some ten times that
_MOST_TICKS = 10_000
_BEFORE_TODAY_S = 600.0
_DAY_S = 86400.0


@dataclass(slots=True)
class Window:
    """Spans whose history is here, and the readings made of it as there is room for them.

    `empty` grows with the stretches of which history knows nothing; `ahead` are those that Home
    Assistant's clock has not come to yet.
    """

    spans: list[Span]
    readings: Iterator[Reading]
    empty: list[Span] = field(default_factory=list)
    ahead: list[Span] = field(default_factory=list)
    sent: int = 0


class Filler:
    """Asks Home Assistant about gaps, one request a call, for as much at once as it can give."""

    def __init__(self, context: Context, peer: Peer, listener: Listener) -> None:
        self._context = context
        self._peer = peer
        self._listener = listener
        self._to_look_at: list[Metric] = []
        self._states: dict[str, State | None] = {}
        self._longest_s = self._whole_s = min(_DAY_S, _MOST_TICKS * context.interval_s)

    def begin(self) -> None:
        """Start a round: units may have changed since the last one."""
        self._to_look_at = list(self._context.metrics)

    def fetch(self, gaps: list[Span]) -> Window | None:
        """Ask for one thing; return the first gaps' readings, or None if there is more to ask.

        Raises MonitorError.
        """
        if self._to_look_at:
            self._look()
            return None
        return self._ask_history(gaps)

    def ask_for_less(self) -> bool:
        """Halve what is asked for at once; tell whether it was more than a tick's stretch."""
        could = self._longest_s > self._context.interval_s
        self._longest_s = max(self._longest_s / 2, self._context.interval_s)
        return could

    def window(self, gaps: list[Span]) -> list[Span]:
        """Return what the next request asks about."""
        return first_window(gaps, self._longest_s, self._context.ticks)

    def _look(self) -> None:
        """Read one current state: rows of history are in its unit."""
        metric = self._to_look_at[-1]
        try:
            self._states[metric.name] = self._context.source.state(metric.entity)
        except NotFound:
            self._states[metric.name] = None
        self._to_look_at.pop()

    def _ask_history(self, gaps: list[Span]) -> Window:
        spans = self.window(gaps)
        metrics, hold = self._context.metrics, self._context.heartbeat_s
        history = self._context.source.history(
            [metric.entity for metric in metrics],
            spans[0][0] - hold - SLACK_S,
            spans[-1][1] + SLACK_S,
            limit_bytes=LIMIT_BYTES,
        )
        units = units_of(self._states)
        self._longest_s = min(2 * self._longest_s, self._whole_s)
        empty: list[Span] = []
        steps = make_steps(metrics, history, units)
        told = clip(spans, spans[0][0], self._context.ticks.at_or_before(self._present()))
        ahead = subtract(spans, told)
        return Window(told, self._readings(told, steps, empty), empty, ahead)

    def _present(self) -> float:
        """Return until when history may be believed to be whole."""
        return min(self._peer.present, self._context.now())

    def _readings(
        self, spans: list[Span], steps: dict[str, Steps], empty: list[Span]
    ) -> Iterator[Reading]:
        metrics, hold = self._context.metrics, self._context.heartbeat_s
        units = stored_units(metrics, units_of(self._states))
        heard = self._listener.steps(spans[0][0]) if spans else {}
        for start, end in spans:
            for begin, at in self._stretches(start, end):
                values = values_at(at, metrics, steps, hold)
                holds = dict.fromkeys(steps, hold)
                picture = Picture(begin, at, values, dict(units), dict(steps), holds)
                picture.add_steps(heard, self._listener.units)
                picture.derive(self._context.composites)
                reading = picture.reading()
                if reading.interval:
                    yield reading
                else:
                    empty.append((begin, at))

    def _stretches(self, start: float, end: float) -> Iterator[tuple[float, float]]:
        """Cut a gap at the ticks of today, and before today into longer stretches.

        An exact interval loses nothing by being long, and no document shows older time finer; a
        week of seconds would only wear out the flash.
        """
        zone, interval_s = self._context.zone, self._context.interval_s
        today = zone.day_start(zone.day_of(self._context.now()))
        border = min(max(start, today), end)
        yield from Ticks(zone, max(interval_s, _BEFORE_TODAY_S)).stretches(start, border)
        yield from self._context.ticks.stretches(border, end)
