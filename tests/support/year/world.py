"""The house beyond the board: what happens in it, and the Home Assistant that records it."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from random import Random
from urllib.parse import quote

import orjson

from demo.api import Request, answer
from demo.entity import sensor
from demo.simulator import Simulator
from services.collector.home_assistant import HISTORY_LIMIT_BYTES, NotFound
from services.collector.states import (
    History,
    State,
    decode_history,
    decode_state,
    moved_history,
    moved_state,
)
from services.collector.their_clock import TheirClock
from shared.errors import Retryable
from shared.times import iso_utc
from support.year.plan import Fault, Kind
from support.year.source import MS, Change, Energy, unlike, value_at

POWER, METER = "sensor.power", "sensor.energy"
TOKEN = "made-up-token"
COMMIT_DELAY_S = 5.0
HEARTBEAT_MS = 1500 * MS  # 2.5 times ten minutes
METER_EVERY_S = 60
_METER_LASTS_S = 60 * 86_400  # until it is reset
_UNAVAILABLE = "unavailable"

Row = tuple[int, int | None]  # from this millisecond on, so many watts, or nothing
Span = tuple[float, float]


def recorded(changes: Sequence[Change], faults: Iterable[Fault]) -> list[Row]:
    """Return the rows that Home Assistant's recorder has of a sensor.

    While Home Assistant is off nothing is recorded; what holds is told anew when it is back, after
    a while of `unavailable` or without any row.
    """
    rows: list[Row] = list(changes)
    for start, end, silent_ms, marked in sorted(_lacks(faults)):
        back = end + silent_ms
        before = list(_cut(rows, 0, start))
        after = [row for row in _cut(rows, back, 1 << 60) if row[0] > back]
        marks: list[Row] = [(marked, None)] if start <= marked < back else []
        rows = [*before, *marks, (back, value_at(changes, back)), *after]
    return unlike(rows)


def _cut(rows: Sequence[Row], start: int, end: int) -> Sequence[Row]:
    first = bisect_right(rows, start - 1, key=lambda row: row[0])
    return rows[first : bisect_right(rows, end - 1, key=lambda row: row[0])]


def off_spans(faults: Iterable[Fault]) -> list[tuple[float, float, float]]:
    """Return when Home Assistant is off: from, until, and how long it has no states after it."""
    found = []
    for fault in faults:
        if fault.kind in (Kind.HOUSE_OFF, Kind.HOUSE_DARK):
            chance = Random(fault.chance)
            found.append((fault.at, fault.end, chance.choice((0.0, 25.0, 70.0))))
    return sorted(found)


def _lacks(faults: Iterable[Fault]) -> Iterable[tuple[int, int, int, int]]:
    faults = list(faults)
    for at, end, starting_s in off_spans(faults):
        unavailable = Random(f"{at}").random() < 0.5
        start, until = round(at * MS), round(end * MS)
        yield start, until, round(starting_s * MS), until if unavailable else -1
    for fault in faults:
        if fault.kind is Kind.SENSOR:
            start = round(fault.at * MS)
            yield start, round(fault.end * MS), 0, start


def known(rows: Sequence[Row], end_s: float) -> Energy:
    """Return what these rows tell: each speaks until the next one, at most for the heartbeat."""
    ends = [at for at, _ in rows[1:]] + [round(end_s * MS)]
    return Energy(
        (at, min(end, at + HEARTBEAT_MS), watts)
        for (at, watts), end in zip(rows, ends, strict=True)
        if watts is not None
    )


def counted(
    source: Energy, start: float, end: float, off: Sequence[Span]
) -> list[tuple[float, str]]:
    """Return what a meter in the house shows, now and then set back to 0."""
    rows: list[tuple[float, str]] = []
    at = start
    while at < end:
        since = start + (at - start) // _METER_LASTS_S * _METER_LASTS_S
        if not any(begin <= at < until for begin, until in off):
            rows.append((at, f"{source.kwh(since, at):.3f}"))
        at += METER_EVERY_S
    return rows


class HomeAssistant:
    """The simulated Home Assistant as the collector asks it, without a network between them."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.clock = TheirClock(simulator.clock, 0.0)

    def belong_to(self, board_now: Callable[[], float]) -> None:
        """Reckon with a board's clock, as far as the collector does."""
        self.clock = TheirClock(board_now, HEARTBEAT_MS / MS)

    def state(self, entity: str) -> State:
        """Return an entity's current state."""
        state = decode_state(self._get(f"/api/states/{entity}"))
        return moved_state(state, -self.clock.followed_s)

    def history(
        self,
        entities: Sequence[str],
        start: float,
        end: float,
        limit_bytes: int = HISTORY_LIMIT_BYTES,  # noqa: ARG002 - a day is small
    ) -> History:
        """Return the rows of a stretch of time by entity."""
        by = self.clock.followed_s
        wanted = f"filter_entity_id={','.join(entities)}&end_time={quote(iso_utc(end + by))}"
        path = f"/api/history/period/{quote(iso_utc(start + by))}"
        history = decode_history(self._get(f"{path}?{wanted}&significant_changes_only=0"))
        return moved_history(history, -by)

    def close(self) -> None:
        """Let go of nothing."""

    def _get(self, target: str) -> object:
        if not self.simulator.is_reachable():
            raise Retryable("Home Assistant can't be reached")
        reply = answer(self.simulator, Request("GET", target, f"Bearer {TOKEN}"))
        if reply.status == 404:
            raise NotFound("Home Assistant answered 404")
        assert reply.status == 200, reply
        self.clock.note(formatdate(self.simulator.clock(), usegmt=True))
        return orjson.loads(reply.body)


def simulator(
    rows: Sequence[Row], meter: Sequence[tuple[float, str]], clock: Callable[[], float]
) -> Simulator:
    """Return a Home Assistant that has seen, and will see, all this."""
    entities = {POWER: sensor("W", "power"), METER: sensor("kWh", "energy", "total_increasing")}
    made = Simulator(entities, token=TOKEN, clock=clock, commit_delay_s=COMMIT_DELAY_S)
    made.insert(POWER, ((at / MS, _UNAVAILABLE if w is None else str(w)) for at, w in rows))
    made.insert(METER, meter)
    return made
