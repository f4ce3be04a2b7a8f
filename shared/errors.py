"""Every error the monitor raises on purpose.

MonitorError            something the user may read: what happened, and what to do next
├── ConfigError         the configuration can't be used (exit status 78)
│   └── NoConfig        there is none
├── BadInput            a message, document or answer that does not fit its schema
│   └── BadInputs       several things in one value that do not fit
├── Refused             a command that can't be carried out as asked
├── Retryable           heals by itself: the network, a full disk, a peer that restarts
└── Permanent           will not heal until somebody changes something
"""


class MonitorError(Exception):
    """An error with a hint: `str(error)` says what happened, `hint` what to type next (or "")."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(MonitorError):
    """The configuration can't be used; the message holds all mistakes, one a line."""

    EXIT_STATUS = 78  # EX_CONFIG of sysexits.h: systemd units treat it as "do not restart"


class NoConfig(ConfigError):
    """There is no configuration where one is sought."""


class BadInput(MonitorError):
    """A message, document or answer that does not fit its schema; never stored, always counted."""


class BadInputs(BadInput):
    """All that does not fit in one value: `found` is (path within it, reason, what was given)."""

    def __init__(self) -> None:
        super().__init__("several things do not fit")
        self.found: list[tuple[str, str, object]] = []

    def add(self, path: str, reason: str, given: object = None) -> None:
        """Note one of them; `given` is shown, unless it is None."""
        self.found.append((path, reason, given))


class Refused(MonitorError):
    """A command that was understood and can't be carried out as asked."""


class Retryable(MonitorError):
    """A failure that may heal by itself; `after_s` is the wait the other side asked for."""

    def __init__(self, message: str, *, hint: str = "", after_s: float = 0.0) -> None:
        super().__init__(message, hint=hint)
        self.after_s = after_s


class Permanent(MonitorError):
    """A failure that stays until somebody changes something; trying again would do harm."""
