"""What an import made, or would make, of which file: for programs and for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cli.importing.means import usual_length
from cli.importing.survey import Survey
from cli.importing.there import Known
from shared.times import Zone

_DAYS_SHOWN = 400  # a year, day by day; more are told in sum
_MINUTE_S = 60.0
_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is different now: days of the book, readings handed over by day, and what was there."""

    surveys: list[Survey]
    left_out: Mapping[Path, str]  # files that can't be used, and why
    days: Mapping[date, tuple[Known | None, Known]]
    new_readings: Mapping[date, int]
    already: int
    complete_days: int
    today: date
    local_zone: str  # of times without an offset
    dry_run: bool


def report(outcome: Outcome, zone: Zone) -> dict[str, Any]:
    """Return all of it as one JSON object."""
    return {
        "dry_run": outcome.dry_run,
        "files": [_file(found, zone) for found in outcome.surveys],
        "left_out": [{"path": str(path), "why": why} for path, why in outcome.left_out.items()],
        "readings": {
            "new": sum(outcome.new_readings.values()),
            "already_here": outcome.already,
        },
        "days": [_day(day, *change) for day, change in outcome.days.items()],
        "days_not_over": [
            {"date": str(day), "readings": count} for day, count in _not_over(outcome).items()
        ],
        "days_complete_before": outcome.complete_days,
    }


def told(outcome: Outcome, zone: Zone) -> Iterator[str]:
    """Say it in a person's words."""
    for found in outcome.surveys:
        yield from _file_told(found, zone, outcome.local_zone)
    for path, why in outcome.left_out.items():
        yield f"{path}: left out: {why}"
    days = list(outcome.days.items())
    for day, (was, known) in days[:_DAYS_SHOWN]:
        yield f"{day}: {_known(known)}" + (f" (was {_known(was)})" if was else "")
    if len(days) > _DAYS_SHOWN:
        yield f"... and {len(days) - _DAYS_SHOWN} days more, up to {days[-1][0]}; --json has all"
    for day, count in _not_over(outcome).items():
        yield f"{day}: {count} readings; its day is made when it is over"
    yield _sum(outcome)


def _sum(outcome: Outcome) -> str:
    count = sum(outcome.new_readings.values())
    if not count and not outcome.days:
        return "Nothing new: all that could be used is here already."
    would = "would be " if outcome.dry_run else ""
    new = sum(1 for was, _ in outcome.days.values() if was is None)
    better = len(outcome.days) - new
    parts = [f"{new} days {would}new"] if new else []
    parts += [f"{better} days {would}known better"] if better else []
    done = "Nothing was written: this was a dry run." if outcome.dry_run else "Done."
    what = ", ".join(parts) or "no finished day changes"
    return f"{what}; {count} readings {would}new, {outcome.already} here already. {done}"


def _not_over(outcome: Outcome) -> dict[date, int]:
    """Return the days that no bucket can show yet, as far as something came for them."""
    return {day: count for day, count in outcome.new_readings.items() if day >= outcome.today}


def _file(found: Survey, zone: Zone) -> dict[str, Any]:
    return {
        "path": str(found.source.path),
        "points": found.points,
        "unusable": found.broken,
        "examples": [{found.source.place: bad.where, "why": bad.why} for bad in found.examples],
        "cut_at_byte": found.source.cut_at,
        "from": found.first and zone.iso(found.first),
        "to": found.last and zone.iso(found.last),
        "spacing_seconds": found.spacing_s,
        "means": found.alone,
        "outages": found.outages,
        "metrics": sorted(found.metrics),
        "daily_energy": {"is_meter": found.meter.meter, "why": found.meter.why or None},
        "columns_not_used": list(found.source.layout.unused) if found.source.layout else [],
    }


def _file_told(found: Survey, zone: Zone, local_zone: str) -> Iterator[str]:
    if not found.points:
        yield f"{found.source.path}: {found.nothing}"
        return
    first, last = zone.iso(found.first or 0.0)[:16], zone.iso(found.last or 0.0)[:16]
    local = f", local time of {local_zone}" if found.naive else ""
    yield f"{found.source.path}: {found.points} points, {first} to {last}{local}"
    if found.alone < found.points:
        spacing = f" every {_spoken(found.spacing_s)}" if found.spacing_s else ""
        yield f"  {found.points - found.alone} samples{spacing}: {', '.join(sorted(found.metrics))}"
    if found.alone:
        yield f"  {found.alone} means of {_spoken(usual_length(found.mean_spacing_s))}"
    if found.outages:
        yield (
            f"  {found.outages} points with power and voltage 0 are outages, not measurements "
            "(--keep-zeros keeps them)"
        )
    if found.meter.why:
        use = "is used as the meter `energy`" if found.meter.meter else "is left out"
        yield f"  daily_energy {use}: {found.meter.why}"
    if found.source.layout and found.source.layout.unused:
        yield f"  columns not used: {', '.join(found.source.layout.unused)}"
    if found.broken:
        yield f"  {found.broken} points can't be used and are left out, such as"
        yield from (f"    {found.source.place} {bad.where}: {bad.why}" for bad in found.examples)
    if found.source.cut_at is not None:
        yield f"  it is cut at byte {found.source.cut_at}; all before that is used"


def _day(day: date, was: Known | None, known: Known) -> dict[str, Any]:
    return {"date": str(day), "was": was and was._asdict(), "is": known._asdict()}


def _known(known: Known) -> str:
    energy = "energy unknown" if known.energy_kwh is None else f"{known.energy_kwh:.3f} kWh"
    if known.coverage is None:
        return energy
    return f"{energy}, {100 * known.coverage:.1f} % of it known"


def _spoken(seconds: float) -> str:
    if seconds >= 2 * _DAY_S:
        return f"{seconds / _DAY_S:.3g} days"
    if seconds >= 2 * _MINUTE_S:
        return f"{seconds / _MINUTE_S:g} min"
    return f"{seconds:g} s"
