"""What one look found."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is: only a failure keeps the exit status from being 0."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report, and what to type."""

    verdict: Verdict
    text: str
    hint: str = ""


Findings = Iterator[Finding]


def ok(text: str) -> Finding:
    """Return what is as it should be."""
    return Finding(Verdict.OK, text)


def warn(text: str, hint: str = "") -> Finding:
    """Return what should be looked at."""
    return Finding(Verdict.WARN, text, hint)


def fail(text: str, hint: str = "") -> Finding:
    """Return what must be mended."""
    return Finding(Verdict.FAIL, text, hint)
