"""Damaged files that were set aside: told in health until a person has taken them away."""

from collections.abc import Iterable
from pathlib import Path

from shared.health import Health

_MOST_NAMES = 5


def tell_damage(health: Health, places: Iterable[Path], now: float) -> None:
    """Keep the problem `damage` open while there are such files in these directories."""
    files = {path for place in places for path in place.glob("*.corrupt-*")}
    if not files:
        health.healed("damage")
        return
    names = ", ".join(sorted(path.name for path in files)[:_MOST_NAMES])
    whose = sorted({f"{path.parent}/*.corrupt-*" for path in files})
    text = f"{len(files)} damaged files were set aside: {names}"
    health.problem("damage", text, now, hint=f"look at them, then: rm {' '.join(whose)}")
