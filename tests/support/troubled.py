"""A monitor whose Home Assistant is made to fail: what it says then, and what it has in the end."""

import json
import math
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self

from demo.server import serving
from shared.times import Zone
from support.broker import Broker
from support.kettles import energy_kwh, is_whole, kettles, true_kwh
from support.monitor import Typed, type_line
from support.one_sensor import TOKEN, section
from support.stack import ANY_CLOCK, Stack
from support.wait import wait_until

ZONE = Zone("Europe/Berlin")
INTERVAL_S = 10
PATIENCE_S = 120
_STRETCH_S = 600  # the longest a backfilled reading speaks for; where one begins, none is cut
_LOOK_BACK_S = _STRETCH_S + 300
_LOOK_AHEAD_S = 3600


class Troubled:
    """Real broker, aggregator and collector, a reading each ten seconds; use it in a `with`.

    `house` is in this process, and changes each second.
    """

    def __init__(self, directory: Path, broker: Broker, **environment: str) -> None:
        self.begun = int(time.time())
        self.house = kettles(self.begun, 2 * _LOOK_BACK_S, _LOOK_AHEAD_S)
        self._directory = directory
        self._broker = broker
        self._environment = {**ANY_CLOCK, **environment}
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        url = self._parts.enter_context(serving(self.house))
        data = {
            "local_collection_interval_minutes": INTERVAL_S / 60,
            "backfill_days": _LOOK_BACK_S / 86400,
        }
        told = {"home_assistant": section(url), "data": data, "timezone": ZONE.name}
        self.stack = Stack(self._directory, self._broker, self._environment, **told)
        self._parts.callback(self.stack.stop)
        self.admin = self._parts.enter_context(self._broker.client("admin"))
        topics = self.stack.topics
        self._answers = topics.response("collector", "collect")
        self.admin.subscribe(self._answers)
        self.admin.subscribe(topics.health("collector"))
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def start(self) -> None:
        """Start it, and wait until what was before is there."""
        self.stack.start("aggregator", "collector")
        self.since = (self.begun // _STRETCH_S) * _STRETCH_S
        self.until_whole()

    def configure(self, **changes: Any) -> None:
        """Change Home Assistant's section of the configuration; the collector is restarted."""
        self.stack.service("collector").stop()
        self.stack.config["home_assistant"] |= changes
        (self._directory / "config.json").write_text(json.dumps(self.stack.config))
        self.stack.start("collector")

    def collect(self) -> dict[str, Any]:
        """Ask for a reading now; return the answer."""
        before = len(self.admin.of(self._answers))
        self.admin.publish(self.stack.topics.request("collector", "collect"))
        wait_until(lambda: len(self.admin.of(self._answers)) > before, PATIENCE_S, what="an answer")
        answer: dict[str, Any] = json.loads(self.admin.of(self._answers)[-1].payload)
        return answer

    @property
    def problems(self) -> dict[str, dict[str, str]]:
        """What the collector's health says, by name."""
        told = self.admin.of(self.stack.topics.health("collector"))
        found = json.loads(told[-1].payload)["problems"] if told else []
        return {problem["name"]: problem for problem in found}

    def until_problem(self, name: str, says: str = "") -> dict[str, str]:
        """Wait until health has a problem that says something; return it."""
        wait_until(
            lambda: name in self.problems and says in self.problems[name]["text"],
            PATIENCE_S,
            what=f"the problem {name}: {says}",
        )
        return self.problems[name]

    def until_well(self) -> None:
        """Wait until nothing is in the way."""
        wait_until(lambda: self.problems == {}, PATIENCE_S, what="no problem")

    def until_whole(self, *spans: tuple[float, float]) -> int:
        """Wait until intervals speak for all time until the next tick; return when that was.

        Or for some spans of it only.
        """
        end = (int(time.time()) // INTERVAL_S + 1) * INTERVAL_S
        for begin, until in spans or ((self.since, math.inf),):
            wait_until(
                partial(is_whole, self.stack, ZONE, begin, min(until, end)),
                PATIENCE_S,
                what="no time missing",
            )
        return end

    def energy(self, until: int) -> tuple[float, float]:
        """Return what the monitor has in kWh, and what it was."""
        return energy_kwh(self.stack, ZONE, self.since, until), true_kwh(self.since, until)

    def type(self, *words: str) -> Typed:
        """Type a command line for it."""
        return type_line("--config", str(self._directory / "config.json"), *words)

    @property
    def said(self) -> str:
        """All that was said: log, health, answers."""
        told = [message.payload.decode() for message in self.admin.messages]
        return self.stack.service("collector").log + "\n".join(told)

    @property
    def shows_the_token(self) -> bool:
        """Whether the token, or any longer piece of it, is in what was said."""
        return TOKEN[: len(TOKEN) // 2] in self.said or TOKEN[len(TOKEN) // 2 :] in self.said
