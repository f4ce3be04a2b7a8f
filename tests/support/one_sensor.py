"""The smallest household: a simulated Home Assistant with one sensor of power."""

import time
from collections.abc import Callable
from typing import Any

from demo.entity import sensor
from demo.simulator import Simulator

TOKEN = "a-token-of-the-test"
POWER = "sensor.power"


def one_sensor(clock: Callable[[], float] = time.time) -> Simulator:
    """Return the household; its sensor has told nothing yet."""
    return Simulator({POWER: sensor("W", "power")}, token=TOKEN, clock=clock)


def section(url: str) -> dict[str, Any]:
    """Return the configuration's section `home_assistant` for it."""
    return {"url": url, "token": TOKEN, "entities": {"power": POWER}}
