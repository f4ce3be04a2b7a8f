"""Units and unknowns: every way a sensor may say a number, or say that it has none."""

import pytest

from services.collector.metrics import Flaw, Metric, make_metrics
from shared.units import canonical_unit, convert, parse_number

CONVERSIONS = [
    ("power", 412.5, "W", 412.5, "W"),
    ("power", 1500, "mW", 1.5, "W"),
    ("power", 0.4125, "kW", 412.5, "W"),
    ("power", 0.0023, "kW", 2.3, "W"),
    ("power", 2, "MW", 2e6, "W"),
    ("power", 2, "GW", 2e9, "W"),
    ("power", 2, "TW", 2e12, "W"),
    ("energy", 1234567, "Wh", 1234.567, "kWh"),
    ("energy", 17.25, "kWh", 17.25, "kWh"),
    ("energy", 1.5, "MWh", 1500, "kWh"),
    ("energy", 1.5, "GWh", 1.5e6, "kWh"),
    ("energy", 0.001, "TWh", 1e6, "kWh"),
    ("energy", 5e6, "mWh", 5, "kWh"),
    ("energy", 3.6e6, "J", 1, "kWh"),
    ("energy", 3600, "kJ", 1, "kWh"),
    ("export", 3.6, "MJ", 1, "kWh"),
    ("export", 3.6, "GJ", 1000, "kWh"),
    ("energy", 1e6, "cal", 1.162222, "kWh"),
    ("energy", 1000, "kcal", 1.162222, "kWh"),
    ("energy", 1, "Mcal", 1.162222, "kWh"),
    ("energy", 0.001, "Gcal", 1.162222, "kWh"),
    ("voltage", 231.4, "V", 231.4, "V"),
    ("voltage", 231400, "mV", 231.4, "V"),
    ("voltage", 231.4e6, "µV", 231.4, "V"),
    ("voltage", 20, "kV", 20000, "V"),
    ("current", 1.8, "A", 1.8, "A"),
    ("current", 1800, "mA", 1.8, "A"),
    ("frequency", 50.02, "Hz", 50.02, "Hz"),
    ("frequency", 50020, "mHz", 50.02, "Hz"),
    ("frequency", 0.05, "kHz", 50, "Hz"),
    ("frequency", 1, "MHz", 1e6, "Hz"),
    ("boiler", 21.5, "°C", 21.5, "°C"),
    ("boiler", 212, "°F", 100, "°C"),
    ("boiler", 273.15, "K", 0, "°C"),
    ("apparent", 1.2, "kVA", 1200, "VA"),
    ("apparent", 1.2, "VA", 1.2, "VA"),
    ("reactive", 1.2, "kvar", 1200, "var"),
    ("reactive", 1.2, "var", 1.2, "var"),
    ("power_factor", 97, "%", 97, "%"),
    ("power_factor", 0.97, None, 0.97, ""),
    ("solar", 1.5, "kW", 1500, "W"),
    ("heat", 5, "bananas", 5, "bananas"),
]


@pytest.mark.parametrize(("metric", "number", "unit", "value", "stored"), CONVERSIONS)
def test_a_unit_is_converted_to_its_family(
    metric: str, number: float, unit: str | None, value: float, stored: str
) -> None:
    """Golden values of every unit."""
    quantity = convert(metric, number, unit)
    assert quantity is not None
    assert quantity.value == pytest.approx(value, rel=1e-9)
    assert quantity.unit == stored
    assert canonical_unit(metric, unit) == stored


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("power", None),
        ("power", ""),
        ("power", "w"),
        ("power", "KW"),
        ("power", "VA"),
        ("power", "kWh"),
        ("power", "BTU/h"),
        ("energy", "kW"),
        ("energy", None),
        ("export", "m³"),
        ("other", "x" * 33),
        ("other", "a\nb"),
    ],
)
def test_a_unit_that_a_metric_cannot_have(metric: str, unit: str | None) -> None:
    """Is an error to report, not a number to store; upper and lower case differ."""
    assert convert(metric, 5.0, unit) is None
    assert Metric(metric, "sensor.x").observe("5", unit).flaw is Flaw.UNIT


def test_whole_numbers_are_written_short() -> None:
    """412, not 412.0."""
    quantity = convert("power", 0.412, "kW")
    assert quantity is not None
    assert repr(quantity.value) == "412"


@pytest.mark.parametrize(
    "state",
    [
        "unavailable",
        "Unknown",
        "",
        " ",
        "none",
        "None",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        *("on", "1,234.5", "1.234,5", "412 W", "0x10", "--5"),
    ],
)
def test_what_is_no_number_is_unknown(state: str) -> None:
    """None, never 0; told, unless it is a sensor's way to say nothing."""
    assert parse_number(state) is None
    observation = Metric("power", "sensor.x").observe(state, "W")
    silent = state.strip().lower() in {"unavailable", "unknown", "none", "nan", ""}
    assert (observation.value, observation.flaw) == (None, None if silent else Flaw.TEXT)


@pytest.mark.parametrize(
    ("state", "value"),
    [("5", 5), ("-3.5", -3.5), ("0", 0), ("1e3", 1000), (" 412 ", 412), ("-0", 0), ("+7", 7)],
)
def test_what_is_a_number(state: str, value: float) -> None:
    """As Home Assistant writes it."""
    assert Metric("power", "sensor.x").observe(state, "W").value == value


def test_bounds_are_in_the_stored_unit() -> None:
    """Both ends belong to them."""
    metric = Metric("power", "sensor.x", -100, 10_000)
    assert metric.observe("10", "kW").value == 10_000
    assert metric.observe("10.001", "kW").flaw is Flaw.BOUNDS
    assert metric.observe("-101", "W").value is None


@pytest.mark.parametrize(("state", "unit"), [("1e308", "kW"), ("-1e308", "TW"), ("1e16", "W")])
def test_a_number_that_no_reading_can_have_is_out_of_bounds(state: str, unit: str) -> None:
    """The aggregator would refuse the whole reading, or the collector end at the infinity."""
    assert Metric("power", "sensor.x").observe(state, unit).flaw is Flaw.BOUNDS
    [metric] = make_metrics({"power": "sensor.x"}, {"power": (float("-inf"), 1e300)})
    assert metric.observe(state, unit).flaw is Flaw.BOUNDS
