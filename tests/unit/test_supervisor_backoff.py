"""How long a crashed program waits."""

from hypothesis import given
from hypothesis import strategies as st

from cli.run.backoff import FIRST_S, LONGEST_S, STEADY_S, delay_s, failures

LUCK = st.floats(0, 1, exclude_max=True)


def test_the_wait_doubles_up_to_a_limit() -> None:
    """Without luck the waits are half of 0.5, 1, 2 ... 60 seconds."""
    assert [delay_s(count, 0.0) * 2 for count in (1, 2, 3, 7, 8, 1000)] == [
        FIRST_S,
        1.0,
        2.0,
        32.0,
        LONGEST_S,
        LONGEST_S,
    ]


@given(st.integers(1, 10_000), LUCK)
def test_luck_spreads_the_wait_over_its_upper_half(count: int, luck: float) -> None:
    """Never nothing, never more than the limit."""
    assert delay_s(count, 0.0) <= delay_s(count, luck) <= 2 * delay_s(count, 0.0) <= LONGEST_S


def test_a_long_run_is_forgiven() -> None:
    """Who ran a minute starts with the shortest wait again."""
    assert failures(5, STEADY_S) == 1
    assert failures(5, STEADY_S - 0.1) == 6
