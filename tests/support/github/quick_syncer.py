"""The syncer's process with a shorter pace: a second between requests is for the real GitHub."""

import sys
from functools import partial

from services.syncer import due, service
from services.syncer.__main__ import main
from services.syncer.wire import Timeouts, Wire

if __name__ == "__main__":
    vars(service)["Wire"] = partial(Wire, timeouts=Timeouts(pace_s=0.01))
    vars(due)["SPACING_S"] = vars(due)["QUIET_S"] = 0.5
    sys.exit(main())
