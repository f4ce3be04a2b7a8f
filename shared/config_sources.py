"""Reads the option `sources`: each mistake is reported with its path, all of them together."""

from collections.abc import Collection, Mapping
from typing import Any

from shared import option_checks as check
from shared.config_keys import members_of, nearest
from shared.config_mistakes import Mistakes
from shared.errors import BadInput
from shared.reading import METERS, POWER
from shared.sources import (
    DIFFERENCE,
    HEARTBEAT_S,
    SUM,
    Derived,
    Sensor,
    Source,
    Sources,
    circle,
    ingredients,
    sensors_of,
)
from shared.units import allowed_units, canonical_unit

OPTION = "sources"
_SENSOR_KEYS = ("topic", "path", "unit", "availability", "heartbeat_seconds")
_DERIVED_KEYS = (SUM, DIFFERENCE)
_LONGEST_HEARTBEAT_S = 86400
_MOST_PARTS = 64
_FEWEST_PARTS = 2
_heartbeat = check.number(least=1, most=_LONGEST_HEARTBEAT_S)


def read(value: object, mistakes: Mistakes) -> dict[str, Source]:
    """Return metric -> source; what is wrong with one leaves it out."""
    found = {}
    for name, item in members_of(value, f"{OPTION}.", mistakes).items():
        where = f"{OPTION}.{name}"
        try:
            check.metric(name)
        except BadInput as error:
            mistakes.add(where, str(error))
        given = members_of(item, f"{where}.", mistakes)
        if not isinstance(item, dict):
            continue
        for key in given:
            if key not in (*_SENSOR_KEYS, *_DERIVED_KEYS):
                mistakes.add(f"{where}.{key}", _unknown(key))
        before = len(mistakes.lines)
        source = _Reader(name, where, given, mistakes).source()
        if source and len(mistakes.lines) == before:
            found[name] = source
    return found


def gives_power(value: object) -> bool:
    """Tell whether power is given here, rightly or not, and not asked of Home Assistant."""
    return isinstance(value, dict) and POWER in value


def check_together(
    sources: Sources,
    given: object,
    entities: Mapping[str, Any],
    base_topic: str | None,
    mistakes: Mistakes,
) -> None:
    """Report what sources among each other, with entities and with our own topics get wrong."""
    named = set(given) if isinstance(given, dict) else set()
    for name in sorted(named & set(entities)):
        mistakes.add(f"{OPTION}.{name}", "is a metric of home_assistant.entities, too: choose one")
    for name, sensor in sensors_of(sources).items():
        for topic in sensor.topics:
            if base_topic and (topic == base_topic or topic.startswith(f"{base_topic}/")):
                key = "topic" if topic == sensor.topic else "availability"
                mistakes.add(
                    f"{OPTION}.{name}.{key}", f"must not lie below {base_topic}/, which is ours"
                )
    known = {str(name) for name in named} | set(entities)
    for name, source in sources.items():
        if isinstance(source, Derived):
            _check_parts(name, source, known, mistakes)
    if around := circle(sources):
        mistakes.add(f"{OPTION}.{around[0]}", f"is made of itself: {' -> '.join(around)}")
    else:
        _check_units(sources, mistakes)


def _check_parts(name: str, source: Derived, known: Collection[str], mistakes: Mistakes) -> None:
    where = f"{OPTION}.{name}.{source.operation}"
    for part in source.parts:
        if part in METERS:
            mistakes.add(where, f'"{part}" is a meter, which only counts up: name powers')
        elif part not in known:
            meant = nearest(part, known)
            close = f', did you mean "{meant}"?' if meant else ""
            mistakes.add(where, f'no metric is named "{part}"{close}')


def _check_units(sources: Sources, mistakes: Mistakes) -> None:
    """Report parts of different units; what Home Assistant's sensors speak shows later."""
    sensors = sensors_of(sources)
    for name, source in sources.items():
        if not isinstance(source, Derived):
            continue
        parts = sorted(ingredients(name, sources) & set(sensors))
        units = {part: canonical_unit(part, sensors[part].unit) or "" for part in parts}
        if name == POWER:
            wrong = [part for part, unit in units.items() if unit != "W"]
        else:
            wrong = [part for part, unit in units.items() if unit != next(iter(units.values()))]
        for part in wrong:
            mistakes.add(
                f"{OPTION}.{name}.{source.operation}",
                f'"{part}" is in {units[part] or "no unit"}, '
                f"not in {'W' if name == POWER else next(iter(units.values())) or 'no unit'}",
            )


