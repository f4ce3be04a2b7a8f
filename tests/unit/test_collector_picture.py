"""How all sources meet in one reading."""

import pytest

from services.collector.derive import Composite
from services.collector.history import Steps
from services.collector.picture import Picture

HOUSE = Composite("power", ("l1", "l2"), (1, 1))


def picture(units: dict[str, str]) -> Picture:
    """Return two parts that are known all of the time."""
    steps = {"l1": Steps([(0.0, 100.0)]), "l2": Steps([(0.0, 50.0), (300.0, 250.0)])}
    made = Picture(0.0, 600.0, {}, {}, {}, {})
    made.add_steps(steps, units)
    return made


def test_a_derived_power_has_its_exact_interval() -> None:
    made = picture({"l1": "W", "l2": "W"})
    made.derive([HOUSE])
    reading = made.reading()
    assert reading.values == {"l1": 100.0, "l2": 250.0, "power": 350.0}
    assert reading.interval is not None
    assert reading.interval.metrics["power"] == (250.0, 150.0, 350.0, 1.0)
    assert reading.interval.energy_kwh == pytest.approx(250 * 600 / 3.6e6)
    assert reading.units == {"l1": "W", "l2": "W"}


@pytest.mark.parametrize("units", [{"l1": "W", "l2": "V"}, {"l1": "V", "l2": "V"}, {"l1": "W"}])
def test_volts_are_not_added_to_watts(units: dict[str, str]) -> None:
    """What Home Assistant's sensors speak shows only now: unknown, no number."""
    made = picture(units)
    made.derive([HOUSE])
    reading = made.reading()
    assert reading.values["power"] is None
    assert reading.interval is None


def test_what_is_made_of_others_may_be_part_of_more() -> None:
    made = picture({"l1": "V", "l2": "V"})
    made.derive(
        [Composite("both", ("l1", "l2"), (1, 1)), Composite("rest", ("both", "l1"), (1, -1))]
    )
    assert (made.values["both"], made.values["rest"]) == (350.0, 250.0)
    assert made.units["rest"] == "V"
