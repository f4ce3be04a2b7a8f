"""The options of `paths`."""

from shared import option_checks as check
from shared.option import Option, Section

SECTION = Section(
    "paths", "Where files live. A relative path starts at the configuration's directory."
)

OPTIONS = (
    Option(
        "paths.data_dir",
        check.folder,
        "The four files, and the web root: `/daily.json` and the others are served from here.",
        default="/var/www/html",
    ),
    Option(
        "paths.volatile_dir",
        check.folder,
        "Where daily.json really lives when this is a tmpfs, to spare the flash; `paths.data_dir` "
        "then holds a symbolic link to it.",
        default_text="`paths.data_dir`",
        example="/run/power-monitor",
    ),
    Option(
        "paths.state_dir",
        check.folder,
        "Journal, book of daily buckets, outbox and cursors: what must survive a power cut.",
        default="/var/lib/power-monitor",
    ),
)
