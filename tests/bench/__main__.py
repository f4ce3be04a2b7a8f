"""`scripts/bench [NAME ...]`: measure, print, and with no name write docs/benchmarks.md."""

import os
import platform
import sys
from datetime import UTC, datetime

from support.stack import ROOT

from bench import accuracy, burst, flash, lighthouse, memory, page, rollup, sizes
from bench.table import table

BENCHES = {
    "sizes": sizes.measure,
    "rollup": rollup.measure,
    "accuracy": accuracy.measure,
    "burst": burst.measure,
    "flash": flash.measure,
    "memory": memory.measure,
    "page": page.measure,
}
BY_NAME_ONLY = {"lighthouse": lighthouse.measure}  # fetches what it needs


def main(names: list[str]) -> int:
    """Run benches; return the exit status."""
    known = BENCHES | BY_NAME_ONLY
    unknown = set(names) - set(known)
    if unknown or "--help" in names:
        print(f"usage: scripts/bench [{'|'.join(known)} ...]")
        return 64
    machine, rows = _machine(), []
    for name in names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows.append(known[name]())
    print(table(rows), end="")
    if not names:
        (ROOT / "docs" / "benchmarks.md").write_text(_page(machine, table(rows)))
    return 0


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
[Memory in a 32-bit userland](decisions/0041-memory.md) is told apart: it needs one.
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
