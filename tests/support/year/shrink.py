"""The fewest faults with which a life still goes wrong, by leaving out ever smaller parts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from support.year.plan import Fault
from support.year.run import Setting, lived


def shrunk(setting: Setting) -> list[Fault]:
    """Return them; none if all is right."""
    first = lived(setting)
    if not first.wrong:
        return []
    shorter = replace(setting, last=date.fromisoformat(first.ended[:10]))
    faults = [fault for fault in setting.faults() if fault.at < shorter.end]
    size = max(len(faults) // 2, 1)
    while True:
        left = _without_a_part(shorter, faults, size)
        if left is not None:
            faults = left
        elif size == 1:
            return faults
        else:
            size = max(size // 2, 1)


def _without_a_part(setting: Setting, faults: Sequence[Fault], size: int) -> list[Fault] | None:
    for begin in range(0, len(faults), size):
        left = [*faults[:begin], *faults[begin + size :]]
        if lived(setting, left).wrong:
            print(f"{len(left)} faults are enough", flush=True)
            return left
    return None
