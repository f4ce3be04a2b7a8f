"""A house's life in simulated time: faults begin and end, and between them the board works."""

import heapq
import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from demo.simulator import Simulator
from shared.clock import earliest_believable
from shared.errors import MonitorError
from support.year.board import MINUTES, SERVICES, Board, Clock
from support.year.death import Killed
from support.year.plan import OTHER_ZONE, ZONE, Fault, Kind
from support.year.truth import Truth
from support.year.world import HomeAssistant, off_spans

_INTERVAL_S = MINUTES * 60
# Seconds after a tick at which the board is looked at when nothing befalls it.
_LOOKS_S = (0.0, 6.5, 8.0, 20.0, 310.0)
_SHORTEST_S = 0.01
_WATCHED_S = 75.0  # after anything happened: in steps of a second
_SERVICE_IS_BACK_S = 3.0
_HOUR_S, _DAY_S = 3600, 86_400
_CALM_S = 2 * _HOUR_S  # without trouble: even a remote that was away is tried again by then
# None is of a length that is followed (decision 0091): at its ends that much counts twice, or not.
# Nor days ahead: values taken then stay and count where nobody knows better; see test_clock.py.
JUMPS_S = (-3, 2, 1800, -2700, -3 * _HOUR_S, 5 * _HOUR_S, -2 * _DAY_S)
_SIZES = (0, 512, 4096, 12_000)  # of files on a disk that is full

Event = Callable[[], object]


