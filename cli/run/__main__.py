"""The resident half of `power-monitor run`: a process that never imported argparse."""

import os
import sys

from cli.complain import complain
from cli.run.options import from_arguments
from cli.run.rest import get_up
from cli.run.start import start
from shared.errors import MonitorError

if __name__ == "__main__":
    try:
        # One that got up again is told by the last word where it lay down.
        *words, night = sys.argv[1:]
        known = get_up(int(night)) if night else None
        sys.exit(start(from_arguments(words), os.environ, known))
    except MonitorError as error:
        sys.exit(complain(error))
