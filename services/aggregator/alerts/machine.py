"""What the alerts see of the machine they run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """What is seen of the machine at `now`; `started` is when it was switched on, `served` we were.

    `spaces` is place -> bytes free and in all; `used_kwh` the energy used today since `day_start`,
    None if nobody knows it;
    `starts` is service -> when it was started lately.
    """

    now: float
    started: float
    spaces: Mapping[str, tuple[int, int]]
    used_kwh: float | None
    day_start: float
    served: float
    starts: Mapping[str, Sequence[float]]
