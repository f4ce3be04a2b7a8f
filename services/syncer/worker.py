"""The syncer's way to the network: what is due becomes a task, and tasks run one after another."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.syncer.asked import job_for
from services.syncer.core import Core
from services.syncer.done import Done
from services.syncer.due import Due
from services.syncer.effects import Ask
from services.syncer.patience import Patience
from services.syncer.remote import Remote
from services.syncer.task import Task, unexpected
from services.syncer.telling import Teller
from shared import clock
from shared.errors import MonitorError, Permanent, Refused, Retryable
from shared.inbox import Message
from shared.messages import ONLINE, Request, decode_response
from shared.service import Handler, Shell

log = logging.getLogger(__name__)

SAVE_EVERY_S = 30.0  # after the disk refused what we must remember
_MOST_WAITING = 8
_IDLE_S = 1.0
_ON = b"on"


class SyncerWorker:
    """Runs one task at a time; `tick` is a monotonic clock, `now` the wall clock."""

    def __init__(
        self,
        shell: Shell,
        core: Core,
        remote: Remote,
        site_remote: Remote | None,
        patience: Patience,
        *,
        now: Callable[[], float],
        tick: Callable[[], float],
        site_patience: Patience | None = None,
        maintenance: bool = False,
    ) -> None:
        self._shell = shell
        self._core = core
        self._remote = remote
        self._site_remote = site_remote
        self._patience = patience
        self._now = now
        self._tick = tick
        self._maintenance = maintenance
        self._site_patience = site_patience or patience
        self._teller = Teller(shell, core, remote, patience, now, site_patience=site_patience)
        self._task: Task | None = None
        self._waiting: deque[Task] = deque()
        self._due = Due(tick())
        self._restore_looked = False
        self._save_at = float("-inf")

    def handlers(self) -> Mapping[str, Handler]:
        """Return request topic -> what carries it out."""
        topics = self._shell.topics
        return {
            topics.request("syncer", "push"): self._asked,
            topics.request("syncer", "fetch"): self._asked,
        }

    def topics(self) -> Sequence[str]:
        """Return the topics listened to, beside requests."""
        topics = self._shell.topics
        return [
            topics.file_updated("monthly"),
            topics.file_updated("yearly"),
            topics.maintenance,
            topics.availability("aggregator"),
            topics.response("aggregator", "merge"),
            topics.response("aggregator", "import"),
        ]

    def receive(self, messages: Sequence[Message]) -> None:
        """Take messages; none has to be kept, files and records tell after a restart."""
        updates = f"{self._shell.topics.base}/file-updated/"
        for message in messages:
            if message.topic.startswith(updates):
                self._due.heard(self._tick())
            elif message.topic == self._shell.topics.maintenance:
                self._maintenance = message.payload.strip() == _ON
            elif message.topic == self._shell.topics.availability("aggregator"):
                self._ask_again(is_there=message.payload == ONLINE)
            elif self._task and self._task.correlation and self._is_answer(message, self._task):
                self._task.answered(_decoded(message))
            message.acknowledge()

    def link_changed(self, *, up: bool) -> None:
        """Ask again when the broker is back: it may have lost the request, or the answer."""
        self._ask_again(is_there=up)

    def step(self) -> float:
        """Carry out one effect of the task at hand, or find the next task."""
        if self._now() < clock.earliest_believable():
            self._teller.clock_is_wrong()
            return _IDLE_S
        self._teller.clock_is_right()
        self._save_again()
        if self._task is None:
            self._task = self._find()
        wait = self._go_on(self._task) if self._task else _IDLE_S
        self._teller.tell(busy=self._task.name if self._task else "")
        return wait

    def close(self) -> None:
        """Answer those who still wait; what is half done is done again after the next start."""
        stopping = MonitorError("the syncer is stopping", hint="try again in a minute")
        for task in (self._task, *self._waiting):
            if task and task.request:
                self._shell.respond(task.request, stopping)
        for remote in (self._remote, self._site_remote):
            if remote:
                remote.close()

    # What is asked for

    def _asked(self, request: Request) -> None:
        job = job_for(self._core, request)
        self._patience.require_welcome(self._tick())
        if len(self._waiting) >= _MOST_WAITING:
            raise Refused("the syncer is busy with other requests", hint="try again in a minute")
        self._waiting.append(Task(request.command, job, self._remote, request))

    # What is due

    def _find(self) -> Task | None:
        """Return the next task; what can't be seen here is trouble, too, and no end of the loop."""
        try:
            found = self._next()
            if self._patience.wait_s(self._tick()) <= 0:
                self._teller.looked()
        except (MonitorError, OSError) as error:
            trouble = error if isinstance(error, MonitorError) else Retryable(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the service goes on
            trouble = unexpected(error)
        else:
            return found
        self._restore_looked = False
        self._due.look_again(self._tick())
        self._patience.failed(trouble, self._tick())
        self._teller.failed("look", trouble)
        return None

    def _save_again(self) -> None:
        """Try again to write down what a full disk did not take."""
        if self._tick() < self._save_at:
            return
        try:
            self._core.records.save_again()
        except MonitorError as error:
            self._save_at = self._tick() + SAVE_EVERY_S
            self._teller.not_saved(error)
        else:
            self._teller.saved()

    def _next(self) -> Task | None:
        tick = self._tick()
        if self._waiting:
            return self._waiting.popleft()
        if self._patience.wait_s(tick) > 0:
            return None
        if not self._restore_looked:
            self._restore_looked = True
            if self._core.needs_restore():
                return Task("restore", self._core.restore(), self._remote, None)
        if self._due.takes_check(tick):
            self._restore_looked = self._core.records.facts.restored
        if self._due.takes_look(tick):
            return Task("push", self._core.look(), self._remote, None)
        if self._due.takes_push(tick) and self._core.unsynced():
            return Task("push", self._core.push_due(), self._remote, None)
        return self._site_task()

    def _site_task(self) -> Task | None:
        site = self._core.site
        if not (site and self._site_remote) or self._maintenance or site.wait_s() > 0:
            return None
        if self._site_patience.wait_s(self._tick()) > 0:
            return None
        return Task("site", site.publish(), self._site_remote, None)

    # What became of it

    def _go_on(self, task: Task) -> float:
        wait = task.step(self._tick(), self._ask)
        outcome = task.outcome
        if outcome is None:
            return wait
        self._task = None
        if outcome.error:
            self._failed(task, outcome.error)
        else:
            self._succeeded(task, outcome.result)
        self._teller.look()
        return 0.0

    def _succeeded(self, task: Task, result: Any) -> None:
        if task.name == "site":
            self._site_patience.succeeded()
        else:
            self._patience.succeeded()
        if task.request:
            self._site_patience.succeeded()  # a person's word goes for the page, too
        self._teller.succeeded(task.name, result)
        if task.request:
            self._shell.respond(task.request, result)
        if task.name != "site" and not isinstance(result, Done):
            self._due.again(self._tick())
        elif isinstance(result, Done) and (result.pushed or result.merged.keys() - result.held):
            self._due.again(self._tick())  # there may be more than one commit holds

    def _failed(self, task: Task, error: MonitorError) -> None:
        if task.request:
            self._shell.respond(task.request, error)
        if isinstance(error, Refused):
            return
        patience = self._site_patience if task.name == "site" else self._patience
        if isinstance(error, Permanent):
            patience.stop(error)
        else:
            patience.failed(error, self._tick())
        if task.name == "site" and isinstance(error, Retryable) and error.after_s:
            self._patience.failed(error, self._tick())  # a limit is the token's, whatever for
        self._teller.failed(task.name, error)
        if task.name == "restore":
            self._restore_looked = False
        elif task.name != "site":
            self._due.look_again(self._tick())

    def _ask_again(self, *, is_there: bool) -> None:
        """Before its first subscription ever the aggregator hears nothing, and nothing is kept."""
        if is_there and self._task:
            self._task.ask_again()

    def _ask(self, effect: Ask, correlation: bytes) -> bool:
        topics = self._shell.topics
        return self._shell.ask(
            topics.request("aggregator", effect.command),
            effect.payload,
            correlation,
            topics.response("aggregator", effect.command),
        )

    @staticmethod
    def _is_answer(message: Message, task: Task) -> bool:
        return message.correlation == task.correlation


def _decoded(message: Message) -> Mapping[str, Any] | MonitorError:
    try:
        return decode_response(message.payload)
    except MonitorError as error:
        return error
