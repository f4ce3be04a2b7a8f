"""Run the simulated Home Assistant as a process: `python -m demo.home_assistant --demo`."""

import argparse
import signal
import sys
import threading
import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from demo.entity import Entity, sensor
from demo.household import Household, Quantity, QuantitySource, recorded_household
from demo.recorded import RECORDED_ZONE
from demo.recorder import DEFAULT_RETENTION_DAYS
from demo.server import Service
from demo.simulator import Simulator

DEMO_DAYS = 366
EXIT_USAGE = 2

EPILOG = """\
Try it (the demo's token is "demo"):
  curl -H 'Authorization: Bearer demo' http://127.0.0.1:PORT/api/states/sensor.house_power
Let things go wrong, from this machine only (all operations: demo/control.py):
  curl http://127.0.0.1:PORT/_control -d '{"do": "fault", "kind": "status", "status": 503}'
"""


def house_entities(household: Household) -> dict[str, Entity]:
    """Return the three sensors of a house: power in W, voltage in V, current in A."""
    described = {Quantity.POWER: "W", Quantity.VOLTAGE: "V", Quantity.CURRENT: "A"}
    return {
        f"sensor.house_{quantity.value}": sensor(
            unit,
            quantity.value,
            name=f"House {quantity.value}",
            source=QuantitySource(household, quantity),
        )
        for quantity, unit in described.items()
    }


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; prints one line with the address once it listens."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        service = Service(_simulator(options), options.port)
        service.start()
    except (OSError, ZoneInfoNotFoundError) as error:
        print(f"demo.home_assistant: {error}", file=sys.stderr)  # noqa: T201 - a command
        return EXIT_USAGE
    print(f"listening on {service.url}", flush=True)  # noqa: T201 - what the caller waits for
    stop.wait()
    service.stop()
    return 0


def _simulator(options: argparse.Namespace) -> Simulator:
    entities: dict[str, Entity] = {}
    if options.demo:
        entities = house_entities(recorded_household(time.time(), ZoneInfo(options.zone)))
    return Simulator(
        entities,
        token=options.token,
        zone=options.zone,
        retention_days=options.days or (DEMO_DAYS if options.demo else DEFAULT_RETENTION_DAYS),
        commit_delay_s=options.commit_delay,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo.home_assistant",
        description="A simulated Home Assistant on 127.0.0.1: states and history over REST.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="port to listen on; 0 takes a free one (default)")
    add("--demo", action="store_true", help="with a house: sensor.house_power, _voltage, _current")
    add("--token", default="demo", help='the access token to accept (default "demo")')
    add("--days", type=float, help="how long history is kept (default 10, with --demo 366)")
    add("--zone", default=RECORDED_ZONE, help=f"IANA time zone (default {RECORDED_ZONE})")
    add(
        "--commit-delay",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how late rows reach the history; a real one commits every 5 s (default 0)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
