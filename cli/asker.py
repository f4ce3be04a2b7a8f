"""Who carries out a request of the command line: a running service, or its core."""

from collections.abc import Mapping
from typing import Any, Protocol

ANSWER_TIMEOUT_S = 180.0


class Asker(Protocol):
    """Carries out requests, whichever way."""

    def ask(
        self,
        service: str,
        command: str,
        arguments: Mapping[str, Any],
        timeout_s: float = ANSWER_TIMEOUT_S,
        /,
    ) -> dict[str, Any]:
        """Return the data of the answer; raises MonitorError with what the service said."""
