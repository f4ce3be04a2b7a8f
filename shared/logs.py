"""Log lines: to stdout for whoever supervises, to the broker for the admin, never with a secret."""

import logging
import sys
from collections.abc import Callable, Sequence

from shared.plain import plain

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TIME = "%Y-%m-%dT%H:%M:%S%z"  # with the offset: the machine's zone need not be the house's
_SHORTEST_SECRET = 4  # a shorter one would blank ordinary words


class Redaction(logging.Formatter):
    """A formatter that writes `***` for every secret, in messages and tracebacks alike."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(_FORMAT, _TIME)
        self._secrets = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the message as one line: what others say must not look like a line of ours."""
        return super().formatMessage(record).replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line, with nothing in it that commands a terminal."""
        line = plain(super().format(record))
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


class _Forwarder(logging.Handler):
    def __init__(self, send: Callable[[bytes], object]) -> None:
        super().__init__(logging.INFO)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        self._send(self.format(record).encode())


def start_logging(secrets: Sequence[str], send: Callable[[bytes], object] | None = None) -> None:
    """Log to stdout, and line by line to `send` when given; replaces what was set up before."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    if send:
        handlers.append(_Forwarder(send))
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(Redaction(secrets))
        root.addHandler(handler)
