"""Energy of a day against the integral of every change, at several intervals; docs/accuracy.md.

A simulated Home Assistant behind real HTTP, the real collector, the real aggregator; only the clock
is made up, so that a day takes seconds. No real time and no chance gets into the result: the clock
stands still until the simulator's port is open or shut as it says, and delays that the collector
leaves to chance come in the same order each time.
"""

import logging
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import orjson
from support.aggregation import House, scratch
from support.collector import ENERGY, POWER, START, Bench, Clock, listens, make_simulator
from support.stack import ROOT
from support.wait import wait_until

from bench.loads import DAY_S, SEED, Load, loads
from bench.table import Row
from demo.server import serving
from demo.simulator import Simulator
from shared.messages import decode_reading_message

MINUTES = (1, 5, 10, 30)
_PAGE = ROOT / "docs" / "accuracy.md"
_BUDGET_MINUTES = 10
_COMMIT_DELAY_S = 5.0  # Home Assistant's recorder writes that late
_BEFORE_S, _AFTER_S = 3600, 1800
_SHORTEST_STEP_S, _IDLE_S, _STEP_S = 0.01, 1.0, 5.0
_IMPORT, _EXPORT = 1, -1


@dataclass(frozen=True, slots=True)
class Result:
    """Energies of one day in one direction, in kWh: the truth, ours twice, and samples."""

    load: str
    direction: int
    minutes: int
    true_kwh: float
    history_kwh: float
    spots_kwh: float
    sampled_kwh: float

    def error(self, kwh: float) -> float:
        """Return how far an energy is off, in per cent."""
        return 100 * (kwh - self.true_kwh) / self.true_kwh


def measure() -> Row:
    """Replay every load at every interval, and write the page."""
    todo = [(index, minutes) for index in range(len(loads())) for minutes in MINUTES]
    with get_context("fork").Pool(os.cpu_count(), logging.disable) as pool:
        results = [one for found in pool.starmap(replayed, todo, chunksize=1) for one in found]
    _PAGE.write_text(_page(results))
    whole = {load.name for load in loads() if not load.off}
    at_ten = [one for one in results if one.minutes == _BUDGET_MINUTES and one.load in whole]
    ours = max(abs(one.error(one.history_kwh)) for one in at_ten)
    sampled = max(abs(one.error(one.sampled_kwh)) for one in at_ten)
    return Row(
        f"energy of a day at a ten-minute interval, the worst of {len(at_ten)}",
        f"{ours:.3f} % off the integral of every change",
        f"{sampled:.1f} % off with a sample every ten minutes",
        "0.1 %",
    )


def replayed(index: int, minutes: int) -> list[Result]:
    """Replay one load at one interval; an export is there where the sensor tells of one."""
    load = loads()[index]
    history, spots = (_day(load, minutes, history=known) for known in (True, False))
    results = []
    for direction, name in ((_IMPORT, "energy_kwh"), (_EXPORT, "export_kwh")):
        true = load.energy_kwh(direction)
        if direction == _IMPORT or (true and load.kwh is None):
            sampled = load.spots_kwh(minutes * 60, direction)
            energies = (true, history[name], spots[name], sampled)
            results.append(Result(load.name, direction, minutes, *energies))
    return results


def _day(load: Load, minutes: int, *, history: bool) -> dict[str, float]:
    """Return the day's point of monthly.json; without `history` there are only current states."""
    entities = {"power": POWER, **({"energy": ENERGY} if load.meter else {})}
    clock = Clock(START - _BEFORE_S)
    simulator = make_simulator(clock, _COMMIT_DELAY_S)
    simulator.insert(POWER, load.power)
    simulator.insert(ENERGY, load.meter)
    for start, end in load.off:
        simulator.outage(start, end)
    if not history:
        simulator.faults.add("status", "/api/history/*", status=404)
    with scratch() as directory, serving(simulator) as url:
        bench = Bench(
            url,
            directory / "collector",
            clock,
            entities=entities,
            local_collection_interval_minutes=minutes,
        )
        random.seed(SEED)  # of delays before a retry
        _let_pass(bench, simulator, url)
        readings = [sent.payload for sent in bench.outlet.sent if sent.topic.endswith("/reading")]
        return _rolled_up(directory, readings, entities, minutes)


