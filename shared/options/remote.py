"""The options of `remote`."""

from shared import option_checks as check
from shared.option import Option, Section

SECTION = Section(
    "remote",
    "Another place for the long history: a USB stick or a network mount. With this section it "
    "takes the place of GitHub; without it, or without a path, it is not used.",
    optional=True,
)

OPTIONS = (
    Option(
        "remote.type",
        check.remote_type,
        "What kind of place it is: a `directory`.",
        default="directory",
    ),
    Option(
        "remote.path",
        check.absolute_folder,
        "The directory, which must exist: one that is not there, such as a stick that is not "
        "plugged in, is waited for and never made.",
        default_text="off",
        example="/media/stick/power-monitor",
    ),
    Option(
        "remote.archive",
        check.switch,
        "Also keep each finished day's readings there.",
        default=False,
    ),
)
