"""Sources: where a metric comes from when it is not Home Assistant, as config.json names them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LARGEST_PAYLOAD_BYTES = 16 * 1024  # a device's message has some hundred bytes
HEARTBEAT_S = 900.0  # what goes without saying: three times the usual five minutes


@dataclass(frozen=True, slots=True)
class Sensor:
    """A number in the messages on an MQTT topic.

    `path` are the keys that lead to it, none when the payload is the number itself. A message
    speaks for at most `heartbeat_s` seconds, and only while no topic of `availability` says that
    the device is away.
    """

    topic: str
    path: tuple[str, ...]
    unit: str
    availability: tuple[str, ...] = ()
    heartbeat_s: float = HEARTBEAT_S

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic it is heard on."""
        return (self.topic, *self.availability)


@dataclass(frozen=True, slots=True)
class Derived:
    """The sum of other metrics, or what is left of the first without the others."""

    operation: str
    parts: tuple[str, ...]

    @property
    def signs(self) -> tuple[int, ...]:
        """What each part counts, in order: 1 or -1."""
        others = -1 if self.operation == DIFFERENCE else 1
        return (1, *[others] * (len(self.parts) - 1))


SUM = "sum"
DIFFERENCE = "difference"
Source = Sensor | Derived
Sources = Mapping[str, Source]


def sensors_of(sources: Sources) -> dict[str, Sensor]:
    """Return the metrics that come from MQTT."""
    return {name: source for name, source in sources.items() if isinstance(source, Sensor)}


def heard_topics(sources: Sources) -> tuple[str, ...]:
    """Return every topic that has to be listened to, each once."""
    sensors = sensors_of(sources).values()
    return tuple(dict.fromkeys(topic for sensor in sensors for topic in sensor.topics))


def in_order(sources: Sources) -> tuple[tuple[str, Derived], ...]:
    """Return the derived metrics, parts before what is made of them; without those in a circle."""
    waiting = {name: source for name, source in sources.items() if isinstance(source, Derived)}
    ordered: list[tuple[str, Derived]] = []
    while ready := [
        name
        for name, source in waiting.items()
        if not any(part in waiting for part in source.parts)
    ]:
        ordered += [(name, waiting.pop(name)) for name in ready]
    return tuple(ordered)


def circle(sources: Sources) -> tuple[str, ...]:
    """Return derived metrics that are made of each other, the first again at the end; or none."""
    known = {name for name, _ in in_order(sources)}
    walk: list[str] = []
    here = next((name for name, at in _derived(sources) if name not in known), None)
    while here is not None and here not in walk:
        walk.append(here)
        parts = dict(_derived(sources))[here].parts
        here = next(part for part in parts if part in dict(_derived(sources)) and part not in known)
    return () if here is None else (*walk[walk.index(here) :], here)


def ingredients(name: str, sources: Sources) -> frozenset[str]:
    """Return the metrics with a sensor or entity of their own that a metric is made of."""
    source = sources.get(name)
    if not isinstance(source, Derived):
        return frozenset({name})
    return frozenset().union(*(ingredients(part, sources) for part in source.parts))


def written(sources: Sources) -> dict[str, object]:
    """Return sources the way config.json writes them."""
    return {name: _written(source) for name, source in sources.items()}


def _written(source: Source) -> dict[str, object]:
    if isinstance(source, Derived):
        return {source.operation: list(source.parts)}
    dotted = not any("." in key for key in source.path)
    path: object = ".".join(source.path) if dotted else list(source.path)
    return {
        "topic": source.topic,
        **({"path": path} if source.path else {}),
        "unit": source.unit,
        "availability": list(source.availability),
        "heartbeat_seconds": source.heartbeat_s,
    }


def _derived(sources: Sources) -> Iterator[tuple[str, Derived]]:
    return ((name, item) for name, item in sources.items() if isinstance(item, Derived))
