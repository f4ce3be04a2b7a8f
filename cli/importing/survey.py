"""The first look at a file: what it holds, before anything is made of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from cli.importing.means import Finer, mean_end
from cli.importing.meter_judge import NO_METER, MeterJudge, Verdict
from cli.importing.points import OLD_METER, VOLTAGE, Broken, Point
from cli.importing.source import Source
from cli.importing.spacing import Placed, Spacings, place
from cli.importing.stamps import Stamps, naive
from shared.reading import POWER
from shared.times import Zone

EARLIEST = 946684800.0  # 2000: a board's clock that was never set shows 1970
_MEANS_IN = ("weekly", "monthly", "yearly")  # a file's name: there the old system kept means
_EXAMPLES = 3


@dataclass(slots=True)
class Survey:
    """What one file holds. Times are instants, distances seconds, None is not known."""

    source: Source
    means: bool  # points that stand alone are means
    points: int = 0
    broken: int = 0
    examples: list[Broken] = field(default_factory=list)
    outages: int = 0
    alone: int = 0
    first: float | None = None
    last: float | None = None
    spacing_s: float | None = None
    mean_spacing_s: float | None = None
    naive: bool = False
    backwards: bool = False
    metrics: set[str] = field(default_factory=set)
    meter: Verdict = NO_METER

    @property
    def nothing(self) -> str:
        """Why there is no point in it."""
        if self.source.cut_at is not None:
            return f"it is cut at byte {self.source.cut_at}, before there is a whole point"
        if not self.examples:
            return "it is empty"
        first = self.examples[0]
        where = f"{self.source.place} {first.where}"
        return f"none of its {self.broken} points can be used; {where}: {first.why}"


@dataclass(frozen=True, slots=True)
class Rules:
    """How points are to be understood; `means` None leaves it to the file's name."""

    zone: Zone
    now: float
    keep_zeros: bool = False
    means: bool | None = None

    def expects_means(self, source: Source) -> bool:
        """Say whether points of a file that stand alone are means."""
        if self.means is not None:
            return self.means
        return any(word in source.path.name.lower() for word in _MEANS_IN)

    def is_outage(self, point: Point) -> bool:
        """Say whether both power and voltage are 0: what an unavailable sensor was written as."""
        values = point.values
        both = values.get(POWER) == 0 and values.get(VOLTAGE) == 0
        return both and point.own is None and not self.keep_zeros


def survey(source: Source, rules: Rules, finer: Finer) -> Survey:
    """Look through a file; `finer` takes the time its samples and means speak of.

    Raises Unusable, or BadInput where somebody can mend what is in the way.
    """
    found = Survey(source, means=rules.expects_means(source))
    look = _Look(found, rules, finer)
    for placed in placed_points(found, rules, look.broken):
        look.note(placed)
    look.finish()
    return found


def placed_points(
    found: Survey, rules: Rules, broken: Callable[[Broken], None]
) -> Iterator[Placed]:
    """Yield a file's points with their instants; those that can't be used go to `broken`."""
    stamps = Stamps(ZoneInfo(rules.zone.name), found.spacing_s or 0.0, backwards=found.backwards)

    def instants() -> Iterator[tuple[Point, float]]:
        for point in found.source.points():
            usable = point if isinstance(point, Broken) else _timed(point, stamps, rules)
            if isinstance(usable, Broken):
                broken(usable)
            else:
                yield usable

    return place(instants())


_Mean = tuple[float, float | None]  # its time, and when the one after it is


class _Look:
    """The state of one survey."""

    def __init__(self, found: Survey, rules: Rules, finer: Finer) -> None:
        self._found = found
        self._rules = rules
        self._finer = finer
        self._means: list[_Mean] = []
        self._judge = MeterJudge()
        self._spacings = Spacings()
        self._mean_spacings = Spacings()
        self._forward = 0  # steps forward less steps back
        self._last: float | None = None

    def broken(self, point: Broken) -> None:
        self._found.broken += 1
        if len(self._found.examples) < _EXAMPLES:
            self._found.examples.append(point)

    def note(self, placed: Placed) -> None:
        found, point, time = self._found, placed.point, placed.time
        found.points += 1
        found.first = time if found.first is None else min(found.first, time)
        found.last = time if found.last is None else max(found.last, time)
        found.naive = found.naive or naive(point.moment)
        found.metrics.update(point.values)
        found.outages += self._rules.is_outage(point)
        step = 0.0 if self._last is None else time - self._last
        self._last = time
        self._forward += (step > 0) - (step < 0)
        self._spacings.note(step)
        if found.means and placed.alone:
            self._note_mean(placed, step)
        else:
            self._note_sample(point, time)

    def _note_mean(self, placed: Placed, step: float) -> None:
        self._found.alone += 1
        self._mean_spacings.note(step)
        self._means.append((placed.time, placed.following))

    def _note_sample(self, point: Point, time: float) -> None:
        self._finer.samples.note(time, time)
        values = point.values
        if OLD_METER in values and not self._rules.is_outage(point):
            day = self._rules.zone.day_of(time)
            self._judge.note(time, day, values[OLD_METER], values.get(POWER))

    def finish(self) -> None:
        found = self._found
        found.spacing_s = self._spacings.median()
        found.mean_spacing_s = self._mean_spacings.median()
        found.backwards = self._forward < 0
        found.meter = self._judge.verdict()
        for time, following in self._means:
            end = mean_end(found.mean_spacing_s, time, following, self._rules.zone)
            self._finer.note_mean(time, end)


def _timed(point: Point, stamps: Stamps, rules: Rules) -> tuple[Point, float] | Broken:
    time = stamps.instant(point.moment)
    if time < EARLIEST:
        return Broken(point.where, "its time is before 2000: the clock was not set")
    if time > rules.now:
        return Broken(point.where, "its time is still to come: the clock was wrong")
    return point, time
