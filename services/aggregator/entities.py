"""The monitor as a device in Home Assistant: announced, told anew, and taken away again."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from services.aggregator.aggregator import Aggregator
from services.aggregator.discovery import Shown, document, topic
from shared.atomic import disk_error, make_directory, set_aside, write_durably
from shared.checksum import sealed, unsealed
from shared.config import Config
from shared.errors import BadInput
from shared.inbox import Message
from shared.messages import ONLINE, dump, encode_summary
from shared.service import Shell
from shared.topics import HOME_ASSISTANT_STATUS, Topics
from shared.version import VERSION

log = logging.getLogger(__name__)


class Entities:
    """Keeps two retained topics: the summary of today, and the device if it is wanted.

    Where a device was announced is remembered on disk: so it is taken away when the option goes
    or the base topic changes, also if that happens while the aggregator is not running.
    """

    def __init__(self, shell: Shell, config: Config, complain: Callable[[str], None]) -> None:
        self._shell = shell
        self._complain = complain
        self._device = device_of(config, shell.topics)
        self._announced = Announced(config.paths.state_dir / "announced.json")
        self._up = False
        self._device_due = False
        self._leaving: dict[str, Any] = {}  # topic -> paho's ticket of its removal
        self._revision: object = None
        self._summary = b""

    @property
    def topics(self) -> list[str]:
        """What must be listened to for it."""
        return [HOME_ASSISTANT_STATUS] if self._device else []

    def load(self) -> None:
        """Read where devices were announced last time; raises Retryable.

        Where nobody can tell any more, one may stand where it would stand now.
        """
        aside = self._announced.load()
        if aside:
            self._complain(f"a damaged file was set aside as {aside}")
            self._announced.topics |= {topic(self._shell.topics)}

    def link_changed(self, *, up: bool) -> None:
        """Have everything told again, once to each connection: the broker may have forgotten it."""
        self._up = up
        self._device_due = True
        self._leaving = {}
        self._revision, self._summary = None, b""

    def heard(self, message: Message) -> None:
        """Take what Home Assistant says of itself: one that has just started wants the device."""
        self._device_due = self._device_due or message.payload == ONLINE
        message.acknowledge()

    def step(self, aggregator: Aggregator) -> None:
        """Tell what is due; raises Retryable when the disk refuses."""
        if not self._up:
            return
        self._tell_device()
        self._forget_devices()
        self._tell_summary(aggregator)

    def _tell_device(self) -> None:
        if not (self._device_due and self._device):
            return
        where, payload = self._device
        # Remembered first: what nobody remembers would stay in Home Assistant for ever.
        self._announced.add(where)
        if self._shell.publish(where, payload, retain=True):
            self._device_due = False

    def _forget_devices(self) -> None:
        wanted = self._device[0] if self._device else ""
        for where in self._announced.topics - {wanted}:
            ticket = self._leaving.get(where)
            if ticket is None:
                self._leaving[where] = self._shell.publish(where, b"", retain=True)
            elif ticket.is_published():
                self._announced.remove(where)
                log.info("Home Assistant was told that the device is gone (%s)", where)

    def _tell_summary(self, aggregator: Aggregator) -> None:
        revision = aggregator.revision
        if revision == self._revision:
            return
        summary = aggregator.summary()
        payload = encode_summary(summary, aggregator.zone) if summary else self._summary
        told = payload == self._summary or self._shell.publish(
            self._shell.topics.summary, payload, retain=True
        )
        if told:
            self._revision, self._summary = revision, payload


def device_of(config: Config, topics: Topics) -> tuple[str, bytes] | None:
    """Return where the device is announced, and with what; None when it is not wanted."""
    if not config.home_assistant.discovery:
        return None
    shown = Shown(
        topics,
        VERSION,
        config.data.interval_s,
        config.data.live_interval_s,
        bool(config.github or config.remote),
    )
    return topic(topics), dump(document(shown))


class Announced:
    """The topics on which a retained device of ours may stand, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.topics: frozenset[str] = frozenset()

    def load(self) -> Path | None:
        """Read the file; return where it was set aside when it is damaged; raises Retryable."""
        try:
            found = orjson.loads(unsealed(self._path.read_bytes()))["topics"]
            self.topics = frozenset(str(one) for one in found)
        except FileNotFoundError:
            return None
        except (orjson.JSONDecodeError, BadInput, KeyError, TypeError):
            return set_aside(self._path)
        except OSError as error:
            raise disk_error(self._path, error) from error
        return None

    def add(self, topic: str) -> None:
        """Remember a topic; raises Retryable."""
        if topic not in self.topics:
            self._write(self.topics | {topic})

    def remove(self, topic: str) -> None:
        """Forget a topic; raises Retryable."""
        self._write(self.topics - {topic})

    def _write(self, topics: frozenset[str]) -> None:
        make_directory(self._path.parent)
        write_durably(self._path, sealed(dump({"topics": sorted(topics)})))
        self.topics = topics
