"""How long to wait before the next attempt."""

FIRST_S = 30.0
CEILING_S = 3600.0
LONGEST_ASKED_S = 24 * 3600.0  # a remote that asks for more is asked again after a day
_JITTER = 0.5  # the share of the wait that chance decides


def wait_s(failures: int, chance: float, asked_s: float = 0.0) -> float:
    """Return the wait after `failures` failures in a row; `chance` is 0 to 1.

    Never less than the remote asked for, else doubled up to the ceiling, spread by chance so that
    many boards don't come back at once.
    """
    doubled = FIRST_S * 2.0 ** min(max(failures, 1) - 1, 32)
    wait = min(doubled, CEILING_S)
    return max(wait * (1 - _JITTER + _JITTER * chance), min(asked_s, LONGEST_ASKED_S))
