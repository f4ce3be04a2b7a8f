"""Ask whether an advisory is known against what an installation gets; `scripts/check` does."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from audit import exceptions
from audit.index import Advisory, Index, NoData, of_pip

REQUIREMENTS = Path(__file__).parents[2] / "deploy" / "requirements.txt"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
# Given up in 2013 with a hole that was published later, and no newer version will ever come: an
# index that tells nothing against it holds no advisories, and its silence means nothing.
CANARY = ("pycrypto", "2.6.1")


def audit(text: str, known: Sequence[exceptions.Exempt], index: Index) -> list[str]:
    """Print what is known of the pinned packages of a file; return what must not be."""
    packages = PINNED.findall(text)
    if not index.advisories(*CANARY):
        raise NoData(f"the index holds none: not even one against {' '.join(CANARY)}")
    failures, without = [], []
    for package, version in packages:
        try:
            found = index.advisories(package, version)
        except NoData:
            without.append(f"{package} {version}")
            continue
        failures += [str(one) for one in found if not _exempt(one, known)]
    if without:
        print(f"audit: left out for {', '.join(without)}: the index has no data of this version")
    if not failures:
        print(f"audit: nothing is known against {len(packages) - len(without)} packages")
    return failures


def _exempt(found: Advisory, known: Sequence[exceptions.Exempt]) -> bool:
    today = datetime.now(UTC).date()
    reasons = [one.reason for one in known if one.covers(found, today)]
    if reasons:
        print(f"audit: let through: {found}: {reasons[0]}")
    return bool(reasons)


def main(words: Sequence[str]) -> int:
    """Audit deploy/requirements.txt, or the file that is named; return the exit status."""
    file = Path(words[0]) if words else REQUIREMENTS
    try:
        today = datetime.now(UTC).date()
        known = list(exceptions.read(exceptions.FILE.read_text(), today))
        failures = audit(file.read_text(), known, of_pip())
    except NoData as reason:
        print(f"audit: left out, advisories can't be had here: {reason}")
        return 0
    for failure in failures:
        print(f"audit: {failure}")
    if failures:
        print(f"  Pin a mended version in {file}, or say why not in {exceptions.FILE}")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
