"""Feed every decoder, or those that are named, inputs nobody would send; print what came of it."""

import argparse
import hashlib
import sys
import time
from collections.abc import Sequence

from fuzz import flips
from fuzz.apart import apart
from fuzz.campaign import CORPUS, MOST_GROWTH_KIB, Failure, Tally, smallest
from fuzz.table import DECODERS, portion

_INPUTS = 20_000
_HEAD = "| decoder | inputs | refused | slowest | memory |\n|---|---|---|---|---|"


def main(words: Sequence[str]) -> int:
    """Feed the decoders that are named, or all; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=_INPUTS, help="of all decoders together")
    parser.add_argument("--seed", type=int, help="the same seed makes the same inputs")
    parser.add_argument("--flips", action="store_true", help="tell what a flipped bit costs files")
    parser.add_argument("names", nargs="*", choices=[[], *DECODERS], metavar="NAME")
    asked = parser.parse_args(words)
    if asked.flips:
        for line in flips.report():
            print(line, flush=True)
        return 0
    seed = int(time.time()) if asked.seed is None else asked.seed
    names = asked.names or list(DECODERS)
    print(f"{asked.inputs} inputs, seed {seed}\n\n{_HEAD}", flush=True)
    failures, total = 0, 0
    for name in names:
        tally = apart(name, seed, portion(name, asked.inputs, names))
        print(_row(name, tally), flush=True)
        total += tally.inputs
        failures += len(tally.failures) + (tally.growth_kib > MOST_GROWTH_KIB)
        for failure in tally.failures.values():
            print(f"\n{_keep(name, failure)}\n{failure.story}", file=sys.stderr, flush=True)
    print(f"\n{total} inputs, {failures} failures")
    return 1 if failures else 0


def _row(name: str, tally: Tally) -> str:
    refused = 100 * tally.refused / tally.inputs
    cells = (name, tally.inputs, f"{refused:.0f} %", f"{tally.slowest_s * 1000:.0f} ms")
    return f"| {' | '.join(map(str, cells))} | +{tally.growth_kib / 1024:.1f} MiB |"


def _keep(name: str, failure: Failure) -> str:
    """Put an input where the tests find it; return what to say of it."""
    data = smallest(DECODERS[name], failure)
    place = CORPUS / name / hashlib.sha256(data).hexdigest()[:12]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return f"{failure.signature}: kept as {place.relative_to(CORPUS.parent)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
