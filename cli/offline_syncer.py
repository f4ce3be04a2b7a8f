"""The syncer's core at work while no syncer runs; what it asks the aggregator is asked at once."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Self

from cli.ground import running
from services.syncer.asked import job_for
from services.syncer.core import Core
from services.syncer.done import Done
from services.syncer.effects import Ask, Job
from services.syncer.patience import Patience
from services.syncer.remote import Remote
from services.syncer.service import fingerprint, lock_file, purpose, remotes
from services.syncer.task import Task
from shared import clock
from shared.atomic import make_directory
from shared.config import Config
from shared.errors import MonitorError
from shared.lock import held
from shared.messages import Request, load_object

AskAggregator = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class OfflineSyncer:
    """One request after the other, under the syncer's lock; use it in a `with` statement."""

    def __init__(self, config: Config, ask_aggregator: AskAggregator) -> None:
        self._config = config
        self._ask_aggregator = ask_aggregator
        self._stack = ExitStack()
        self._remote, self._site_remote = remotes(config)
        self._core = Core(config, purpose(config), clock.now, time.monotonic)
        self._patience = Patience(self._core.records, fingerprint(config))

    def __enter__(self) -> Self:
        lock = lock_file(self._config.paths.state_dir)
        make_directory(lock.parent, 0o700)
        self._stack.enter_context(held(lock, running("syncer")))
        self._core.records.load(self._remote.identity)
        self._patience.take_up(time.monotonic())
        return self

    def __exit__(self, *_: object) -> None:
        for remote in (self._remote, self._site_remote):
            if remote:
                remote.close()
        self._stack.close()

    def ask(self, command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out `push` or `fetch`; raises MonitorError with what stands in the way."""
        self._patience.require_welcome(time.monotonic())
        result = self._run(job_for(self._core, Request(command, arguments)), self._remote)
        self._patience.succeeded()
        return dict(result.report() if isinstance(result, Done) else result)

    def _run(self, job: Job[Any], remote: Remote) -> Any:
        asked: list[Ask] = []

        def note(effect: Ask, _correlation: bytes) -> bool:
            asked.append(effect)
            return True

        task = Task("offline", job, remote, None)
        while task.outcome is None:
            task.step(time.monotonic(), note)
            while asked:
                task.answered(self._answer(asked.pop()))
        if task.outcome.error:
            raise task.outcome.error
        return task.outcome.result

    def _answer(self, effect: Ask) -> Mapping[str, Any] | MonitorError:
        try:
            arguments = load_object(effect.payload, len(effect.payload))
            return self._ask_aggregator(effect.command, arguments)
        except MonitorError as error:
            return error
