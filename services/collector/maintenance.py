"""Whether the house is under maintenance, remembered through restarts."""

from pathlib import Path

from shared.atomic import make_directory, write_durably
from shared.errors import Refused

ON, OFF = "on", "off"


class Maintenance:
    """`on` or `off` in a file; readings are kept either way, but no alert is raised while on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.state = OFF

    def load(self) -> None:
        """Read the remembered state; without one it is off."""
        try:
            self.state = ON if self._path.read_text().strip() == ON else OFF
        except (OSError, UnicodeDecodeError):
            self.state = OFF

    def request(self, word: str) -> None:
        """Carry out `on`, `off` or `toggle`; raises Refused for anything else, or Retryable."""
        wanted = {ON: ON, OFF: OFF, "toggle": OFF if self.state == ON else ON}.get(word)
        if wanted is None:
            raise Refused(f"maintenance is on, off or toggle, not {word!r}", hint="send: on")
        if wanted != self.state:
            make_directory(self._path.parent, 0o700)
            write_durably(self._path, f"{wanted}\n".encode())
            self.state = wanted