def _let_pass(bench: Bench, simulator: Simulator, url: str) -> None:
    until = START + DAY_S + _AFTER_S
    while bench.clock.wall < until:
        wait = bench.worker.step()
        messages, bench.outlet.inbox = bench.outlet.inbox, []
        if messages:
            bench.worker.receive(messages)
        else:
            now = bench.clock.wall
            # Nothing is due for a while: ticks fall on these instants, too.
            step = _STEP_S - now % _STEP_S if wait >= _IDLE_S else max(wait, _SHORTEST_STEP_S)
            was_there = simulator.is_reachable()
            bench.clock.advance(min(step, until - now))
            if simulator.is_reachable() != was_there:
                # Its own thread opens and shuts the port, and takes real time for it.
                wait_until(partial(_is_what_it_says, simulator, url), what="the simulator's port")


def _is_what_it_says(simulator: Simulator, url: str) -> bool:
    return listens(url) == simulator.is_reachable()


def _rolled_up(
    directory: Path, payloads: list[bytes], entities: dict[str, str], minutes: int
) -> dict[str, float]:
    house = House(directory, zone="UTC", minutes=minutes, entities=entities)
    house.at(START + DAY_S + _AFTER_S)
    metrics, heartbeat = frozenset(entities), house.aggregator.heartbeat
    house.take(*(decode_reading_message(one, metrics, heartbeat) for one in payloads))
    house.settle()
    day = datetime.fromtimestamp(START, UTC).date()
    point = house.point("monthly", day.isoformat())
    house.aggregator.close()
    return orjson.loads(orjson.dumps(point))  # type: ignore[no-any-return] # a bucket's members


def _page(results: list[Result]) -> str:
    return f"""# Accuracy

Written by `scripts/bench accuracy` on {datetime.now(UTC):%Y-%m-%d}.

Is the energy of a day what flowed? Days of a recorded house and made-up ones go through a simulated
Home Assistant behind HTTP, the collector, and the aggregator to `monthly.json`. The truth is the
integral of every change of the sensor, worked out apart. Each error is a share of it:

- **with history**: as it usually is. The collector asks Home Assistant for every change since the
  last reading.
- **spot values**: Home Assistant keeps no history, so each value holds until the next reading.
- **a sample times the interval**: what is done where no history is asked for.

| load | kWh | every | with history | spot values | a sample times the interval |
|---|---|---|---|---|---|
{chr(10).join(_lines(results))}

What befell some of them, and what it costs:

{chr(10).join(f"- {load.name}: {load.why}" for load in loads() if load.why)}

Samples miss a kettle or count it twice; what swings faster than they come, such as clouds or a
battery's control, they catch by chance. With history the interval makes no difference while Home
Assistant is there and no meter is reset: a longer one costs nothing but how soon a value is seen.

`tests/integration/test_accuracy.py` holds each row with history to 0.1 %; those of the last load to
0.1 % of what the value before the outage adds in one heartbeat.
"""


def _lines(results: list[Result]) -> Iterator[str]:
    for load in loads():
        for direction in (_IMPORT, _EXPORT):
            of_it = [one for one in results if (one.load, one.direction) == (load.name, direction)]
            for number, one in enumerate(of_it):
                named = f"{load.name}{', export' if direction == _EXPORT else ''}"
                first = (named, f"{one.true_kwh:.3f}") if number == 0 else ("", "")
                energies = (one.history_kwh, one.spots_kwh, one.sampled_kwh)
                errors = (f"{one.error(kwh):+.2f} %".replace("-0.00", "+0.00") for kwh in energies)
                yield f"| {' | '.join((*first, f'{one.minutes} min', *errors))} |"
