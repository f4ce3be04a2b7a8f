"""The demo: the real monitor with a simulated Home Assistant beside it."""

import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from cli.run import ports
from cli.run.answers import accepts
from cli.run.options import LOCAL
from cli.run.places import RunPlaces, make_private, write_private
from cli.run.program import Program, execute
from shared.config import Config

NAME = "home-assistant"
HISTORY_DAYS = 366
_TOKEN = "demo"  # noqa: S105 - what the simulated Home Assistant accepts
_METRICS = ("power", "voltage", "current")


def prepare(var: Path, zone: str) -> Path:
    """Write the demo's configuration below `var`; return its path."""
    places = RunPlaces(var / "demo" / "state")
    make_private(places.run)
    port = ports.choose(LOCAL, ports.remembered(places.ports).get(NAME))
    ports.remember(places.ports, NAME, port)
    path = var / "demo" / "config.json"
    write_private(path, json.dumps(_configuration(port, zone), indent=2) + "\n")
    return path


def simulator(config: Config) -> Program:
    """Return the simulated Home Assistant, at the address the configuration names."""
    port = urlsplit(config.home_assistant.url).port or 0
    words = {
        "--port": str(port),
        "--token": _TOKEN,
        "--days": str(HISTORY_DAYS),
        "--zone": config.timezone,
    }
    options = [word for pair in words.items() for word in pair]
    arguments = [sys.executable, "-m", "demo.home_assistant", "--demo", *options]
    return Program(NAME, execute(arguments), ready=lambda: accepts(LOCAL, port))


def _configuration(port: int, zone: str) -> dict[str, object]:
    return {
        "_": "Written at each start of the demo; copy config.example.json for the real thing.",
        "home_assistant": {
            "url": f"http://{LOCAL}:{port}",
            "token": _TOKEN,
            "entities": {metric: f"sensor.house_{metric}" for metric in _METRICS},
        },
        "data": {
            # The year before is remembered at ten-minute steps, and a value without a witness is
            # believed for 2.5 intervals: shorter ones would leave most of that year unknown.
            "local_collection_interval_minutes": 5,
            "live_interval_seconds": 5,
            "backfill_days": HISTORY_DAYS,
        },
        "paths": {"data_dir": "data", "state_dir": "state"},
        "timezone": zone,
    }