class Life:
    """Lives from `start` to `end`; `look` is called once a day, when all is calm."""

    def __init__(
        self, directory: Path, truth: Truth, simulator: Simulator, clock: Clock, seed: int
    ) -> None:
        self.truth = truth
        self.board = Board(directory, clock, HomeAssistant(simulator), seed, meter=truth.has_meter)
        self.happened: Counter[Kind] = Counter()
        self._simulator = simulator
        self._clock = clock
        self._events: list[tuple[float, int, Event]] = []
        self._number = count()
        self._now_on: Counter[Kind] = Counter()
        self._away: Counter[str] = Counter()
        self.steps = 0
        self._watched_until = 0.0
        self._last_trouble = clock.true
        for fault in truth.faults:
            self._at(fault.at, partial(self._begin, fault))

    @property
    def calm(self) -> bool:
        """Whether nothing is wrong, and has not been for a while."""
        return (
            not +self._now_on
            and self._clock.true - self._last_trouble > _CALM_S
            and not self.board.busy
        )

    @property
    def now(self) -> float:
        """What time it is."""
        return self._clock.true

    def rebuild(self) -> None:
        """Have everything made anew from journal, book and corrections."""
        assert self._ask("rebuild")

    def live(self, until: float) -> None:
        """Go on to an instant."""
        clock = self._clock
        while clock.true < until:
            while self._events and self._events[0][0] <= clock.true:
                heapq.heappop(self._events)[2]()
                self._watched_until = clock.true + _WATCHED_S
                self._last_trouble = clock.true
            for name in SERVICES:
                if not self._away[name]:
                    self.board.start(name)
            wait = self.board.step()
            self.steps += 1
            clock.true = min(self._next(wait), until)

    def _next(self, wait: float) -> float:
        now = self._clock.true
        filling = self.board.busy and self._simulator.is_reachable()
        dead = None in self._expected() and not self._now_on[Kind.DISK_FULL]
        if now < self._watched_until or filling or dead:
            following = now + min(max(wait, _SHORTEST_S), 1.0)
        elif wait < 1:
            following = now + max(wait, _SHORTEST_S)
        else:
            wall = self._clock.now()
            tick = wall // _INTERVAL_S * _INTERVAL_S
            looks = [tick + at for at in (*_LOOKS_S, _INTERVAL_S, _INTERVAL_S + 1)]
            following = now + next(at for at in looks if at > wall + 1e-6) - wall
        return min(following, self._events[0][0]) if self._events else following

    def _expected(self) -> list[object]:
        return [getattr(self.board, name) for name in SERVICES if not self._away[name]]

    def _at(self, when: float, event: Event) -> None:
        heapq.heappush(self._events, (when, next(self._number), event))

    def _begin(self, fault: Fault) -> None:
        begin, end = self._table()[fault.kind]
        chance = Random(fault.chance)
        self.happened[fault.kind] += 1
        self._now_on[fault.kind] += 1
        begin(fault, chance)

        def over() -> None:
            self._now_on[fault.kind] -= 1
            if end:
                end(fault, chance)

        self._at(fault.end, over)

    def _table(self) -> dict[Kind, tuple[Any, Any]]:
        """Return what happens when a fault begins, and when it is over."""
        return {
            Kind.RESTART: (self._stop_one, self._all_back),
            Kind.KILL: (self._kill_one, self._all_back),
            Kind.KILL_IN_A_WRITE: (self._kill_in_a_write, None),
            Kind.COLLECTOR_AWAY: (
                partial(self._leave, "collector"),
                partial(self._back, "collector"),
            ),
            Kind.AGGREGATOR_AWAY: (
                partial(self._leave, "aggregator"),
                partial(self._back, "aggregator"),
            ),
            Kind.SYNCER_AWAY: (partial(self._leave, "syncer"), partial(self._back, "syncer")),
            Kind.POWER_CUT: (self._cut_power, self._boot),
            Kind.HOUSE_DARK: (self._house_dark, self._boot),
            Kind.QUEUE_LOST: (partial(self._leave, "aggregator"), self._queue_lost),
            Kind.BROKER_AWAY: (self._broker_away, self._broker_back),
            Kind.DISORDER: (self._disorder, self._disorder),
            Kind.CLOCK: (self._clock_jumps, self._clock_right),
            Kind.DISK_FULL: (self._disk_full, self._disk_has_room),
            Kind.ROLLUP: (self._roll_up, None),
            Kind.CORRECTION: (self._correct, None),
            Kind.REMOTE_AWAY: (self._remote_away, self._remote_back),
            Kind.REMOTE_EDITED: (self._edit_remote, None),
            Kind.RESTORE: (self._lose_disk, self._new_disk),
            Kind.OTHER_ZONE: (self._change_zone, self._change_zone),
            Kind.HOUSE_OFF: (self._house_off, None),
            Kind.UNREACHABLE: (self._unplug, self._plug_in),
            Kind.SENSOR: (lambda *_: None, None),
        }

    # Services

    def _stop_one(self, _fault: Fault, chance: Random) -> None:
        self.board.stop(chance.choice(SERVICES))

    def _kill_one(self, _fault: Fault, chance: Random) -> None:
        self.board.kill(chance.choice(SERVICES))

    def _all_back(self, _fault: Fault, _chance: Random) -> None:
        """The supervisor starts what ended, anyway."""

    def _kill_in_a_write(self, _fault: Fault, chance: Random) -> None:
        self.board.death.arm(chance.randrange(12))

    def _leave(self, name: str, _fault: Fault, chance: Random) -> None:
        self._away[name] += 1
        (self.board.kill if chance.random() < 0.5 else self.board.stop)(name)

    def _back(self, name: str, _fault: Fault, _chance: Random) -> None:
        self._away[name] -= 1

    # The board

    def _cut_power(self, _fault: Fault, chance: Random) -> None:
        """Cut it between two writes; what was not synced is torn."""
        board = self.board
        board.death.arm(chance.randrange(4))
        board.step()
        board.death.disarm()
        for name in SERVICES:
            board.kill(name)
            self._away[name] += 1
        board.broker.queue.clear()
        if not self._now_on[Kind.DISK_FULL]:
            _tear(board.directory, chance)

    def _boot(self, _fault: Fault, chance: Random) -> None:
        """Begin in 1970, until a time server answers."""
        for name in SERVICES:
            self._away[name] -= 1
        self._clock.booted = self._clock.true
        self._clock.ahead_s = 20.0 - self._clock.true
        self._at(self._clock.true + chance.choice((2, 40, 700)), self._time_server)

    def _time_server(self) -> None:
        if not self._now_on[Kind.CLOCK]:
            self._clock.ahead_s = 0.0

    def _lose_disk(self, _fault: Fault, _chance: Random) -> None:
        for name in SERVICES:
            self.board.kill(name)
            self._away[name] += 1
        self.board.broker.queue.clear()
        self.board.wipe()

    def _new_disk(self, _fault: Fault, _chance: Random) -> None:
        for name in SERVICES:
            self._away[name] -= 1

    def _change_zone(self, _fault: Fault, _chance: Random) -> None:
        self.board.zone = OTHER_ZONE if self._now_on[Kind.OTHER_ZONE] else ZONE
        for name in SERVICES:
            self.board.stop(name)

    def _clock_jumps(self, _fault: Fault, chance: Random) -> None:
        self._clock.ahead_s = float(chance.choice(JUMPS_S))

    def _clock_right(self, _fault: Fault, _chance: Random) -> None:
        self._clock.ahead_s = 0.0

    def _disk_full(self, _fault: Fault, chance: Random) -> None:
        self.board.disk_takes(chance.choice(_SIZES))

    def _disk_has_room(self, _fault: Fault, _chance: Random) -> None:
        if not self._now_on[Kind.DISK_FULL]:
            self.board.disk_takes(None)

    # The broker

    def _queue_lost(self, fault: Fault, chance: Random) -> None:
        self._back("aggregator", fault, chance)
        self.board.broker.queue.clear()
        self.board.link(up=False)
        self.board.link(up=True)

    def _broker_away(self, _fault: Fault, _chance: Random) -> None:
        self.board.link(up=False)

    def _broker_back(self, _fault: Fault, _chance: Random) -> None:
        if not self._now_on[Kind.BROKER_AWAY]:
            self.board.link(up=True)

    def _disorder(self, _fault: Fault, _chance: Random) -> None:
        self.board.broker.disorder = self._now_on[Kind.DISORDER] > 0

    # People

    def _roll_up(self, _fault: Fault, _chance: Random) -> None:
        for _ in range(2):
            self._ask("rollup")

    def _correct(self, _fault: Fault, chance: Random) -> None:
        """Drop or set some hours of the last days, if all of them are known."""
        now = self._clock.true
        start = (now - chance.randint(4, 9 * 24) * _HOUR_S) // _HOUR_S * _HOUR_S
        end = start + chance.randint(1, 3) * _HOUR_S
        watts = None if self.truth.has_meter or chance.random() < 0.5 else chance.randint(1, 999)
        said: dict[str, Any] = {"drop": True} if watts is None else {"set": {"power": watts}}
        if self.truth.is_whole(start, end) and self._nothing_else_is_on():
            iso = self.truth.zone.iso
            if self._ask("correct", **{"from": iso(start + 1), "to": iso(end + 1), **said}):
                self.truth.correct(start, end, watts)

    def _nothing_else_is_on(self) -> bool:
        return not +(self._now_on - Counter([Kind.CORRECTION])) and not self.board.busy

    def _ask(self, command: str, **arguments: Any) -> bool:
        aggregator = self.board.aggregator
        if aggregator is None or self._clock.now() < earliest_believable():
            return False
        try:
            aggregator.ask(command, json.dumps(arguments).encode())
        except MonitorError:
            return False
        except Killed:
            self.board.died("aggregator")
            return False
        return True

    # The remote

    def _remote_away(self, _fault: Fault, _chance: Random) -> None:
        if self.board.remote.exists():
            self.board.remote.rename(self._hidden)

    def _remote_back(self, _fault: Fault, _chance: Random) -> None:
        if not self._now_on[Kind.REMOTE_AWAY]:
            self._hidden.rename(self.board.remote)

    @property
    def _hidden(self) -> Path:
        return self.board.remote.with_name("stick-in-a-drawer")

    def _edit_remote(self, _fault: Fault, chance: Random) -> None:
        """Throw three days away there, or say something else of one."""
        path = self.board.remote / "yearly.json"
        if not path.exists():
            return
        document = json.loads(path.read_bytes())
        points = document["data_points"]
        if len(points) < 20:
            return
        first = chance.randrange(len(points) - 15)
        if chance.random() < 0.5:
            del points[first : first + 3]
        elif points[first]["energy_kwh"]:
            points[first]["energy_kwh"] = round(points[first]["energy_kwh"] + 0.5, 6)
            self.truth.overrule(points[first]["timestamp"], points[first]["energy_kwh"])
        path.write_text(json.dumps(document))

    # Home Assistant

    def _house_off(self, fault: Fault, _chance: Random) -> None:
        [(at, end, starting_s)] = off_spans([fault])
        self._simulator.world.off = [(at, end)]
        self._simulator.world.starting = [(end, end + starting_s)]

    def _house_dark(self, fault: Fault, chance: Random) -> None:
        self._house_off(fault, chance)
        self._cut_power(fault, chance)

    def _unplug(self, _fault: Fault, _chance: Random) -> None:
        self._simulator.unplug()

    def _plug_in(self, _fault: Fault, _chance: Random) -> None:
        if not self._now_on[Kind.UNREACHABLE]:
            self._simulator.plug_in()


def _tear(directory: Path, chance: Random) -> None:
    """Leave what a power cut may leave of what nobody had synced."""
    daily = directory / "data" / "daily.json"
    if daily.exists() and chance.random() < 0.7:
        content = daily.read_bytes()
        part = chance.randrange(len(content) + 1)
        daily.write_bytes(content[:part] + chance.choice((b"", b"\0" * (len(content) - part))))
    journal = sorted((directory / "state" / "journal").glob("*.jsonl"))
    if journal and chance.random() < 0.7:
        content = journal[-1].read_bytes().rstrip(b" ")
        line = content.splitlines()[-1] if content else b"{}"
        journal[-1].write_bytes(content + line[: chance.randrange(len(line))])