class _Reader:
    """One source as given; every key is looked at, whatever is wrong with the others."""

    def __init__(
        self, name: str, where: str, given: Mapping[str, object], mistakes: Mistakes
    ) -> None:
        self._name = name
        self._where = where
        self._given = {key: item for key, item in given.items() if item is not None}
        self._mistakes = mistakes

    def source(self) -> Source | None:
        """Return what is given, or None when it is nothing."""
        operations = [key for key in _DERIVED_KEYS if key in self._given]
        if not operations:
            return self._sensor()
        others = sorted(set(self._given) & {*_SENSOR_KEYS, *operations[1:]})
        if others:
            self._mistakes.add(self._where, f'give either "{operations[0]}" or "{others[0]}"')
            return None
        return self._derived(operations[0])

    def _sensor(self) -> Sensor | None:
        topic = self._checked(
            "topic", check_topic, required="required, such as tele/kitchen/SENSOR"
        )
        unit = self._checked("unit", self._unit, required="required, such as W")
        path = self._checked("path", check_path, default=())
        availability = self._checked("availability", _availability, default=())
        heartbeat = self._checked("heartbeat_seconds", _heartbeat, default=HEARTBEAT_S)
        if None in (topic, unit, path, availability, heartbeat):
            return None
        return Sensor(topic, path, unit, availability, heartbeat)

    def _derived(self, operation: str) -> Derived | None:
        if self._name in METERS:
            self._mistakes.add(self._where, "is a meter, which can't be made of others")
            return None
        parts = self._checked(operation, _parts)
        return Derived(operation, parts) if parts else None

    def _checked(
        self, key: str, test: check.Check, *, default: Any = None, required: str = ""
    ) -> Any:
        path = f"{self._where}.{key}"
        if key not in self._given:
            if required:
                self._mistakes.add(path, required)
            return default
        try:
            return test(self._given[key])
        except BadInput as error:
            self._mistakes.add_value(path, str(error), self._given[key])
            return None

    def _unit(self, value: object) -> str:
        unit = "" if value == "" else check.text(value)
        if canonical_unit(self._name, unit) is None:
            fixed = self._name == POWER or self._name in METERS
            raise BadInput(
                f"must be one of {allowed_units(self._name)}" if fixed else "must be a short unit"
            )
        return unit


def check_topic(value: object) -> str:
    """Check for one topic, without wildcards."""
    topic = check.text(value)
    if any(mark in topic for mark in "+#") or topic.startswith("$"):
        raise BadInput("must be one topic, without + and # and not starting with $")
    if len(topic.encode()) > check.LONGEST_TOPIC:
        raise BadInput(f"must be at most {check.LONGEST_TOPIC} bytes")
    return topic


def check_path(value: object) -> tuple[str, ...]:
    """Read keys joined by dots, or a list of them where a key has a dot of its own."""
    keys = value if isinstance(value, list) else check.text(value).split(".")
    if not keys or not all(isinstance(key, str) and key for key in keys):
        raise BadInput("must be keys joined by dots, such as ENERGY.Power, or a list of keys")
    return tuple(check.text(key) for key in keys)


def _availability(value: object) -> tuple[str, ...]:
    """Read one topic or several."""
    return tuple(check_topic(item) for item in (value if isinstance(value, list) else [value]))


def _parts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise BadInput('must be a list of metrics, such as ["l1", "l2", "l3"]')
    if not _FEWEST_PARTS <= len(value) <= _MOST_PARTS:
        raise BadInput(f"must name {_FEWEST_PARTS} to {_MOST_PARTS} metrics")
    if len(set(value)) < len(value):
        raise BadInput("must name each metric once")
    return tuple(check.text(part) for part in value)


def _unknown(key: str) -> str:
    meant = nearest(key, (*_SENSOR_KEYS, *_DERIVED_KEYS))
    known = ", ".join((*_SENSOR_KEYS, *_DERIVED_KEYS))
    return f'unknown key, did you mean "{meant}"?' if meant else f"unknown key, known are {known}"
