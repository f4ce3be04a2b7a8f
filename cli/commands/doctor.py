"""`power-monitor doctor`: look at everything that may be in the way."""

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from typing import TYPE_CHECKING

from cli.output import add_examples, add_json, write_json, write_lines
from cli.terminal import Terminal, here

if TYPE_CHECKING:
    from cli.doctor.examine import Part

_STYLES = {"ok": "good", "warn": "warn", "FAIL": "bad"}
_FAILED = 1


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Look at versions, configuration, clock, disks, broker, services, Home Assistant, the "
        "remote, the files and the page, and say what to do about what is not as it should be. "
        "Nothing is changed, and no secret is shown: the report can be posted as it is. The exit "
        "status is 0 unless something failed; a warning is no failure."
    )
    add_json(parser)
    add_examples(parser, "doctor", "doctor --json")


def execute(arguments: Namespace) -> int:
    """Look, and tell part after part."""
    from cli.doctor.examine import examine  # noqa: PLC0415 - brings all the others along

    parts = []
    for part in examine(arguments):
        parts.append(part)
        if not arguments.json:
            write_lines(told(part, here()))
    counts = Counter(finding.verdict.value for part in parts for finding in part.findings)
    if arguments.json:
        write_json(document(parts, counts))
    else:
        sys.stdout.write(f"\n{summary(counts)}\n")
    return _FAILED if counts["FAIL"] else 0


def told(part: "Part", terminal: Terminal) -> list[str]:
    """Return the lines about one part."""
    lines = ["", terminal.paint("bold", part.name)]
    for finding in part.findings:
        verdict = finding.verdict.value
        first, *more = terminal.wrapped(finding.text, f"  {verdict:<4}  ", " " * 8)
        lines += [first.replace(verdict, terminal.paint(_STYLES[verdict], verdict), 1), *more]
        if finding.hint:
            lines += terminal.wrapped(f"try: {finding.hint}", " " * 8, " " * 8)
    return lines


def summary(counts: Counter[str]) -> str:
    """Return the last line."""
    if not counts["FAIL"] and not counts["warn"]:
        return f"All {counts['ok']} checks are fine."
    return f"{counts['FAIL']} failed, {counts['warn']} to look at, {counts['ok']} fine."


def document(parts: "list[Part]", counts: Counter[str]) -> dict[str, object]:
    """Return the report for `--json`."""
    checks = [
        {
            "part": part.name,
            "verdict": finding.verdict.value.lower(),
            "text": finding.text,
            "hint": finding.hint,
        }
        for part in parts
        for finding in part.findings
    ]
    return {
        "ok": counts["ok"],
        "warn": counts["warn"],
        "fail": counts["FAIL"],
        "checks": checks,
    }
