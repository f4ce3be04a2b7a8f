"""`scripts/bench [NAME ...]`: measure, print, and with no name write docs/benchmarks.md."""

import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from support.stack import ROOT

from bench import (
    accuracy,
    burst,
    flash,
    importing,
    installed,
    latency,
    lighthouse,
    losses,
    memory,
    page,
    rollup,
    sizes,
)
from bench.table import Row, Subject, budgets
from bench.tools import Missing

Measure = Callable[[], Row | Subject]

BENCHES: dict[str, Measure] = {
    "memory": memory.measure,
    "installed": installed.measure,
    "flash": flash.measure,
    "sizes": sizes.measure,
    "accuracy": accuracy.measure,
    "rollup": rollup.measure,
    "burst": burst.measure,
    "latency": latency.measure,
    "losses": losses.measure,
    "import": importing.measure,
    "page": page.measure,
}
BY_NAME_ONLY: dict[str, Measure] = {"lighthouse": lighthouse.measure}  # fetches what it needs


def main(names: list[str]) -> int:
    """Run benches; return the exit status, 1 when one of them failed."""
    known = BENCHES | BY_NAME_ONLY
    unknown = set(names) - set(known)
    if unknown or "--help" in names:
        print(f"usage: scripts/bench [{'|'.join(known)} ...]")
        return 64
    machine = _machine()
    found = [_measured(name, known[name]) for name in names or BENCHES]
    rows = [row for subject in found for row in subject.budgets]
    sections = [str(subject.section) for subject in found if subject.section]
    body = "\n".join([budgets(rows), *sections])
    print(body, end="")
    if not names:
        (ROOT / "docs" / "benchmarks.md").write_text(_page(machine, body))
    return any(row.ours == _FAILED for row in rows)


_FAILED = "could not be measured"


def _measured(name: str, measure: Measure) -> Subject:
    """Measure; what fails is a line that says so, and keeps no other out."""
    print(f"measuring {name} ...", file=sys.stderr, end="", flush=True)
    begin = time.monotonic()
    try:
        found = measure()
    except Missing as error:
        found = Row(name, str(error), "-", "-")
    except Exception:  # noqa: BLE001 - whatever it is, the others go on
        traceback.print_exc()
        found = Row(name, _FAILED, "-", "-")
    print(f" {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return found if isinstance(found, Subject) else Subject([found])


def _machine() -> str:
    load, _, _ = os.getloadavg()
    linux, _, _ = platform.release().partition("-")
    return (
        f"{datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, Linux {linux}, load {load:.1f} before"
    )


def _page(machine: str, body: str) -> str:
    return f"""# Benchmarks

Written by `scripts/bench`; each line beside its alternative in the same run.
Measured {machine}.

{body}
Where the memory goes, and what was tried, is told in [a decision](decisions/0096-memory.md).
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
