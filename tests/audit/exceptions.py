"""Advisories that we know of and live with, one a line: `ID PACKAGE UNTIL REASON`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from audit.index import Advisory

FILE = Path(__file__).with_name("exceptions.txt")
LONGEST = timedelta(days=90)
_LINE = re.compile(r"(\S+) (\S+) (\d{4}-\d\d-\d\d) (\S.{15,})")


@dataclass(frozen=True, slots=True)
class Exempt:
    """One advisory against one package, until the end of a day, for a reason."""

    name: str
    package: str
    until: date
    reason: str

    def covers(self, found: Advisory, today: date) -> bool:
        """Whether this is about the advisory, today."""
        return self.name in found.names and self.package == found.package and today <= self.until


def read(text: str, today: date) -> Iterator[Exempt]:
    """Yield the exceptions of a file; ValueError for one without a reason, or for too long."""
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        found = _LINE.fullmatch(line)
        if not found:
            raise ValueError(f"{FILE.name}: {line!r} must be: ID PACKAGE UNTIL REASON")
        name, package, until, reason = found.groups()
        if date.fromisoformat(until) > today + LONGEST:
            raise ValueError(f"{FILE.name}: {name} is for more than {LONGEST.days} days")
        yield Exempt(name, package, date.fromisoformat(until), reason)
