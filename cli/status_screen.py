"""The screen of `power-monitor status`: pure, 80 columns and 24 lines if they must do."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cli.documents_here import FileHere
from cli.overview import Overview, Served, Trouble
from cli.spans import size, span
from cli.terminal import Terminal
from shared.errors import BadInput
from shared.times import parse_timestamp
from shared.topics import SERVICES
from shared.version import VERSION

_COLUMN = 15
_POINTS = {"daily": "readings", "weekly": "hours", "monthly": "days", "yearly": "days"}
_PROMPT_LINES = 1  # what the shell writes after it


def screen(seen: Overview, terminal: Terminal) -> list[str]:
    """Return the lines; problems that find no room are counted."""
    lines = [_title(seen, terminal), ""]
    lines += [_line("Power", _power(seen)), _line("Today", _today(seen)), ""]
    lines += [_line(name, _service(seen, name, terminal)) for name in SERVICES]
    lines += [_line("broker", _broker(seen, terminal))]
    lines += [_line("page", _page(seen.page, terminal)), ""] if seen.page else [""]
    lines += [_line(file.path.name, _file(seen, file, terminal)) for file in seen.files]
    lines += ["", *_further(seen)]
    return [*lines, *_problems(seen, terminal, len(lines))]


def _line(name: str, text: str) -> str:
    return f"{name:<{_COLUMN}}{text}".rstrip()


def _title(seen: Overview, terminal: Terminal) -> str:
    when = seen.zone.iso(round(seen.now)).replace("T", " ")
    title = f"Power Monitor {VERSION}"
    return terminal.paint("bold", title) + when.rjust(terminal.width - len(title))


def _power(seen: Overview) -> str:
    reading = seen.heard.reading
    if reading is None:
        return "unknown: no reading yet"
    power = reading.get("power")
    value = "unknown" if power is None else f"{power:g} W"
    return f"{value}, {_ago(seen, str(reading.get('timestamp')))}"


def _today(seen: Overview) -> str:
    today = seen.today
    if not today or today.get("energy_kwh") is None:
        return "nothing known yet"
    export = today.get("export_kwh")
    given = f", {export:.2f} kWh given away" if export else ""
    known = f"{(today.get('coverage') or 0) * 100:.0f} % of the time since midnight known"
    return f"{today['energy_kwh']:.2f} kWh used{given}{_cost(seen, today)}, {known}"


def _cost(seen: Overview, today: Mapping[str, Any]) -> str:
    """Say what today has cost; nothing without a tariff, or where it is unknown."""
    currency, cost = seen.files[0].currency, today.get("cost")
    return f", {Decimal(cost):.2f} {currency}" if currency and cost else ""


def _service(seen: Overview, name: str, terminal: Terminal) -> str:
    if name not in seen.expected:
        return "not needed: no remote is configured"
    if seen.heard.error:
        return "unknown"
    if name not in seen.heard.online:
        return terminal.paint("bad", "not running")
    health = seen.heard.health.get(name)
    if health is None:
        return "starting"
    worries = bool(health.get("problems"))
    word = terminal.paint("warn" if worries else "good", "troubled" if worries else "running ")
    since = f"up {span(health.get('uptime_seconds', 0))}"
    memory = size(health.get("memory_bytes"))
    return f"{word} {since:<15} {memory:>8}   {_work(seen, name, health)}"


def _work(seen: Overview, name: str, health: Mapping[str, Any]) -> str:
    if name == "syncer":
        state = str(health.get("state", ""))
        pushed = health.get("last_push")
        return f"{state}, last push {_ago(seen, pushed)}" if pushed else state
    work = health.get("last_work")
    return f"last {work['what']} {_ago(seen, work['at'])}" if work else ""


def _broker(seen: Overview, terminal: Terminal) -> str:
    if seen.heard.error:
        return terminal.paint("bad", "no answer") + f"  {seen.heard.where}"
    return terminal.paint("good", "running ") + f" {seen.heard.where}"


def _page(page: Served, terminal: Terminal) -> str:
    if page.trouble:
        return terminal.paint("bad", "no answer") + f"  {page.url}"
    return terminal.paint("good", "running ") + f" {page.url}"


def _file(seen: Overview, file: FileHere, terminal: Terminal) -> str:
    if file.problem:
        return terminal.paint("bad", file.problem)
    points = file.points
    if points is None:
        points = seen.heard.health.get("aggregator", {}).get("points", {}).get(file.tier)
    count = f"{'' if points is None else points:>6} {_POINTS[file.tier]}"
    written = f"changed {_ago(seen, file.last_update)}" if file.last_update else "still empty"
    return f"{count:<17} {size(file.bytes or 0):>7}   {written}"


def _further(seen: Overview) -> Iterator[str]:
    soonest = sorted((parse_timestamp(at), name) for name, at in seen.next_jobs.items())
    if soonest:
        times = (f"{name} {seen.zone.iso(at)[11:16]}" for at, name in soonest)
        yield _line("Next", ", ".join(times))
    syncer = seen.heard.health.get("syncer", {})
    if "syncer" in seen.expected and syncer.get("remote"):
        waiting = syncer.get("unsynced") or ()
        yield _line(
            "Remote", f"{syncer['remote']}" + (f"; waiting: {len(waiting)}" * bool(waiting))
        )
    if seen.heard.maintenance == "on":
        yield _line("Maintenance", "on: power-monitor maintenance off ends it")


def _problems(seen: Overview, terminal: Terminal, used: int) -> Iterator[str]:
    troubles = seen.troubles()
    if not troubles:
        yield terminal.paint("good", "No problems.")
        return
    room = None if terminal.height is None else terminal.height - _PROMPT_LINES - used
    told = [line for trouble in troubles for line in _trouble(trouble, terminal)]
    if room is None or len(told) <= room:
        yield from told
        return
    shown = 0
    for trouble in troubles:
        lines = _trouble(trouble, terminal)
        if shown and len(lines) > room - 1:
            break
        yield from lines
        room -= len(lines)
        shown += 1
    if shown < len(troubles):
        yield f"and {len(troubles) - shown} more: power-monitor doctor"


def _trouble(trouble: Trouble, terminal: Terminal) -> list[str]:
    first, *rest = terminal.wrapped(f"{trouble.of}: {trouble.text}", "! ", "  ")
    lines = [terminal.paint("bad", "!") + first[1:], *rest]
    if trouble.hint:
        lines += terminal.wrapped(f"try: {trouble.hint}", "    ", "    ")
    return lines


def _ago(seen: Overview, timestamp: str | None) -> str:
    if not timestamp:
        return "never"
    try:
        age = seen.now - parse_timestamp(timestamp)
    except BadInput:  # of a file that another hand has written
        return "at an unknown time"
    return f"in {span(-age)}" if age < -1 else f"{span(age)} ago"
