"""When it is time for what: pushing soon after files change, looking now and then."""

QUIET_S = 2.0  # files that are written together go up together,
QUIET_AT_MOST_S = 30.0  # but a file that is written again and again must not keep them waiting
SPACING_S = 15.0  # between pushes by themselves, however often files change
CHECK_EVERY_S = 600.0  # for what no message tells: finished days, finished years
LOOK_EVERY_S = 86400.0  # for what nobody tells: another hand at the remote


class Due:
    """Points in time of a monotonic clock, in seconds."""

    def __init__(self, tick: float) -> None:
        self._push_at: float | None = None
        self._heard_at: float | None = None  # of the first change that waits
        self._pushed_at = float("-inf")
        self._check_at = tick + CHECK_EVERY_S
        self._look_at = tick

    def heard(self, tick: float) -> None:
        """Hear that a file has changed."""
        self._heard_at = tick if self._heard_at is None else self._heard_at
        self._push_at = min(tick + QUIET_S, self._heard_at + QUIET_AT_MOST_S)

    def again(self, tick: float) -> None:
        """Have a push as soon as may be."""
        self._push_at = tick

    def look_again(self, tick: float) -> None:
        """Have a look as soon as may be: who knows what happened meanwhile."""
        self._look_at = tick

    def takes_check(self, tick: float) -> bool:
        """Say, once, that it is time to see what no message tells."""
        if tick < self._check_at:
            return False
        self._check_at = tick + CHECK_EVERY_S
        self._push_at = self._push_at or tick
        return True

    def takes_look(self, tick: float) -> bool:
        """Say, once, that it is time for a look at the remote, which is a push, too."""
        if tick < self._look_at:
            return False
        self._look_at = tick + LOOK_EVERY_S
        self._begin(tick)
        return True

    def takes_push(self, tick: float) -> bool:
        """Say, once, that it is time to push."""
        if self._push_at is None or tick < max(self._push_at, self._pushed_at + SPACING_S):
            return False
        self._begin(tick)
        return True

    def _begin(self, tick: float) -> None:
        self._push_at = self._heard_at = None
        self._pushed_at = tick
