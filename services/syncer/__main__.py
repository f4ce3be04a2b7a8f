"""`python -m services.syncer`."""

import sys
from collections.abc import Sequence

from services.syncer.service import NAME, run
from shared import entry


def main(argv: Sequence[str] | None = None) -> int:
    """Run the syncer alone; return the exit status."""
    return entry.main(NAME, run, argv)


if __name__ == "__main__":
    sys.exit(main())
