"""Ask before something is done that can't be taken back."""

import sys

from shared.errors import Refused


def require_consent(question: str, *, given: bool) -> None:
    """Return when a person says yes, or has said `--yes`; raises Refused otherwise."""
    if given:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused("nobody is there to be asked", hint="add --yes to do it all the same")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Refused("nothing was done")
