"""`power-monitor collect`: take a reading now."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from cli.output import add_examples, add_json, answer
from cli.reach import reach
from cli.settings import settings


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Take a reading now, beside those of the schedule. It is published and kept like any other."
    )
    add_json(parser)
    add_examples(parser, "collect", "collect --json")


def execute(arguments: Namespace) -> int:
    """Ask the collector for a reading."""
    with reach(settings(arguments)) as there:
        data = there.ask("collector", "collect", {})
    answer(data, told(data["reading"]), as_json=arguments.json)
    return 0


def told(reading: Mapping[str, Any]) -> Iterator[str]:
    """Say what was read, a metric a line."""
    units = {"power": "W", **reading.get("units", {})}
    yield reading["timestamp"]
    for name, unit in units.items():
        if name in reading:
            value = reading[name]
            yield f"  {name:<12} {'unknown' if value is None else f'{value:g} {unit}'}"
    interval = reading.get("interval")
    if interval and interval.get("energy_kwh") is not None:
        yield f"  {'energy':<12} {interval['energy_kwh']:g} kWh in {interval['seconds']:g} s"
