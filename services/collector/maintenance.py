"""Whether the house is under maintenance, remembered through restarts."""

import logging
from pathlib import Path

from shared.atomic import disk_error, make_directory, set_aside, write_durably
from shared.errors import Refused

log = logging.getLogger(__name__)

ON, OFF = "on", "off"


class Maintenance:
    """`on` or `off` in a file; readings are kept either way, but no alert is raised while on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.state = OFF

    def load(self) -> None:
        """Read the remembered state; without one it is off, and with a damaged one until told.

        The damaged file is set aside. Raises Retryable.
        """
        try:
            word = self._path.read_bytes().strip()
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_error(self._path, error) from error
        self.state = ON if word == ON.encode() else OFF
        if word != self.state.encode():
            log.warning("maintenance is off: what was remembered is damaged (%s)", self._path)
            set_aside(self._path)

    def request(self, word: str) -> None:
        """Carry out `on`, `off` or `toggle`; raises Refused for anything else, or Retryable."""
        wanted = {ON: ON, OFF: OFF, "toggle": OFF if self.state == ON else ON}.get(word)
        if wanted is None:
            raise Refused(f"maintenance is on, off or toggle, not {word!r}", hint="send: on")
        if wanted != self.state:
            make_directory(self._path.parent, 0o700)
            write_durably(self._path, f"{wanted}\n".encode())
            self.state = wanted
