"""The option `sources`: what it takes, and every mistake with its path and a way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import parse, redacted
from shared.errors import ConfigError
from shared.sources import Derived, Sensor, in_order, ingredients

PLUG = {"topic": "tele/kitchen/SENSOR", "path": "ENERGY.Power", "unit": "W"}
HOUSE = {"url": "http://h", "token": "x", "entities": {"power": "sensor.x"}}


def mistakes(sources: object, **more: object) -> list[str]:
    """Return what is wrong, one line each."""
    try:
        parse({"sources": sources, **more}, {"TZ": "UTC"})
    except ConfigError as error:
        return str(error).splitlines()
    return []


def test_home_assistant_is_not_needed_where_power_comes_from_elsewhere() -> None:
    config = parse({"sources": {"power": PLUG}}, {"TZ": "UTC"})
    assert config.sources["power"] == Sensor("tele/kitchen/SENSOR", ("ENERGY", "Power"), "W")
    assert config.home_assistant.entities == {}
    assert config.metrics == {"power"}


def test_it_is_needed_where_nothing_else_gives_power() -> None:
    assert "home_assistant.url: required" in mistakes({"kitchen": PLUG})


def test_metrics_of_both_stand_side_by_side() -> None:
    raw = {
        "home_assistant": HOUSE,
        "sources": {"kitchen": PLUG, "rest": {"difference": ["power", "kitchen"]}},
        "data": {"bounds": {"rest": [0, 10000]}},
    }
    config = parse(raw, {"TZ": "UTC"})
    assert config.metrics == {"power", "kitchen", "rest"}
    assert config.sources["rest"] == Derived("difference", ("power", "kitchen"))
    assert ingredients("rest", config.sources) == {"power", "kitchen"}


def test_all_mistakes_are_told_at_once_with_their_paths() -> None:
    said = mistakes(
        {
            "l1": {"topik": "a", "unit": "W", "path": "a..b", "heartbeat_seconds": 0},
            "l2": {"topic": "a/#", "unit": 5, "availability": ["b", "+"]},
            "heat": {"sum": ["l1", "l9"]},
            "power": {"sum": ["l1"]},
            "x": "tele/x/SENSOR",
            "Bad": PLUG,
            "units": PLUG,
            "rest": {"sum": ["l1", "l2"], "topic": "x"},
            "energy": {"sum": ["l1", "l2"]},
        }
    )
    told = "\n".join(said)
    for line in (
        'sources.l1.topik: unknown key, did you mean "topic"?',
        "sources.l1.topic: required, such as tele/kitchen/SENSOR",
        "sources.l1.path: must be keys joined by dots, such as ENERGY.Power, or a list of keys",
        "sources.l1.heartbeat_seconds: must be >= 1, got 0",
        "sources.l2.topic: must be one topic, without + and #",
        "sources.l2.unit: must be text, got 5",
        "sources.l2.availability: must be one topic, without + and #",
        'sources.heat.sum: no metric is named "l9", did you mean "l2"?',
        "sources.power.sum: must name 2 to 64 metrics, got a list",
        "sources.x: must be an object {...}",
        "sources.Bad: must be a name of a-z, 0-9 and _",
        "sources.units: is a name the documents need themselves",
        'sources.rest: give either "sum" or "topic"',
        "sources.energy: is a meter, which can't be made of others",
    ):
        assert line in told, line


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        (
            {"power": {"sum": ["a", "a"]}, "a": PLUG},
            "sources.power.sum: must name each metric once",
        ),
        (
            {"power": {"sum": ["a", "b"]}, "a": {"sum": ["power", "b"]}, "b": PLUG},
            "sources.power: is made of itself: power -> a -> power",
        ),
        (
            {"power": {"sum": ["power", "b"]}, "b": PLUG},
            "sources.power: is made of itself: power -> power",
        ),
        (
            {"power": {"sum": ["a", "b"]}, "a": PLUG, "b": {**PLUG, "unit": "V"}},
            'sources.power.sum: "b" is in V, not in W',
        ),
        (
            {"power": {"sum": ["a", "energy"]}, "a": PLUG, "energy": {**PLUG, "unit": "kWh"}},
            'sources.power.sum: "energy" is a meter, which only counts up: name powers',
        ),
        ({"power": {**PLUG, "unit": "kWh"}}, "sources.power.unit: must be one of"),
        (
            {"power": {**PLUG, "topic": "power-monitor/reading"}},
            "sources.power.topic: must not lie below power-monitor/, which is ours",
        ),
        (
            {"power": {**PLUG, "availability": "power-monitor/x"}},
            "sources.power.availability: must not lie below power-monitor/, which is ours",
        ),
    ],
)
def test_a_mistake_is_named(sources: object, line: str) -> None:
    assert any(said.startswith(line) for said in mistakes(sources)), mistakes(sources)


def test_a_metric_has_one_source() -> None:
    (line,) = mistakes({"power": PLUG}, home_assistant=HOUSE)
    assert line == "sources.power: is a metric of home_assistant.entities, too: choose one"


def test_64_metrics_are_the_most_wherever_they_come_from() -> None:
    many = {f"m{index}": PLUG for index in range(64)}
    assert mistakes(many, home_assistant=HOUSE) == ["sources: must be at most 64 metrics, got 65"]


def test_what_is_shown_can_be_given_again() -> None:
    sources = {
        "l1": {**PLUG, "availability": "tele/kitchen/LWT"},
        "l2": {**PLUG, "path": ["a.b", "c"], "unit": "kW", "heartbeat_seconds": 60},
        "plain": {"topic": "x/state", "unit": "V"},
        "power": {"sum": ["l1", "l2"]},
    }
    config = parse({"sources": sources}, {"TZ": "UTC"})
    shown = redacted(config)["sources"]
    assert parse({"sources": shown}, {"TZ": "UTC"}).sources == config.sources


@given(st.permutations(["a", "b", "c", "d"]))
def test_parts_come_before_what_is_made_of_them(order: list[str]) -> None:
    made = {
        "a": Derived("sum", ("b", "c")),
        "b": Derived("sum", ("c", "x")),
        "c": Derived("sum", ("d", "x")),
        "d": Derived("sum", ("x", "y")),
    }
    assert [name for name, _ in in_order({name: made[name] for name in order})] == [*"dcba"]
