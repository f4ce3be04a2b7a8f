"""One life from a seed: lived day by day, looked at whenever all is calm, and told."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from shared.times import Zone, days_between
from support.aggregation import TIERS, scratch
from support.year.board import Clock
from support.year.checks import booked, digest, sizes, wrong
from support.year.life import Life
from support.year.plan import ZONE, Fault, Kind, plan
from support.year.truth import Truth
from support.year.world import simulator

_BERLIN = Zone(ZONE)
_NOON_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Setting:
    """A seed, the first and the last day, and how dense the faults are (1: as in a year)."""

    seed: int
    first: date
    last: date
    density: float = 1.0

    @property
    def start(self) -> float:
        """When the first day begins."""
        return _BERLIN.day_start(self.first)

    @property
    def end(self) -> float:
        """When the last look is taken."""
        return _BERLIN.day_start(self.last) + _NOON_S

    def faults(self) -> list[Fault]:
        """Return what befalls this life."""
        return plan(self.seed, self.start, self.end, self.density)


@dataclass(slots=True)
class Outcome:
    """What came of a life: `wrong` is empty when all was right; energies in kWh, sizes in bytes."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    ended: str = ""
    looks: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    killed: int = 0
    hours: float = 0.0
    known_hours: float = 0.0
    source_kwh: float = 0.0  # all that flowed
    witnessed_kwh: float = 0.0  # of it, in time that somebody witnessed or history can fill
    assumed_kwh: float = 0.0  # what held over for a heartbeat adds, and a person's word
    expected_kwh: float = 0.0
    book_kwh: float = 0.0
    expected_export_kwh: float = 0.0
    book_export_kwh: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as JSON can have it."""
        return asdict(self)


def lived(setting: Setting, faults: Sequence[Fault] | None = None) -> Outcome:
    """Live; stop at the first look that finds something wrong."""
    random.seed(setting.seed)  # for what waits a while by chance
    befalls = setting.faults() if faults is None else faults
    truth = Truth(
        setting.seed, setting.start, setting.end, befalls, has_meter=setting.seed % 2 == 1
    )
    clock = Clock(setting.start)
    world = simulator(truth.rows, truth.meter, clock.world)
    with scratch() as directory:
        life = Life(directory, truth, world, clock, setting.seed)
        outcome = Outcome(setting.seed)
        for day in days_between(setting.first + timedelta(days=1), setting.last):
            try:
                life.live(_BERLIN.day_start(day) + _NOON_S)
            except AssertionError as error:
                outcome.wrong = [str(error)]
            if life.calm and not outcome.wrong:
                outcome.looks += 1
                outcome.wrong = list(wrong(directory, truth, day))
            if outcome.wrong or life.board.complaints:
                outcome.wrong += life.board.complaints
                break
        _tell(outcome, life, directory)
    return outcome


def _tell(outcome: Outcome, life: Life, directory: Path) -> None:
    truth = life.truth
    today = truth.zone.day_of(life.now)
    outcome.ended = truth.zone.iso(life.now)
    outcome.faults = {str(kind): life.happened[kind] for kind in Kind}
    outcome.killed = life.board.deaths
    outcome.sizes, outcome.digest = sizes(directory), digest(directory)
    end = truth.zone.day_start(today)
    must = [truth.day(day) for day in truth.days(today)]
    outcome.hours = (end - truth.start) / 3600
    outcome.known_hours = sum(day.known_s for day in must) / 3600
    outcome.source_kwh = truth.source.kwh(truth.start, end)
    outcome.expected_kwh = sum(day.energy_kwh for day in must)
    outcome.expected_export_kwh = sum(day.export_kwh for day in must)
    outcome.witnessed_kwh = truth.witnessed_kwh(truth.start, end)
    outcome.assumed_kwh = outcome.expected_kwh - outcome.witnessed_kwh
    points = booked(directory)
    ours = [points[day] for day in truth.days(today) if day in points]
    outcome.book_kwh = sum(point["energy_kwh"] or 0 for point in ours)
    outcome.book_export_kwh = sum(point["export_kwh"] or 0 for point in ours)
    if life.calm and not outcome.wrong:
        before = _documents(directory)
        life.rebuild()
        if _documents(directory) != before:
            outcome.wrong = ["a rebuild from the journal changes a document"]


def _documents(directory: Path) -> list[bytes]:
    return [(directory / "data" / f"{tier}.json").read_bytes() for tier in TIERS]
