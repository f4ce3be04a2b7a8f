"""`--offline`: the services' own cores at work on the directories, while no service runs.

`Offline` answers like `cli.request.Requester`, so a command is the same on both ways.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

from cli.ground import as_owner, running
from services.aggregator.aggregator import Aggregator
from services.aggregator.commands import Commands
from services.aggregator.service import lock_file
from shared import clock
from shared.atomic import make_directory
from shared.config import Config
from shared.errors import Refused
from shared.lock import held
from shared.messages import Request

Ask = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class Offline:
    """Aggregator, and syncer when it is asked, under their locks; use it in a `with` statement.

    All files are written when the block ends without an error. Root works as the directory's
    owner. Raises Refused while a service works there, or when the directory is another user's.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stack = ExitStack()
        self._aggregator: Aggregator | None = None
        self._ask_aggregator: Ask | None = None
        self._ask_syncer: Ask | None = None

    def __enter__(self) -> Self:
        state = self._config.paths.state_dir
        with as_owner(state), ExitStack() as stack:
            make_directory(state)
            stack.enter_context(held(lock_file(state), running("aggregator")))
            self._aggregator = stack.enter_context(_writing(self._config))
            self._stack = stack.pop_all()
        commands = Commands(
            self._aggregator,
            self._config.metrics,
            self._config.data.backfill_days,
            clocks,
        ).table()
        self._ask_aggregator = lambda command, arguments: dict(
            commands[command](Request(command, arguments))
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with as_owner(self._config.paths.state_dir):
            self._stack.__exit__(kind, error, trace)

    def ask(
        self,
        service: str,
        command: str,
        arguments: Mapping[str, Any],
        _timeout_s: float = 0.0,
    ) -> dict[str, Any]:
        """Return the data of the answer; raises MonitorError with what the core said."""
        with as_owner(self._config.paths.state_dir):
            ask = self._ask_aggregator if service == "aggregator" else self._syncer()
            assert ask  # noqa: S101 - used in a `with` statement
            return ask(command, arguments)

    def _syncer(self) -> Ask:
        if self._ask_syncer is None:
            from cli.offline_syncer import OfflineSyncer  # noqa: PLC0415 - has HTTP in it

            assert self._ask_aggregator  # noqa: S101 - as above
            syncer = self._stack.enter_context(OfflineSyncer(self._config, self._ask_aggregator))
            self._ask_syncer = syncer.ask
        return self._ask_syncer


@contextmanager
def _writing(config: Config) -> Iterator[Aggregator]:
    """Give the aggregator between start and stop; it writes its files unless the block fails."""
    aggregator = Aggregator(config, lambda _update: None, tell, tell)
    now, tick = clocks()
    if now < clock.earliest_believable():
        raise Refused("the clock can't be right: nothing can be dated", hint="date -u")
    aggregator.load()
    aggregator.step(now=now, tick=tick)
    try:
        yield aggregator
        now, tick = clocks()
        aggregator.refresh(now=now, tick=tick, reason="command")
    finally:
        aggregator.close()


def clocks() -> tuple[float, float]:
    """Return the wall clock and a monotonic one."""
    return clock.now(), time.monotonic()


def tell(text: str) -> None:
    """Pass on what a core wants a person to know."""
    sys.stderr.write(f"power-monitor: {text}\n")
