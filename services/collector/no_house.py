"""What stands in Home Assistant's place where no metric comes from it."""

from collections.abc import Sequence

from services.collector.home_assistant import HISTORY_LIMIT_BYTES, NotFound
from services.collector.states import History, State


class NoHouse:
    """Has no entity and no history."""

    skew_s: float | None = None

    def state(self, entity: str) -> State:
        """Raise NotFound."""
        raise NotFound(f"{entity}: no Home Assistant is configured")

    def history(
        self,
        _entities: Sequence[str],
        _start: float,
        _end: float,
        *,
        full: bool = False,  # noqa: ARG002 - the shape of the real one
        limit_bytes: int = HISTORY_LIMIT_BYTES,  # noqa: ARG002
    ) -> History:
        """Return nothing."""
        return {}

    def close(self) -> None:
        """Do nothing."""
