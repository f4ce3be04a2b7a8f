"""Problems with single entities: gone, no number, in a unit nobody knows, out of bounds."""

import logging
from collections.abc import Mapping

from services.collector.context import Context
from services.collector.metrics import Flaw, Metric, Observation
from services.collector.states import State
from shared.units import allowed_units

log = logging.getLogger(__name__)

SHOWN = 40  # characters of what a sensor says
NUMBER_HINT = "it must be written like 1234.5: correct the sensor's template in Home Assistant"
_STARTING_S = 120.0  # entities are absent while Home Assistant starts: no reason to log an error


class Watch:
    """Keeps health's problems `entity:`, `unit:` and `value:<metric>` up to date."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._absent_since: dict[str, float] = {}
        self._logged: set[str] = set()

    def look(
        self, states: Mapping[str, State | None], observations: Mapping[str, Observation]
    ) -> None:
        """Take in one look at all entities."""
        for metric in self._context.metrics:
            state = states[metric.name]
            self._entity(metric, state)
            self._unit(metric, state, observations[metric.name])
            self._text(metric, state, observations[metric.name])
            if observations[metric.name].flaw is Flaw.BOUNDS and state:
                self._implausible(metric, state)

    def _entity(self, metric: Metric, state: State | None) -> None:
        problem, health = f"entity:{metric.name}", self._context.health
        if state:
            self._absent_since.pop(metric.name, None)
            self._logged.discard(problem)
            health.healed(problem)
            return
        text = f"Home Assistant has no entity {metric.entity}"
        hint = (
            f"correct home_assistant.entities.{metric.name}; power-monitor doctor names those like "
            "it, and Home Assistant has all under Developer tools, States"
        )
        health.problem(problem, text, self._context.now(), hint=hint)
        monotonic = self._context.monotonic()
        since = self._absent_since.setdefault(metric.name, monotonic)
        if monotonic - since >= _STARTING_S and problem not in self._logged:
            self._logged.add(problem)
            log.error("%s: %s", text, hint)

    def _unit(self, metric: Metric, state: State | None, observation: Observation) -> None:
        problem, health = f"unit:{metric.name}", self._context.health
        if observation.flaw is not Flaw.UNIT or not state:
            if observation.value is not None:
                health.healed(problem)
            return
        text = (
            f"{metric.entity} has the unit {(state.unit or 'none')[:SHOWN]!r}, "
            f"which {metric.name} can't have"
        )
        hint = f"give it one of {allowed_units(metric.name)} in Home Assistant"
        if health.problem(problem, text, self._context.now(), hint=hint):
            log.error("%s: %s", text, hint)

    def _text(self, metric: Metric, state: State | None, observation: Observation) -> None:
        problem, health = f"value:{metric.name}", self._context.health
        if observation.flaw is not Flaw.TEXT or not state:
            if observation.value is not None:
                health.healed(problem)
            return
        text = f"{metric.entity} says {state.text[:SHOWN]!r}, which is no number"
        if problem not in health.problems:  # what it says may be another text at each look
            log.error("%s: %s", text, NUMBER_HINT)
        health.problem(problem, text, self._context.now(), hint=NUMBER_HINT)

    def _implausible(self, metric: Metric, state: State) -> None:
        if self._context.health.count(f"implausible_{metric.name}"):
            log.warning(
                "%s: %s is out of bounds, taken as unknown", metric.entity, state.text[:SHOWN]
            )
