"""How long to wait before a crashed process is started again."""

FIRST_S = 0.5
LONGEST_S = 60.0
STEADY_S = 60.0  # whoever ran this long starts again with the shortest wait


def failures(before: int, ran_s: float) -> int:
    """Count the failures in a row, now that one more run ended after `ran_s`."""
    return 1 if ran_s >= STEADY_S else before + 1


def delay_s(failures_in_a_row: int, luck: float) -> float:
    """Return the wait, doubled by each failure; `luck` in [0, 1) spreads it over its upper half."""
    longest: float = min(LONGEST_S, FIRST_S * 2.0 ** min(failures_in_a_row - 1, 16))
    return longest * (0.5 + luck / 2)
