"""Live from a seed and say as JSON what came of it.

`python -m support.year 3 2027-03-01 2028-03-01` lives a year.
The last words are how dense the faults are (1: as in a year), and `shrink` for the fewest faults
that go wrong alike.
"""

import json
import logging
import sys
from datetime import date

from support.year.run import Setting, lived
from support.year.shrink import shrunk


def main(seed: str, first: str, last: str, density: str = "1", what: str = "") -> None:
    """Live, or find the fewest faults."""
    logging.disable()
    setting = Setting(
        int(seed), date.fromisoformat(first), date.fromisoformat(last), float(density)
    )
    if what == "shrink":
        for fault in shrunk(setting):
            print(fault)
    else:
        print(json.dumps(lived(setting).told(), indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
