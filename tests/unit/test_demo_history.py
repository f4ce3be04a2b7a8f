"""The step functions behind the simulator's entities."""

from hypothesis import given
from hypothesis import strategies as st

from demo.history import Change, History, Masked, just_after

INSTANTS = st.integers(min_value=0, max_value=60).map(float)
CHANGES = st.lists(st.tuples(INSTANTS, st.sampled_from(["1.0", "2.0", "3.0"])), max_size=20)


def history(*reports: tuple[float, str]) -> History:
    """Return a history of some reports."""
    made = History()
    for at, state in reports:
        made.report(at, state)
    return made


def test_a_report_of_the_same_state_is_no_change_but_a_sign_of_life() -> None:
    """Home Assistant stores changes and remembers when the device last spoke."""
    told = history((10.0, "1.0"), (20.0, "1.0"))
    assert told.between(0.0, 100.0) == [Change(10.0, "1.0")]
    assert told.reported(100.0) == 20.0
    assert told.reported(15.0) == 10.0


def test_both_edges_are_strict() -> None:
    """As in Home Assistant's SQL."""
    told = history((10.0, "1.0"), (20.0, "2.0"), (30.0, "3.0"))
    assert told.between(10.0, 30.0) == [Change(20.0, "2.0")]
    assert told.latest(20.0) == Change(10.0, "1.0")
    assert told.latest(just_after(20.0)) == Change(20.0, "2.0")
    assert told.latest(10.0) is None


@given(CHANGES)
def test_reports_may_come_in_any_order(reports: list[tuple[float, str]]) -> None:
    """Backdated rows fall into their place, and the last word on an instant stands."""
    told = history(*reports)
    last_word = dict(reports)
    times = [change.at for change in told.between(-1.0, 100.0)]
    assert times == sorted(set(times))
    for at, state in last_word.items():
        assert told.latest(just_after(at)) is not None
        if at in times:
            assert told.latest(just_after(at)) == Change(at, state)


def test_an_unavailable_time_has_its_edges_and_hides_what_is_within() -> None:
    """Then the value that holds by then is told anew."""
    told = history((10.0, "1.0"), (20.0, "2.0"), (40.0, "4.0"))
    masked = Masked(told, 15.0, 30.0, "unavailable")
    assert masked.between(0.0, 100.0) == [
        Change(10.0, "1.0"),
        Change(15.0, "unavailable"),
        Change(30.0, "2.0"),
        Change(40.0, "4.0"),
    ]
    assert masked.reported(25.0) == 15.0


def test_an_outage_leaves_the_last_value_in_force() -> None:
    """Nothing is written while the power is cut, and the state is told anew after."""
    told = history((10.0, "1.0"), (20.0, "2.0"))
    masked = Masked(told, 15.0, 30.0, None)
    assert masked.between(0.0, 100.0) == [Change(10.0, "1.0"), Change(30.0, "2.0")]
    assert masked.latest(29.0) == Change(10.0, "1.0")
    assert masked.reported(25.0) == 10.0


@given(
    CHANGES,
    st.tuples(INSTANTS, INSTANTS),
    st.sampled_from(["unavailable", None]),
    INSTANTS,
    INSTANTS,
)
def test_the_latest_change_is_the_last_of_all_before(
    reports: list[tuple[float, str]],
    span: tuple[float, float],
    state: str | None,
    inner_start: float,
    before: float,
) -> None:
    """`latest` and `between` agree, masks over masks included."""
    inner = Masked(history(*reports), inner_start, inner_start + 7.0, "unknown")
    masked = Masked(inner, span[0], sum(span) + 1.0, state)
    changes = masked.between(-1.0, before)
    assert masked.latest(before) == (changes[-1] if changes else None)
    assert [change.at for change in changes] == sorted(change.at for change in changes)
