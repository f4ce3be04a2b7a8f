"""`scripts/bench [NAME ...]`: measure, print, and with no name write docs/benchmarks.md."""

import os
import platform
import sys
from datetime import UTC, datetime

from support.stack import ROOT

from bench import burst, flash, memory, rollup, sizes
from bench.table import table

BENCHES = {
    "sizes": sizes.measure,
    "rollup": rollup.measure,
    "burst": burst.measure,
    "flash": flash.measure,
    "memory": memory.measure,
}


def main(names: list[str]) -> int:
    """Run benches; return the exit status."""
    unknown = set(names) - set(BENCHES)
    if unknown or "--help" in names:
        print(f"usage: scripts/bench [{'|'.join(BENCHES)} ...]")
        return 64
    rows = []
    for name in names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows.append(BENCHES[name]())
    print(table(rows), end="")
    if not names:
        (ROOT / "docs" / "benchmarks.md").write_text(_page(table(rows)))
    return 0


def _page(body: str) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return (
        "# Benchmarks\n\nWritten by `scripts/bench`; each line beside its alternative in the same "
        f"run.\nMeasured {datetime.now(UTC):%Y-%m-%d} on {machine}, Linux {platform.release()}.\n\n"
        f"{body}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
