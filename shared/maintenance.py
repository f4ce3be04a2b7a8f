"""Whether the house is under maintenance, as the collector remembers it."""

from pathlib import Path

ON = b"on"


def under_maintenance(state: Path) -> bool:
    """Read the collector's file: its retained message is not sent to a new subscriber."""
    try:
        return (state / "collector" / "maintenance").read_bytes().strip() == ON
    except OSError:
        return False
