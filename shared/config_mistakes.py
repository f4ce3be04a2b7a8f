"""What is wrong with a configuration, told without giving a secret away."""

from shared.option_checks import LARGEST_NUMBER
from shared.options import KNOWN_PATHS

LONGEST_ECHO = 100  # characters of a wrong key or value that are shown
HIDDEN = "***"
SHORTEST_SECRET = 6  # characters; a shorter one inside other text is a coincidence


class Mistakes:
    """What is wrong, one line each; no secret gets into a line."""

    def __init__(self, secrets: set[str]) -> None:
        self.lines: list[str] = []
        self.secrets = secrets

    def add(self, path: str, reason: str) -> None:
        """Report a mistake without showing the value."""
        head, dot, key = path.rpartition(".")
        if path not in KNOWN_PATHS:
            path = f"{head if head in KNOWN_PATHS else self._safe(head)}{dot}{self._safe(key)}"
        self.lines.append(f"{path}: {reason}")

    def add_value(self, path: str, reason: str, value: object) -> None:
        """Report a mistake and the value, unless it could give a secret away."""
        shown = _shown(value)
        secret = isinstance(value, str) and value in self.secrets
        if secret or "@" in shown or "?" in shown or self._safe(shown) != shown:
            self.add(path, reason)
        else:
            self.add(path, f"{reason}, got {shown}")

    def _safe(self, given: str) -> str:
        for secret in self.secrets:
            given = given.replace(secret, HIDDEN) if len(secret) >= SHORTEST_SECRET else given
        given = given if given.isprintable() else ascii(given)[1:-1]
        return given if len(given) <= LONGEST_ECHO else f"{given[:LONGEST_ECHO]}..."


def kind_of(value: object) -> str:
    """Say what kind of thing a wrong value is, and not what it says."""
    return "a text" if isinstance(value, str) else _shown(value)


def _shown(value: object) -> str:
    """Write a wrong value for its author, briefly."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool | None):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= LARGEST_NUMBER):
        return repr(value)
    names = {dict: "an object", list: "a list", int: "a very large number"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "something else")
