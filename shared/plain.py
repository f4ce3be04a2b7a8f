"""Text of others, made harmless for a terminal and a log."""

import re

# Moves the cursor, sets colours or titles, or turns the direction of writing; not \t and \n.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return text with each character that commands a terminal written out as its escape."""
    return _COMMANDS.sub(lambda found: ascii(found[0])[1:-1], text)
