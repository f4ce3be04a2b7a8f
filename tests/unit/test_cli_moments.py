"""Times as a person types them."""

import pytest

from cli.moments import parse_moment
from shared.errors import BadInput
from shared.times import Zone, parse_timestamp

ZONE = Zone("Europe/Berlin")
NOW = parse_timestamp("2026-11-22T12:00:00+01:00")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("08:10", "2026-11-22T08:10:00+01:00"),
        ("8:10", "2026-11-22T08:10:00+01:00"),
        ("08:10:30", "2026-11-22T08:10:30+01:00"),
        ("2026-06-01T08:10", "2026-06-01T08:10:00+02:00"),
        ("2026-06-01 08:10", "2026-06-01T08:10:00+02:00"),
        ("2026-06-01T08:10:00Z", "2026-06-01T08:10:00+00:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_a_time_is_local_unless_it_has_an_offset(typed: str, meant: str) -> None:
    stretch = parse_moment(typed, ZONE, NOW)
    assert (stretch.first, stretch.day) == (parse_timestamp(meant), None)


def test_a_date_is_a_whole_day_of_the_zone() -> None:
    stretch = parse_moment("2026-10-25", ZONE, NOW)
    assert str(stretch.day) == "2026-10-25"
    assert stretch.until - stretch.first == 25 * 3600


def test_a_time_the_clocks_show_twice_is_refused_with_both() -> None:
    with pytest.raises(BadInput, match="twice") as refused:
        parse_moment("2026-10-25T02:30", ZONE, NOW)
    assert refused.value.hint == "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("typed", ["2026-03-29T02:30", "25:00", "yesterday", "", "2026-13-01"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        parse_moment(typed, ZONE, NOW)
