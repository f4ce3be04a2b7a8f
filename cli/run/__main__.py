"""The resident half of `power-monitor run`: a process that never imported argparse."""

import os
import sys

from cli.complain import complain
from cli.run.options import from_arguments
from cli.run.start import start
from shared.errors import MonitorError

if __name__ == "__main__":
    try:
        sys.exit(start(from_arguments(sys.argv[1:]), os.environ))
    except MonitorError as error:
        sys.exit(complain(error))
