"""What stands in Home Assistant's place where no metric comes from it."""

from collections.abc import Sequence

from services.collector.home_assistant import HISTORY_LIMIT_BYTES, NotFound
from services.collector.states import History, State
from services.collector.their_clock import TheirClock


class NoHouse:
    """Has no entity and no history."""

    clock = TheirClock(lambda: 0.0, 0.0)  # nobody ever tells it

    def state(self, entity: str) -> State:
        """Raise NotFound."""
        raise NotFound(f"{entity}: no Home Assistant is configured")

    def history(
        self,
        _entities: Sequence[str],
        _start: float,
        _end: float,
        limit_bytes: int = HISTORY_LIMIT_BYTES,  # noqa: ARG002 - the shape of the real one
    ) -> History:
        """Return nothing."""
        return {}

    def close(self) -> None:
        """Do nothing."""
